// Tests of code that uses the client node-marketo-rest. Run them with
//   leadline sandbox -- npm test
const assert = require('node:assert/strict');
const { test } = require('node:test');
const Marketo = require('node-marketo-rest');
const { subscription } = require('./sandbox');

function clientOf(made) {
  return new Marketo({
    endpoint: `${made.url}/rest`,
    identity: `${made.url}/identity`,
    clientId: made.clientId,
    clientSecret: made.clientSecret,
    retry: { maxRetries: 3, initialDelay: 10, maxDelay: 50 },
  });
}

test('people are created, found and in the state', async (t) => {
  const made = await subscription(t);
  const marketo = clientOf(made);
  const created = await marketo.lead.createOrUpdate([{ email: 'ada@example.com', firstName: 'Ada' }]);
  assert.equal(created.result[0].status, 'created');
  const { people } = await made.control('GET', 'state');
  assert.deepEqual(people.map((each) => each.email), ['ada@example.com']);
});

test('too many calls: the client tries again', async (t) => {
  const made = await subscription(t);
  await made.control('POST', 'faults', { on: 'leads.query', times: 2, do: { code: '606' } });
  const found = await clientOf(made).lead.find('email', ['nobody@example.com']);
  assert.deepEqual(found.result, []);
  const { faults } = await made.control('GET', 'faults');
  assert.equal(faults[0].fired, 2);
});

test('the day\'s calls are used up: the client is told', async (t) => {
  const made = await subscription(t, { limits: { daily_calls_max: 1 } });
  const marketo = clientOf(made);
  await marketo.list.find();
  await assert.rejects(marketo.list.find(), (error) => error.errors[0].code === '607');
});

// Control calls of the sandbox: a subscription for each test, and what goes wrong with it.
const CONTROL = `${process.env.LEADLINE_URL}/leadline/sandbox/v1`;

async function control(method, path, body) {
  const answer = await fetch(`${CONTROL}/${path}`, {
    method,
    headers: { 'X-Leadline-Sandbox': '1', 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

// Give a test a subscription of its own, which is gone when the test has ended.
async function subscription(test, fields = {}) {
  const made = await control('POST', 'subscriptions', fields);
  test.after(() => control('DELETE', `subscriptions/${made.id}`));
  return { ...made, control: (method, path, body) => control(method, `subscriptions/${made.id}/${path}`, body) };
}

module.exports = { subscription };

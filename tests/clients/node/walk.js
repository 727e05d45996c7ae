// A client's day, each answer printed as one line of JSON.
const Marketo = require('node-marketo-rest');
const [address, clientId, clientSecret] = process.argv.slice(2);
const marketo = new Marketo({
  endpoint: `${address}/rest`,
  identity: `${address}/identity`,
  clientId,
  clientSecret,
  retry: { maxRetries: 0 },
});

async function walk() {
  const told = {};
  const created = await marketo.lead.createOrUpdate(
    [{ email: 'node1@example.com', firstName: 'Nora' }, { email: 'node2@example.com', firstName: 'Otto' }],
    { lookupField: 'email' },
  );
  told.created = created.result;
  const ids = created.result.map((each) => each.id);
  told.found = (await marketo.lead.find('email', ['node1@example.com'], { fields: ['email', 'firstName'] })).result;
  told.one = (await marketo.lead.byId(ids[1], { fields: ['email'] })).result;
  told.described = (await marketo.lead.describe()).result.length;
  told.partitions = (await marketo.lead.partitions()).result;
  told.pageToken = typeof (await marketo.lead.getPageToken('2026-01-01T00:00:00Z')).nextPageToken;
  told.lists = (await marketo.list.find({ name: ['Newsletter'] })).result;
  told.added = (await marketo.list.addLeadsToList(1001, ids)).result;
  told.members = (await marketo.list.getLeads(1001, { fields: 'email' })).result;
  told.isMember = (await marketo.list.isMember(1001, [ids[0]])).result;
  told.removed = (await marketo.list.removeLeadsFromList(1001, ids)).result;
  told.usage = (await marketo.stats.usage()).success;
  const emails = await marketo.list.addEmailsToList(['node1@example.com', 'node3@example.com'], 1002);
  told.byEmail = emails.result.map((each) => each.status);
  const first = await marketo.lead.find('email', ['node1@example.com', 'node3@example.com'], { batchSize: 1 });
  const second = await first.nextPage();
  told.pages = [...first.result, ...second.result].map((each) => each.email);
  told.lastPage = 'nextPage' in second;
  const listed = await marketo.list.getLeads(1002, { fields: 'email', batchSize: 1 });
  const rest = await listed.nextPage();
  told.listPages = [...listed.result, ...rest.result].map((each) => each.email);
  told.list = (await marketo.list.byId(1002)).result.map((each) => each.name);
  told.nobody = await marketo.lead.byId(999999).catch((error) => error.errors[0].code);
  told.errors = (await marketo.stats.errors()).result[0].errors;
  told.week = [await marketo.stats.usageLast7Days(), await marketo.stats.errorsLast7Days()].map((each) => each.result.length);
  console.log(JSON.stringify(told));
}

walk().catch((error) => {
  console.error(error);
  process.exit(1);
});

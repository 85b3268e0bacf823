// PartiQL: what picks keys, indexes named in FROM, pages, and the words of refusals.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  const attribute = (AttributeName) => ({ AttributeName, AttributeType: 'S' });
  const keys = (hash, range) => [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
  const keysOnly = { ProjectionType: 'KEYS_ONLY' };
  ({ TableName } = await makeTable(client, 'pk:S', 'sk:S', {
    AttributeDefinitions: ['pk', 'sk', 'color', 'size'].map(attribute),
    GlobalSecondaryIndexes: [
      { IndexName: 'by-color', KeySchema: keys('color', 'sk'), Projection: keysOnly },
      { IndexName: 'all-colors', KeySchema: keys('color', 'sk'), Projection: { ProjectionType: 'ALL' } },
    ],
    LocalSecondaryIndexes: [{ IndexName: 'by-size', KeySchema: keys('pk', 'size'), Projection: keysOnly }],
  }));
  for (const [pk, sk, color, size, note] of [
    ['a', '1', 'red', 's', 'n1'],
    ['a', '2', 'red', 'm', 'n2'],
    ['b', '1', 'blue', 'l', 'n3'],
    ['c', '1', 'green', 's', 'n4'],
    ['d', '1', 'red', 's', 'n5'],
  ])
    await put(client, TableName, { pk: { S: pk }, sk: { S: sk }, color: { S: color }, size: { S: size }, note: { S: note } });
});

const run = (text, more = {}) => client.send(new ExecuteStatementCommand({ Statement: text.replaceAll('$t', `"${TableName}"`), ...more }));
const notes = async (text, more) => (await run(text, more)).Items.map((item) => item.note.S);
const refused = (text, message, more) => assert.rejects(run(text, more), awsError('ValidationException', message), text);

test('IN on the partition key looks up each value once, and reads nothing else', async () => {
  const text = "SELECT note FROM $t WHERE pk IN ['a', 'c', 'a', 'zz']";
  assert.deepEqual((await notes(text)).sort(), ['n1', 'n2', 'n4']);
  const { ConsumedCapacity } = await run(text, { ReturnConsumedCapacity: 'TOTAL' });
  const whole = await run('SELECT note FROM $t', { ReturnConsumedCapacity: 'TOTAL' });
  assert.ok(ConsumedCapacity.CapacityUnits <= whole.ConsumedCapacity.CapacityUnits);
  assert.deepEqual((await notes("SELECT note FROM $t WHERE pk IN ['a', 'b'] AND sk = '1'")).sort(), ['n1', 'n3']);
  assert.deepEqual(await notes("SELECT note FROM $t WHERE pk IN ['a', 'b'] AND note = 'n2'"), ['n2']);
  assert.deepEqual((await notes('SELECT note FROM $t WHERE pk IN [?, ?]', { Parameters: [{ S: 'b' }, { S: 'd' }] })).sort(), ['n3', 'n5']);
});

test('pages of IN go on where they ended, across its values', async () => {
  const text = "SELECT note FROM $t WHERE pk IN ['a', 'b', 'zz', 'd']";
  for (const Limit of [1, 2, 3, 4]) {
    const seen = [];
    let NextToken;
    do {
      const page = await run(text, { Limit, NextToken });
      assert.ok(page.Items.length <= Limit);
      seen.push(...page.Items.map((item) => item.note.S));
      NextToken = page.NextToken;
    } while (NextToken);
    assert.deepEqual(seen.sort(), ['n1', 'n2', 'n3', 'n5'], `Limit ${Limit}`);
  }
});

test('a token goes with its statement only', async () => {
  const { NextToken } = await run("SELECT note FROM $t WHERE pk = 'a'", { Limit: 1 });
  assert.ok(NextToken);
  await refused("SELECT note FROM $t WHERE pk = 'b'", 'NextToken does not match request', { NextToken });
  await refused("SELECT note FROM $t WHERE pk = 'a'", 'Given NextToken is invalid', { NextToken: 'bm9uZQ==' });
  const colors = await run(`SELECT pk FROM $t."by-color" WHERE color = 'red'`, { Limit: 1 });
  await refused(`SELECT pk FROM $t."all-colors" WHERE color = 'red'`, 'NextToken does not match request', { NextToken: colors.NextToken });
});

test('an index named in FROM gives what it holds; a local one fetches the rest', async () => {
  assert.deepEqual((await notes(`SELECT note FROM $t."all-colors" WHERE color = 'red'`)).sort(), ['n1', 'n2', 'n5']);
  const { Items } = await run(`SELECT * FROM $t."by-color" WHERE color = 'blue'`);
  assert.deepEqual(Object.keys(Items[0]).sort(), ['color', 'pk', 'sk']);
  const fetched = await run(`SELECT note FROM $t."by-size" WHERE pk = 'a'`, { ReturnConsumedCapacity: 'INDEXES' });
  assert.deepEqual(fetched.Items.map((item) => item.note.S).sort(), ['n1', 'n2']);
  assert.ok(fetched.ConsumedCapacity.Table.CapacityUnits > 0);
  const held = await run(`SELECT size FROM $t."by-size" WHERE pk = 'a'`, { ReturnConsumedCapacity: 'INDEXES' });
  assert.equal(held.ConsumedCapacity.Table.CapacityUnits, 0);
  await refused(`SELECT note FROM $t."by-color" WHERE color = 'red'`, 'One or more parameter values were invalid: Global secondary index by-color does not project [note]');
  await refused('SELECT * FROM $t."nope"', 'The table does not have the specified index');
  await refused(`SELECT * FROM $t."by-color" WHERE color = 'red'`, 'Strongly consistent read is not supported on Global Secondary Indexes', { ConsistentRead: true });
});

test('a keyed read filters by what the index holds, a scan by anything', async () => {
  const missing = (index) => `One or more parameter values were invalid: Secondary index ${index} does not project one or more filter attributes: [note]`;
  await refused(`SELECT pk FROM $t."by-color" WHERE color = 'red' AND note = 'n1'`, missing('by-color'));
  await refused(`SELECT pk FROM $t."by-color" WHERE color IN ['red', 'blue'] AND NOT note = 'n1'`, missing('by-color'));
  await refused(`SELECT pk FROM $t."by-size" WHERE pk = 'a' AND note IS MISSING`, missing('by-size'));
  assert.equal((await run(`SELECT pk FROM $t."by-color" WHERE note = 'n1'`)).Items.length, 0);
  assert.equal((await run(`SELECT pk FROM $t."by-color" WHERE (color = 'red' AND note = 'n1') OR color = 'blue'`)).Items.length, 1);
});

test('writes name a table, and refusals use the words of PartiQL', async () => {
  await refused(`INSERT INTO $t."by-color" VALUE {'pk': 'x', 'sk': 'x'}`, /FROM clause may only contain a single table name/);
  await refused(`UPDATE $t."by-color" SET note = 'x' WHERE pk = 'a' AND sk = '1'`, 'This operation is not supported on an index');
  await refused(`DELETE FROM $t."by-color" WHERE pk = 'a' AND sk = '1'`, 'This operation is not supported on an index');
  await refused('FETCH EVERYTHING', "Statement wasn't well formed, can't be processed: Expected data manipulation");
  await refused("SELECT * FROM $t WHERE pk = 'a' AND note < true", 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL');
});

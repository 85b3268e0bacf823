// Query: key conditions, order, filters, pages by Limit and by 1 MB, counts.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { QueryCommand, paginateQuery } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { eachOf, makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S', 'sk:S'));
  const rows = ['a1', 'a2', 'a3', 'b1', 'b2', 'c'].map((sk, i) => ({ pk: { S: 'p' }, sk: { S: sk }, n: { N: String(i) } }));
  await eachOf(6, [...rows, { pk: { S: 'q' }, sk: { S: 'a1' } }], (item) => put(client, TableName, item));
});

const query = (KeyConditionExpression, values = {}, more = {}) =>
  client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression,
      ExpressionAttributeValues: { ':p': { S: 'p' }, ...Object.fromEntries(Object.entries(values).map(([k, v]) => [`:${k}`, v])) },
      ...more,
    }),
  );
const sortKeys = ({ Items }) => Items.map((item) => item.sk.S).join(' ');

test('key conditions select', async (t) => {
  const selects = {
    'pk = :p': 'a1 a2 a3 b1 b2 c',
    'pk = :p AND sk = :a2': 'a2',
    'pk = :p AND sk < :a2': 'a1',
    'pk = :p AND sk <= :a2': 'a1 a2',
    'pk = :p AND sk > :b1': 'b2 c',
    'pk = :p AND sk >= :b1': 'b1 b2 c',
    'pk = :p AND sk BETWEEN :a2 AND :b1': 'a2 a3 b1',
    'pk = :p AND begins_with(sk, :b)': 'b1 b2',
    'sk = :a2 AND pk = :p': 'a2',
    '(pk = :p) AND (sk > :b1)': 'b2 c',
  };
  const values = { a2: { S: 'a2' }, b1: { S: 'b1' }, b: { S: 'b' } };
  for (const [condition, wanted] of Object.entries(selects)) {
    await t.test(condition, async () => {
      const used = Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`:${name}\\b`).test(condition)));
      assert.equal(sortKeys(await query(condition, used)), wanted);
    });
  }
});

test('backwards is the same, backwards', async () => {
  assert.equal(sortKeys(await query('pk = :p', {}, { ScanIndexForward: false })), 'c b2 b1 a3 a2 a1');
  assert.equal(sortKeys(await query('pk = :p AND sk < :x', { x: { S: 'b1' } }, { ScanIndexForward: false, Limit: 2 })), 'a3 a2');
});

test('pages by Limit go on where the last one ended', async () => {
  for (const ScanIndexForward of [true, false]) {
    const pages = [];
    const input = { TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } }, ScanIndexForward };
    for await (const page of paginateQuery({ client, pageSize: 2 }, input)) pages.push(sortKeys(page));
    assert.deepEqual(pages, ScanIndexForward ? ['a1 a2', 'a3 b1', 'b2 c', ''] : ['c b2', 'b1 a3', 'a2 a1', '']);
  }
});

test('a full last page has a key to go on from, a short one has none', async () => {
  const full = await query('pk = :p', {}, { Limit: 6 });
  assert.deepEqual(full.LastEvaluatedKey, { pk: { S: 'p' }, sk: { S: 'c' } });
  const short = await query('pk = :p', {}, { Limit: 7 });
  assert.equal(short.LastEvaluatedKey, undefined);
});

test('a filter drops after the limit has counted', async () => {
  const page = await query('pk = :p', { n: { N: '4' } }, { FilterExpression: 'n >= :n', Limit: 5 });
  assert.equal(page.Count, 1);
  assert.equal(page.ScannedCount, 5);
  assert.deepEqual(page.LastEvaluatedKey, { pk: { S: 'p' }, sk: { S: 'b2' } });
  const nothing = await query('pk = :p', { n: { N: '99' } }, { FilterExpression: 'n = :n', Limit: 2 });
  assert.equal(nothing.Count, 0);
  assert.deepEqual(nothing.Items, []);
  assert.ok(nothing.LastEvaluatedKey);
});

test('a filter may not name a key', async () => {
  await assert.rejects(
    query('pk = :p', { s: { S: 'a1' } }, { FilterExpression: 'sk = :s' }),
    awsError('ValidationException', 'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
  );
});

test('a count has no items, a projection has what it names', async () => {
  const count = await query('pk = :p', {}, { Select: 'COUNT' });
  assert.equal(count.Count, 6);
  assert.equal(count.Items, undefined);
  const { Items } = await query('pk = :p AND sk = :s', { s: { S: 'a1' } }, { ProjectionExpression: 'n' });
  assert.deepEqual(Items, [{ n: { N: '0' } }]);
});

test('a page is at most 1 MB', async () => {
  const { TableName: big } = await makeTable(client, 'pk:S', 'sk:N');
  const data = { S: 'x'.repeat(100_000) };
  await eachOf(8, Array.from({ length: 25 }, (_, i) => i), (i) => put(client, big, { pk: { S: 'p' }, sk: { N: String(i) }, data }));
  const input = { TableName: big, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } } };
  const sizes = [];
  const keys = [];
  for await (const page of paginateQuery({ client }, { ...input })) { // the paginator writes into what it is given
    sizes.push(page.Count);
    keys.push(...page.Items.map((item) => Number(item.sk.N)));
  }
  assert.deepEqual(sizes, [11, 11, 3]); // the item that passes the megabyte is the last of its page
  assert.deepEqual(keys, Array.from({ length: 25 }, (_, i) => i));
  const counted = await client.send(new QueryCommand({ ...input, Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' }));
  assert.equal(counted.Count, 11);
  assert.equal(counted.ConsumedCapacity.CapacityUnits, 134.5); // 11 items of 100,0xx bytes, by half units of 4 kB
});

test('what is no query is refused', async (t) => {
  const refused = {
    'no partition key': ['sk = :p', {}, /Query condition missed key schema element: pk/],
    'a range of partition keys': ['pk > :p', {}, /Query key condition not supported/],
    'an attribute that is no key': ['pk = :p AND n = :n', { n: { N: '1' } }, /Query condition missed key schema element: sk|Query key condition not supported/],
    'OR': ['pk = :p OR sk = :s', { s: { S: 'a' } }, /Invalid operator used in KeyConditionExpression: OR/],
    'a value of another type': ['pk = :p AND sk = :n', { n: { N: '1' } }, /Condition parameter type does not match schema type/],
    'a limit of nothing': ['pk = :p', {}, /limit/i, { Limit: 0 }],
    'an index that is not there': ['pk = :p', {}, /The table does not have the specified index: nowhere/, { IndexName: 'nowhere' }],
    'a start that is no key': ['pk = :p', {}, /The provided starting key is/, { ExclusiveStartKey: { pk: { S: 'p' } } }],
    'a start in another partition': ['pk = :p', {}, /The provided starting key is/, { ExclusiveStartKey: { pk: { S: 'q' }, sk: { S: 'a' } } }],
  };
  for (const [name, [condition, values, message, more]] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(query(condition, values, more), awsError('ValidationException', message)));
  }
});

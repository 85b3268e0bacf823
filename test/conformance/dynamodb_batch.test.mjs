// BatchGetItem and BatchWriteItem: many items, several tables, the limits, what is left for later.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { BatchGetItemCommand, BatchWriteItemCommand, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable } from './support/tables.mjs';

let client, one, two;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName: one } = await makeTable(client, 'id:S'));
  ({ TableName: two } = await makeTable(client, 'id:S', 'at:N'));
});

const numbers = (n) => Array.from({ length: n }, (_, i) => i);
const putOf = (id, more = {}) => ({ PutRequest: { Item: { id: { S: String(id) }, ...more } } });
const write = (RequestItems, more = {}) => client.send(new BatchWriteItemCommand({ RequestItems, ...more }));
const read = (RequestItems, more = {}) => client.send(new BatchGetItemCommand({ RequestItems, ...more }));
const keysOf = (ids) => ids.map((id) => ({ id: { S: String(id) } }));

test('puts and deletes in several tables', async () => {
  const answer = await write({ [one]: [putOf('a'), putOf('b')], [two]: [putOf('a', { at: { N: '1' } })] });
  assert.deepEqual(answer.UnprocessedItems, {});
  await write({ [one]: [{ DeleteRequest: { Key: { id: { S: 'a' } } } }, putOf('c'), { DeleteRequest: { Key: { id: { S: 'never there' } } } }] });
  const { Responses, UnprocessedKeys } = await read({ [one]: { Keys: keysOf(['a', 'b', 'c']) }, [two]: { Keys: [{ id: { S: 'a' }, at: { N: '1' } }] } });
  assert.deepEqual(Responses[one].map((item) => item.id.S).sort(), ['b', 'c']);
  assert.equal(Responses[two].length, 1);
  assert.deepEqual(UnprocessedKeys, {});
});

test('a hundred are read at once, in pieces and projections as asked', async () => {
  for (const part of [0, 1, 2, 3]) await write({ [one]: numbers(25).map((i) => putOf(`many-${part * 25 + i}`, { n: { N: String(i) }, more: { S: 'x' } })) });
  const { Responses } = await read({
    [one]: { Keys: keysOf(numbers(100).map((i) => `many-${i}`)), ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'n' }, ConsistentRead: true },
  });
  assert.equal(Responses[one].length, 100);
  assert.deepEqual(Object.keys(Responses[one][0]), ['n']);
});

test('what would pass 16 MB is left for later', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  for (const i of numbers(60)) await write({ [TableName]: [putOf(i, { data: { S: 'x'.repeat(390_000) } })] });
  const first = await read({ [TableName]: { Keys: keysOf(numbers(60)) } });
  const left = first.UnprocessedKeys[TableName].Keys;
  assert.ok(left.length > 0);
  assert.equal(first.Responses[TableName].length + left.length, 60);
  const second = await read(first.UnprocessedKeys);
  assert.equal(second.Responses[TableName].length, left.length);
});

test('capacity is counted for each table', async () => {
  const { ConsumedCapacity } = await write({ [one]: [putOf('x'), putOf('y')], [two]: [putOf('x', { at: { N: '1' } })] }, { ReturnConsumedCapacity: 'TOTAL' });
  const units = Object.fromEntries(ConsumedCapacity.map((c) => [c.TableName, c.CapacityUnits]));
  assert.deepEqual(units, { [one]: 2, [two]: 1 });
});

test('the limits are kept, before anything is written', async (t) => {
  const refused = {
    'more than 25 writes': [() => write({ [one]: numbers(26).map((i) => putOf(`no-${i}`)) }), /Too many items requested for the BatchWriteItem call|less than or equal to 25/],
    'one item twice': [() => write({ [one]: [putOf('no-1'), { DeleteRequest: { Key: { id: { S: 'no-1' } } } }] }), 'Provided list of item keys contains duplicates'],
    'nothing': [() => write({}), /length greater than or equal to 1/],
    'a bad item among good ones': [() => write({ [one]: [putOf('no-2'), { PutRequest: { Item: { other: { S: 'x' } } } }] }), 'The provided key element does not match the schema'],
    'more than 100 reads': [() => read({ [one]: { Keys: keysOf(numbers(101)) } }), /Too many items requested for the BatchGetItem call|less than or equal to 100/],
    'one key twice': [() => read({ [one]: { Keys: keysOf(['a', 'a']) } }), 'Provided list of item keys contains duplicates'],
  };
  for (const [name, [attempt, message]] of Object.entries(refused)) await t.test(name, () => assert.rejects(attempt(), awsError('ValidationException', message)));
  await t.test('an unknown table', () => assert.rejects(write({ nowhere: [putOf('x')] }), awsError('ResourceNotFoundException')));
  const { Item } = await client.send(new GetItemCommand({ TableName: one, Key: { id: { S: 'no-2' } } }));
  assert.equal(Item, undefined);
});

test('a thousand items through many batches at once', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  await Promise.all(numbers(40).map((part) => write({ [TableName]: numbers(25).map((i) => putOf(part * 25 + i)) })));
  const { Count } = await client.send(new ScanCommand({ TableName, Select: 'COUNT' }));
  assert.equal(Count, 1000);
});

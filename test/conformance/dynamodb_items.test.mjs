// Items written whole and read back: every type, keys, projections, return values, sizes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S', 'sk:N'));
});

const key = (pk, sk = 1) => ({ pk: { S: pk }, sk: { N: String(sk) } });
const get = async (Key, more = {}) => (await client.send(new GetItemCommand({ TableName, Key, ...more }))).Item;

test('all ten types come back as they were written', async () => {
  const Item = {
    ...key('types'),
    string: { S: 'Käse ☃ 𝄞 \u0000 "quoted"\n' },
    empty: { S: '' },
    number: { N: '-12.5' },
    binary: { B: Buffer.from([0, 1, 255]) },
    noBytes: { B: Buffer.from([]) },
    yes: { BOOL: true },
    no: { BOOL: false },
    nothing: { NULL: true },
    strings: { SS: ['a', 'b'] },
    numbers: { NS: ['1', '2.5'] },
    binaries: { BS: [Buffer.from('x'), Buffer.from('y')] },
    list: { L: [{ S: 'a' }, { N: '1' }, { L: [] }, { M: {} }] },
    map: { M: { 'a.b': { M: { deep: { L: [{ BOOL: true }] } } } } },
  };
  await put(client, TableName, Item);
  const back = await get(key('types'));
  for (const set of ['strings', 'numbers']) for (const part of Object.values(back[set])) part.sort();
  const plain = (value) => JSON.parse(JSON.stringify(value, (_, v) => (v?.type === 'Buffer' ? v.data : v instanceof Uint8Array ? [...v] : v)));
  back.binaries.BS.sort((a, b) => a[0] - b[0]);
  assert.deepEqual(plain(back), plain(Item));
});

test('put replaces the whole item', async () => {
  await put(client, TableName, { ...key('replace'), a: { S: '1' } });
  await put(client, TableName, { ...key('replace'), b: { S: '2' } });
  assert.deepEqual(await get(key('replace')), { ...key('replace'), b: { S: '2' } });
});

test('what is not there is no item', async () => {
  const answer = await client.send(new GetItemCommand({ TableName, Key: key('absent') }));
  assert.equal(answer.Item, undefined);
});

test('a number names the same key however it is written', async () => {
  await put(client, TableName, { pk: { S: 'number' }, sk: { N: '1.50' }, a: { S: 'x' } });
  assert.equal((await get({ pk: { S: 'number' }, sk: { N: '15e-1' } })).sk.N, '1.5');
});

test('old values are returned when asked for', async () => {
  const first = await put(client, TableName, { ...key('old'), a: { N: '1' } }, { ReturnValues: 'ALL_OLD' });
  assert.equal(first.Attributes, undefined);
  const second = await put(client, TableName, { ...key('old'), a: { N: '2' } }, { ReturnValues: 'ALL_OLD' });
  assert.deepEqual(second.Attributes, { ...key('old'), a: { N: '1' } });
  const silent = await put(client, TableName, { ...key('old'), a: { N: '3' } });
  assert.equal(silent.Attributes, undefined);
  const removed = await client.send(new DeleteItemCommand({ TableName, Key: key('old'), ReturnValues: 'ALL_OLD' }));
  assert.equal(removed.Attributes.a.N, '3');
  const again = await client.send(new DeleteItemCommand({ TableName, Key: key('old'), ReturnValues: 'ALL_OLD' }));
  assert.equal(again.Attributes, undefined);
});

test('put and delete return old values or none', async () => {
  await assert.rejects(put(client, TableName, key('returns'), { ReturnValues: 'ALL_NEW' }), awsError('ValidationException'));
  await assert.rejects(
    client.send(new DeleteItemCommand({ TableName, Key: key('returns'), ReturnValues: 'UPDATED_OLD' })),
    awsError('ValidationException'),
  );
});

test('a projection gives the paths that it names', async () => {
  await put(client, TableName, {
    ...key('project'),
    a: { M: { b: { L: [{ S: 'zero' }, { S: 'one' }, { S: 'two' }] }, c: { S: 'other' } } },
    size: { N: '9' },
    d: { S: 'left out' },
  });
  const item = await get(key('project'), { ProjectionExpression: 'a.b[2], #s, nowhere.near[1], a.b[0]', ExpressionAttributeNames: { '#s': 'size' } });
  assert.deepEqual(item, { a: { M: { b: { L: [{ S: 'zero' }, { S: 'two' }] } } }, size: { N: '9' } });
});

test('projections are checked', async (t) => {
  const refused = {
    'overlapping paths': [{ ProjectionExpression: 'a, a.b' }, /overlap/],
    'a reserved word': [{ ProjectionExpression: 'size' }, /reserved keyword; reserved keyword: size/],
    'a name that is not defined': [{ ProjectionExpression: '#x' }, /attribute name.*#x/],
    'a name that is not used': [{ ProjectionExpression: 'a', ExpressionAttributeNames: { '#y': 'y' } }, /unused in expressions: keys: \{#y\}/],
    'names without an expression': [{ ExpressionAttributeNames: { '#y': 'y' } }, /ExpressionAttributeNames can only be specified when using expressions/],
    'an empty expression': [{ ProjectionExpression: '' }, /The expression can not be empty/],
    'a broken expression': [{ ProjectionExpression: 'a..b' }, /Invalid ProjectionExpression: Syntax error/],
  };
  for (const [name, [more, message]] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(get(key('x'), more), awsError('ValidationException', message)));
  }
});

test('keys are checked', async (t) => {
  const schema = 'The provided key element does not match the schema';
  await t.test('a part is missing', () => assert.rejects(get({ pk: { S: 'x' } }), awsError('ValidationException', schema)));
  await t.test('a part is of another type', () => assert.rejects(get({ pk: { S: 'x' }, sk: { S: '1' } }), awsError('ValidationException', schema)));
  await t.test('there is one too many', () => assert.rejects(get({ ...key('x'), more: { S: '' } }), awsError('ValidationException', schema)));
  await t.test('an item lacks its key', () =>
    assert.rejects(
      put(client, TableName, { pk: { S: 'x' } }),
      awsError('ValidationException', 'One or more parameter values were invalid: Missing the key sk in the item'),
    ));
  await t.test('an item has a key of another type', () =>
    assert.rejects(
      put(client, TableName, { pk: { N: '1' }, sk: { N: '1' } }),
      awsError('ValidationException', 'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'),
    ));
  await t.test('an empty string is no key', () =>
    assert.rejects(
      put(client, TableName, key('')),
      awsError('ValidationException', /The AttributeValue for a key attribute cannot contain an empty string value\. Key: pk/),
    ));
  await t.test('a partition key is at most 2048 bytes', () => assert.rejects(put(client, TableName, key('x'.repeat(2049))), awsError('ValidationException', /2048 bytes/)));
  await put(client, TableName, key('x'.repeat(2048)));
});

test('values are checked', async (t) => {
  const refused = {
    'an empty set': { SS: [] },
    'a set that holds one thing twice': { SS: ['a', 'a'] },
    'numbers that are equal in a set': { NS: ['1', '1.0'] },
    'no number': { N: 'one' },
    'a null that is false': { NULL: false },
  };
  for (const [name, value] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(put(client, TableName, { ...key('bad'), value }), awsError('ValidationException')));
  }
  assert.equal(await get(key('bad')), undefined);
});

test('an item is at most 400 KB', async () => {
  const room = 400 * 1024 - 'pk'.length - 'big'.length - 'sk'.length - 2 - 'data'.length; // sk: 1 is two bytes
  await put(client, TableName, { ...key('big'), data: { S: 'x'.repeat(room) } });
  assert.equal((await get(key('big'))).data.S.length, room);
  await assert.rejects(
    put(client, TableName, { ...key('big'), data: { S: 'x'.repeat(room + 1) } }),
    awsError('ValidationException', 'Item size has exceeded the maximum allowed size'),
  );
});

test('nesting goes 32 levels deep and no further', async () => {
  const nested = (depth) => (depth === 0 ? { S: 'bottom' } : { L: [nested(depth - 1)] });
  await put(client, TableName, { ...key('nested'), a: nested(31) });
  await assert.rejects(put(client, TableName, { ...key('nested'), a: nested(33) }), awsError('ValidationException', /nesting levels/i));
});

test('capacity is counted as AWS counts it', async () => {
  const ask = { ReturnConsumedCapacity: 'TOTAL' };
  const item = { ...key('capacity'), data: { S: 'x'.repeat(4500) } };
  const written = await client.send(new PutItemCommand({ TableName, Item: item, ...ask }));
  assert.deepEqual(written.ConsumedCapacity, { TableName, CapacityUnits: 5 });
  const eventual = await client.send(new GetItemCommand({ TableName, Key: key('capacity'), ...ask }));
  assert.equal(eventual.ConsumedCapacity.CapacityUnits, 1);
  const strong = await client.send(new GetItemCommand({ TableName, Key: key('capacity'), ConsistentRead: true, ReturnConsumedCapacity: 'INDEXES' }));
  assert.equal(strong.ConsumedCapacity.CapacityUnits, 2);
  assert.equal(strong.ConsumedCapacity.Table.CapacityUnits, 2);
  const absent = await client.send(new GetItemCommand({ TableName, Key: key('no-capacity'), ...ask }));
  assert.equal(absent.ConsumedCapacity.CapacityUnits, 0.5);
  const removed = await client.send(new DeleteItemCommand({ TableName, Key: key('capacity'), ...ask }));
  assert.equal(removed.ConsumedCapacity.CapacityUnits, 5);
});

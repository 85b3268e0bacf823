// UpdateItem with expressions: SET, REMOVE, ADD, DELETE, their functions, paths, return values.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S'));
});

let count = 0;
const marshal = (value) =>
  typeof value === 'string' ? { S: value } : typeof value === 'number' ? { N: String(value) } : value;
const values = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [`:${name}`, marshal(value)]));

// Applies `UpdateExpression` to an item that holds `start`; gives the item after it, without its key.
async function updated(start, UpdateExpression, given = {}, more = {}) {
  const pk = { S: `item-${++count}` };
  await put(client, TableName, { pk, ...start });
  const ExpressionAttributeValues = Object.keys(given).length > 0 ? values(given) : undefined;
  await client.send(new UpdateItemCommand({ TableName, Key: { pk }, UpdateExpression, ExpressionAttributeValues, ...more }));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk } }));
  delete Item.pk;
  return Item;
}
const list = (...parts) => ({ L: parts.map(marshal) });

test('SET sets, adds, subtracts and copies', async () => {
  const item = await updated({ a: { N: '1' }, b: { N: '10' } }, 'SET a = a + :x, c = b - :y, d = b, e = :z', { x: 5, y: 3, z: 'text' });
  assert.deepEqual(item, { a: { N: '6' }, b: { N: '10' }, c: { N: '7' }, d: { N: '10' }, e: { S: 'text' } });
});

test('every operand sees the item as it was', async () => {
  assert.deepEqual(await updated({ a: { N: '1' }, b: { N: '2' } }, 'SET a = b, b = a'), { a: { N: '2' }, b: { N: '1' } });
});

test('if_not_exists and list_append', async () => {
  const item = await updated(
    { held: { S: 'kept' }, l: list('b') },
    'SET held = if_not_exists(held, :d), absent = if_not_exists(absent, :d), n = if_not_exists(n, :zero) + :one, l = list_append(list_append(:a, l), :c), m = list_append(if_not_exists(m, :none), :c)',
    { d: 'default', zero: 0, one: 1, a: list('a'), c: list('c'), none: list() },
  );
  assert.deepEqual(item, { held: { S: 'kept' }, absent: { S: 'default' }, n: { N: '1' }, l: list('a', 'b', 'c'), m: list('c') });
});

test('paths reach into maps and lists', async () => {
  const start = { m: { M: { l: list('0', '1', '2'), k: { S: 'v' } } } };
  assert.deepEqual(await updated(start, 'SET m.l[1] = :x, m.n = :y', { x: 'one', y: 2 }), {
    m: { M: { l: list('0', 'one', '2'), k: { S: 'v' }, n: { N: '2' } } },
  });
  assert.deepEqual(await updated(start, 'SET m.l[99] = :x', { x: 'end' }), { m: { M: { l: list('0', '1', '2', 'end'), k: { S: 'v' } } } });
  assert.deepEqual(await updated(start, 'REMOVE m.l[0], m.l[2], m.k, nowhere'), { m: { M: { l: list('1') } } });
  assert.deepEqual(
    await updated({}, 'SET #a = :v', { v: 1 }, { ExpressionAttributeNames: { '#a': 'dotted.name' } }),
    { 'dotted.name': { N: '1' } },
  );
});

test('ADD counts and joins sets; DELETE takes from them', async () => {
  const item = await updated({ n: { N: '5' }, s: { SS: ['a', 'b'] }, gone: { NS: ['1'] } }, 'ADD n :n, made :n, s :s, fresh :s DELETE gone :one', {
    n: -2,
    s: { SS: ['b', 'c'] },
    one: { NS: ['1', '2'] },
  });
  item.s.SS.sort();
  item.fresh.SS.sort();
  assert.deepEqual(item, { n: { N: '3' }, made: { N: '-2' }, s: { SS: ['a', 'b', 'c'] }, fresh: { SS: ['b', 'c'] } });
});

test('an update makes the item that is not there', async () => {
  const Key = { pk: { S: 'made by update' } };
  const bare = await client.send(new UpdateItemCommand({ TableName, Key, ReturnValues: 'ALL_NEW' }));
  assert.deepEqual(bare.Attributes, Key);
  const { Attributes } = await client.send(
    new UpdateItemCommand({ TableName, Key: { pk: { S: 'made too' } }, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: values({ a: 1 }), ReturnValues: 'ALL_OLD' }),
  );
  assert.equal(Attributes, undefined);
});

test('return values: all or what changed, before or after', async () => {
  const expected = {
    NONE: undefined,
    ALL_OLD: { a: { N: '1' }, b: { S: 'b' }, m: { M: { x: { N: '1' }, y: { N: '2' } } } },
    ALL_NEW: { a: { N: '2' }, c: { N: '3' }, m: { M: { x: { N: '9' }, y: { N: '2' } } } },
    UPDATED_OLD: { a: { N: '1' }, b: { S: 'b' }, m: { M: { x: { N: '1' } } } },
    UPDATED_NEW: { a: { N: '2' }, c: { N: '3' }, m: { M: { x: { N: '9' } } } },
  };
  for (const [ReturnValues, wanted] of Object.entries(expected)) {
    const Key = { pk: { S: `returns ${ReturnValues}` } };
    await put(client, TableName, { ...Key, ...expected.ALL_OLD });
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET a = :a, c = :c, m.x = :x REMOVE b',
        ExpressionAttributeValues: values({ a: 2, c: 3, x: 9 }),
        ReturnValues,
      }),
    );
    const keyed = ReturnValues.startsWith('ALL') ? { ...Key, ...wanted } : wanted;
    assert.deepEqual(Attributes, keyed, ReturnValues);
  }
});

test('what cannot be applied is refused and changes nothing', async (t) => {
  const start = { n: { N: '1' }, s: { S: 'text' }, l: list('a'), ss: { SS: ['a'] } };
  const refused = {
    'a document path through nothing': ['SET nowhere.near = :v', { v: 1 }, 'The document path provided in the update expression is invalid for update'],
    'a path through a scalar': ['SET s.x = :v', { v: 1 }, 'The document path provided in the update expression is invalid for update'],
    'adding to text': ['SET n = s + :v', { v: 1 }, /An operand in the update expression has an incorrect data type/],
    'an operand that is not there': ['SET n = nowhere', {}, 'The provided expression refers to an attribute that does not exist in the item'],
    'a change of the key': ['SET pk = :v', { v: 'x' }, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'],
    'one path twice': ['SET n = :v, n = :v', { v: 1 }, /Two document paths overlap with each other; must remove or rewrite one of these paths; path one: \[n\], path two: \[n\]/],
    'a path and a part of it': ['SET l[0] = :v REMOVE l', { v: 1 }, /Two document paths overlap/],
    'a path that is both map and list': ['SET x.y = :v, x[0] = :v', { v: 1 }, /Two document paths conflict/],
    'a section twice': ['SET n = :v SET s = :v', { v: 1 }, /The "SET" section can only be used once in an update expression/],
    'a value that is not defined': ['SET n = :v', {}, /An expression attribute value used in expression is not defined; attribute value: :v/],
    'a value that is not used': ['SET n = :v', { v: 1, w: 2 }, /Value provided in ExpressionAttributeValues unused in expressions: keys: \{:w\}/],
    'ADD to text': ['ADD s :v', { v: 1 }, /An operand in the update expression has an incorrect data type/],
    'ADD of text': ['ADD n :v', { v: 'x' }, /Incorrect operand type for operator or function; operator: ADD, operand type: STRING/],
    'DELETE of a number': ['DELETE ss :v', { v: 1 }, /Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER/],
    'list_append of text': ['SET l = list_append(l, :v)', { v: 'x' }, /Incorrect operand type for operator or function; operator or function: list_append, operand type: S|incorrect data type/],
    'an unknown function': ['SET n = shuffle(:v)', { v: 1 }, /Invalid function name; function: shuffle/],
    'a syntax error': ['SET n = = :v', { v: 1 }, /Syntax error; token: "="/],
    'an empty expression': ['', {}, /Invalid UpdateExpression: The expression can not be empty;/],
  };
  for (const [name, [expression, given, message]] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(updated(start, expression, given), awsError('ValidationException', message)));
  }
});

test('concurrent increments are all counted', async () => {
  const Key = { pk: { S: 'counter' } };
  const increment = () =>
    client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'ADD hits :one', ExpressionAttributeValues: values({ one: 1 }), ReturnValues: 'UPDATED_NEW' }));
  const answers = await Promise.all(Array.from({ length: 200 }, increment));
  const seen = new Set(answers.map(({ Attributes }) => Attributes.hits.N));
  assert.equal(seen.size, 200);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  assert.equal(Item.hits.N, '200');
});

test('values, too, may not look inside key attributes', async () => {
  const { TableName } = await makeTable(client, 'id:S', undefined, {
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'color', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      { IndexName: 'by-color', KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
    ],
  });
  const scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  for (const [UpdateExpression, key] of [
    ['SET a = color[1]', 'IndexKey: color'],
    ['SET a = list_append(b, c), d = color.x', 'IndexKey: color'],
    ['SET a = id.x', 'Key: id'],
  ])
    await assert.rejects(client.send(new UpdateItemCommand({ TableName, Key: { id: { S: '1' } }, UpdateExpression })), awsError('ValidationException', scalars + key));
});

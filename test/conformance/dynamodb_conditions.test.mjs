// ConditionExpression: the grammar, and what a failed condition says.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
const Key = { pk: { S: 'it' } };
const Item = {
  ...Key,
  n: { N: '5' },
  s: { S: 'hello' },
  b: { B: Buffer.from([1, 2, 3]) },
  ss: { SS: ['x', 'y'] },
  l: { L: [{ S: 'in list' }, { N: '1' }] },
  m: { M: { deep: { N: '7' } } },
  yes: { BOOL: true },
  none: { NULL: true },
};
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S'));
  await put(client, TableName, Item);
});

const values = {
  ':n': { N: '5' }, ':four': { N: '4' }, ':six': { N: '6' }, ':h': { S: 'hello' }, ':he': { S: 'he' }, ':x': { S: 'x' }, ':N': { S: 'N' },
  ':two': { N: '2' }, ':list': { S: 'in list' }, ':seven': { N: '7' }, ':t': { BOOL: true }, ':set': { SS: ['y', 'x'] }, ':bytes': { B: Buffer.from([2]) },
};

async function holds(ConditionExpression) {
  const used = Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression));
  try {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        ConditionExpression,
        ...(used.length > 0 && { ExpressionAttributeValues: Object.fromEntries(used) }),
      }),
    );
    return true;
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
    return false;
  }
}

test('conditions that hold', async (t) => {
  const conditions = [
    'n = :n', 'n <> :six', 'n < :six', 'n <= :n', 'n > :four', 'n >= :n', 'n BETWEEN :four AND :six', 'n IN (:four, :n)',
    's = :h', 'begins_with(s, :he)', 'contains(s, :he)', 'contains(ss, :x)', 'contains(l, :list)', 'contains(b, :bytes)', 'ss = :set', 'yes = :t',
    'attribute_exists(m.deep)', 'attribute_not_exists(m.nothing)', 'attribute_type(n, :N)', 'm.deep = :seven', 'l[0] = :list', 'size(l) = :two',
    'size(s) = :n', 'size(ss) = :two', 'NOT n = :six', 'n = :six OR s = :h', 'n = :n AND NOT (s = :he OR n = :four)', 'm.deep > n',
    '(n = :n)', 'n = :six AND n = :six OR n = :n', 'nowhere <> :n', 'n <> s',
  ];
  for (const condition of conditions) await t.test(condition, async () => assert.equal(await holds(condition), true));
});

test('conditions that do not', async (t) => {
  const conditions = [
    'n = :h', 'n < :h', 's < :n', 'nowhere = :n', 'attribute_exists(nowhere)', 'attribute_not_exists(n)', 'attribute_type(s, :N)', 'size(n) = :n',
    'contains(n, :n)', 'begins_with(n, :he)', 'l[7] = :list', 'n.deep = :n', 'n BETWEEN :six AND :seven', 'NOT n = :n', 'n = :n AND n = :six',
  ];
  for (const condition of conditions) await t.test(condition, async () => assert.equal(await holds(condition), false));
});

test('conditions that are none', async (t) => {
  const refused = {
    'n BETWEEN :six AND :four': /The BETWEEN operator requires upper bound to be greater than or equal to lower bound/,
    'begins_with(s, :n)': /Incorrect operand type for operator or function; operator or function: begins_with, operand type: N/,
    'n = :undefined': /An expression attribute value used in expression is not defined; attribute value: :undefined/,
    'n = #undefined': /An expression attribute name used in the document path is not defined; attribute name: #undefined/,
    'n = n': /The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: \[n\]/,
    'n =': /Syntax error; token: "<EOF>", near: "="/,
    'attribute_exists(:n)': /Operator or function requires a document path; operator or function: attribute_exists/,
    'size(s)': /The function is not allowed to be used this way in an expression; function: size/,
    'attribute_type(n, :h)': /Invalid attribute type name found; type: hello, valid types:/,
    'between = :n': /Attribute name is a reserved keyword; reserved keyword: between|Syntax error/,
    '((n = :n))': /The expression has redundant parentheses/,
    'contains(s)': /Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1/,
    'attribute_exists(n) n = :n': /Syntax error; token: "n", near: "\) n ="/,
  };
  for (const [condition, message] of Object.entries(refused)) {
    await t.test(condition, () => assert.rejects(holds(condition), awsError('ValidationException', message)));
  }
});

test('a failed condition changes nothing and shows the item when asked', async () => {
  const Fail = { TableName, ConditionExpression: 'n = :no', ExpressionAttributeValues: { ':no': { N: '0' } } };
  const writes = [
    new PutItemCommand({ ...Fail, Item: Key }),
    new DeleteItemCommand({ ...Fail, Key }),
    new UpdateItemCommand({ ...Fail, Key, UpdateExpression: 'REMOVE s' }),
  ];
  for (const write of writes) {
    const silent = await client.send(write).catch((error) => error);
    assert.equal(silent.name, 'ConditionalCheckFailedException');
    assert.equal(silent.message, 'The conditional request failed');
    assert.equal(silent.$metadata.httpStatusCode, 400);
    assert.equal(silent.Item, undefined);
    write.input.ReturnValuesOnConditionCheckFailure = 'ALL_OLD';
    const telling = await client.send(write).catch((error) => error);
    assert.equal(telling.Item.s.S, 'hello');
  }
  const { Item: kept } = await client.send(new GetItemCommand({ TableName, Key }));
  assert.equal(kept.s.S, 'hello');
});

test('of many who would create one item, one does', async () => {
  const create = () => put(client, TableName, { pk: { S: 'race' } }, { ConditionExpression: 'attribute_not_exists(pk)' }).then(() => 1, () => 0);
  const won = await Promise.all(Array.from({ length: 100 }, create));
  assert.equal(won.reduce((a, b) => a + b), 1);
});

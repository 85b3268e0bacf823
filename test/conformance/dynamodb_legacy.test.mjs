// The parameters from before expressions, which old code still sends.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S', 'sk:N'));
});

const Key = { pk: { S: 'old' }, sk: { N: '1' } };
const update = (AttributeUpdates, more = {}) =>
  client.send(new UpdateItemCommand({ TableName, Key, AttributeUpdates, ReturnValues: 'ALL_NEW', ...more })).then(({ Attributes }) => Attributes);

test('AttributeUpdates puts, adds and deletes', async () => {
  await put(client, TableName, { ...Key, n: { N: '1' }, s: { SS: ['a', 'b'] }, gone: { S: 'x' } });
  const item = await update({
    fresh: { Value: { S: 'put by default' } },
    n: { Action: 'ADD', Value: { N: '2' } },
    s: { Action: 'DELETE', Value: { SS: ['b'] } },
    gone: { Action: 'DELETE' },
  });
  assert.deepEqual(item, { ...Key, fresh: { S: 'put by default' }, n: { N: '3' }, s: { SS: ['a'] } });
});

test('AttributeUpdates appends to a list', async () => {
  await put(client, TableName, { ...Key, l: { L: [{ S: 'a' }] } });
  assert.deepEqual((await update({ l: { Action: 'ADD', Value: { L: [{ S: 'b' }] } } })).l, { L: [{ S: 'a' }, { S: 'b' }] });
});

test('a put without a value is refused', async () => {
  await assert.rejects(
    update({ a: { Action: 'PUT' } }),
    awsError('ValidationException', 'One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified'),
  );
});

test('old and new parameters do not mix', async () => {
  await assert.rejects(
    update({ a: { Value: { S: 'x' } } }, { ConditionExpression: 'attribute_exists(a)' }),
    awsError(
      'ValidationException',
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {ConditionExpression}',
    ),
  );
});

test('Expected guards a write', async () => {
  await put(client, TableName, { ...Key, a: { N: '5' } });
  const guarded = (Expected, more = {}) => client.send(new PutItemCommand({ TableName, Item: { ...Key, a: { N: '5' } }, Expected, ...more }));
  await guarded({ a: { Value: { N: '5.0' } } });
  await guarded({ b: { Exists: false }, a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }, { N: '9' }] } });
  await guarded({ b: { ComparisonOperator: 'NOT_NULL' }, a: { ComparisonOperator: 'GT', AttributeValueList: [{ N: '4' }] } }, { ConditionalOperator: 'OR' });
  await assert.rejects(guarded({ a: { Exists: false } }), awsError('ConditionalCheckFailedException', 'The conditional request failed'));
  await assert.rejects(
    client.send(new DeleteItemCommand({ TableName, Key, Expected: { a: { Value: { N: '6' } } } })),
    awsError('ConditionalCheckFailedException'),
  );
});

test('KeyConditions, QueryFilter and ScanFilter select', async () => {
  for (const n of [1, 2, 3, 4]) await put(client, TableName, { pk: { S: 'select' }, sk: { N: String(n) }, even: { S: n % 2 === 0 ? 'yes' : 'no' } });
  const KeyConditions = {
    pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'select' }] },
    sk: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '2' }] },
  };
  const even = { even: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'yes' }] } };
  const queried = await client.send(new QueryCommand({ TableName, KeyConditions, QueryFilter: even }));
  assert.deepEqual(queried.Items.map((item) => item.sk.N), ['2', '4']);
  assert.equal(queried.ScannedCount, 3);
  const scanned = await client.send(new ScanCommand({ TableName, ScanFilter: even }));
  assert.equal(scanned.Count, 2);
});

test('AttributesToGet picks', async () => {
  await put(client, TableName, { ...Key, a: { S: 'a' }, b: { S: 'b' } });
  const { Item } = await client.send(new GetItemCommand({ TableName, Key, AttributesToGet: ['b', 'nowhere'] }));
  assert.deepEqual(Item, { b: { S: 'b' } });
});

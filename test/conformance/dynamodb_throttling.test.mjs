// Provisioned throughput, held to on request.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { BatchGetItemCommand, BatchWriteItemCommand, GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

const skip = process.env.MILLRACE_TEST_ENDPOINT && 'needs a server that throttles';
const small = { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } };
const exceeded = awsError('ProvisionedThroughputExceededException', /level of configured provisioned throughput for the table was exceeded/);
const item = (id, size) => ({ id: { S: id }, text: { S: 'x'.repeat(size) } });

let client;
before(async () => {
  if (!skip) client = dynamodbClient(await startServer({ args: ['--throttle'] }));
});

// 300 units are saved up; each of these costs 100.
async function exhaustWrites(TableName) {
  for (let n = 0; n < 10; n++) {
    try {
      await put(client, TableName, item(`big-${n}`, 100 * 1024 - 30));
    } catch (error) {
      exceeded(error);
      return n;
    }
  }
  return assert.fail('nothing was throttled');
}

test('a burst is let through, then writes are throttled, and reads are not', { skip }, async () => {
  const { TableName } = await makeTable(client, 'id:S', undefined, small);
  const done = await exhaustWrites(TableName);
  assert.ok(done === 3 || done === 4, `${done} writes`);
  await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'big-0' } } }));
  await assert.rejects(
    client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: item('a', 1) } }] })),
    (error) => error.name === 'TransactionCanceledException' && error.CancellationReasons[0].Code === 'ProvisionedThroughputExceeded',
  );
});

test('a batch leaves out the table that is throttled', { skip }, async () => {
  const { TableName: full } = await makeTable(client, 'id:S', undefined, small);
  const { TableName: free } = await makeTable(client, 'id:S');
  await exhaustWrites(full);
  const requests = [{ PutRequest: { Item: item('a', 10) } }];
  const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [full]: requests, [free]: requests } }));
  assert.deepEqual(Object.keys(UnprocessedItems), [full]);
  assert.deepEqual(UnprocessedItems[full], requests);
  assert.ok((await client.send(new GetItemCommand({ TableName: free, Key: { id: { S: 'a' } } }))).Item);
  await assert.rejects(client.send(new BatchWriteItemCommand({ RequestItems: { [full]: requests } })), exceeded);
});

test('reads are throttled by their own bucket', { skip }, async () => {
  const { TableName: full } = await makeTable(client, 'id:S', undefined, small);
  const { TableName: free } = await makeTable(client, 'id:S');
  await put(client, full, item('big', 250 * 1024));
  await put(client, free, item('a', 1));
  const Key = { id: { S: 'big' } };
  let error;
  for (let n = 0; n < 20 && !error; n++) error = await client.send(new GetItemCommand({ TableName: full, Key, ConsistentRead: true })).then(() => undefined, (e) => e);
  exceeded(error);
  const query = { TableName: full, KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': { S: 'big' } } };
  await assert.rejects(client.send(new QueryCommand(query)), exceeded);
  const { Responses, UnprocessedKeys } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [full]: { Keys: [Key] }, [free]: { Keys: [{ id: { S: 'a' } }] } } }),
  );
  assert.equal(Responses[free].length, 1);
  assert.deepEqual(UnprocessedKeys, { [full]: { Keys: [Key] } });
});

test('tables on demand are not held', { skip }, async () => {
  const { TableName } = await makeTable(client, 'id:S');
  for (let n = 0; n < 8; n++) await put(client, TableName, item(`big-${n}`, 100 * 1024 - 30));
});

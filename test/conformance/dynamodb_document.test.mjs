// The document client: plain JavaScript values in and out.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { BatchWriteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand, paginateScan } from '@aws-sdk/lib-dynamodb';

import { documentClient, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable } from './support/tables.mjs';

let documents, TableName;
before(async () => {
  const server = await startServer();
  documents = documentClient(server);
  ({ TableName } = await makeTable(dynamodbClient(server), 'pk:S', 'sk:N'));
});

test('objects go in and come out', async () => {
  const Item = { pk: 'doc', sk: 1, text: 'hello', n: 1.5, list: [1, 'two', null, { three: 3 }], flag: false, set: new Set(['a', 'b']), bytes: new Uint8Array([1, 2]) };
  await documents.send(new PutCommand({ TableName, Item }));
  const { Item: back } = await documents.send(new GetCommand({ TableName, Key: { pk: 'doc', sk: 1 } }));
  assert.deepEqual({ ...back, bytes: new Uint8Array(back.bytes) }, Item);
});

test('update, query and scan', async () => {
  await documents.send(
    new BatchWriteCommand({ RequestItems: { [TableName]: Array.from({ length: 10 }, (_, sk) => ({ PutRequest: { Item: { pk: 'many', sk, n: sk * sk } } })) } }),
  );
  const { Attributes } = await documents.send(
    new UpdateCommand({ TableName, Key: { pk: 'many', sk: 3 }, UpdateExpression: 'SET n = n + :x', ExpressionAttributeValues: { ':x': 100 }, ReturnValues: 'ALL_NEW' }),
  );
  assert.equal(Attributes.n, 109);
  const { Items } = await documents.send(
    new QueryCommand({ TableName, KeyConditionExpression: 'pk = :pk AND sk > :sk', ExpressionAttributeValues: { ':pk': 'many', ':sk': 7 } }),
  );
  assert.deepEqual(Items.map((item) => item.n), [64, 81]);
  let count = 0;
  for await (const page of paginateScan({ client: documents, pageSize: 4 }, { TableName })) count += page.Items.length;
  assert.equal(count, 11);
});

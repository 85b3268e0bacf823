// Tables as things: made, described, listed, changed, deleted; and what may not be made.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ListTablesCommand,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put, waitActive } from './support/tables.mjs';

let client;
before(async () => {
  client = dynamodbClient(await startServer());
});

const definition = (TableName, more = {}) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  ...more,
});

test('a table is described as it was made', async () => {
  const { TableDescription } = await client.send(new CreateTableCommand(definition('Described')));
  assert.match(TableDescription.TableStatus, /^(CREATING|ACTIVE)$/);
  const table = await waitActive(client, 'Described');
  assert.equal(table.TableArn, 'arn:aws:dynamodb:us-east-1:000000000000:table/Described');
  assert.match(table.TableId, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(table.ItemCount, 0);
  assert.equal(table.TableSizeBytes, 0);
  assert.equal(table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
  assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 0);
  assert.ok(Math.abs(table.CreationDateTime - Date.now()) < 60_000);
  assert.equal(table.StreamSpecification, undefined);
});

test('a provisioned table keeps its throughput', async () => {
  const throughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 };
  await client.send(new CreateTableCommand(definition('Provisioned', { BillingMode: undefined, ProvisionedThroughput: throughput })));
  const table = await waitActive(client, 'Provisioned');
  assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 3);
  assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 4);
});

test('a table is addressed by its ARN as well', async () => {
  const { TableArn, TableName } = await makeTable(client, 'id:S');
  const { Table } = await client.send(new DescribeTableCommand({ TableName: TableArn }));
  assert.equal(Table.TableName, TableName);
});

test('names are listed in order, page by page', async () => {
  for (const name of ['list-c', 'list-a', 'list-b', 'list-B']) await client.send(new CreateTableCommand(definition(name)));
  const first = await client.send(new ListTablesCommand({ ExclusiveStartTableName: 'list', Limit: 3 }));
  assert.deepEqual(first.TableNames, ['list-B', 'list-a', 'list-b']);
  assert.equal(first.LastEvaluatedTableName, 'list-b');
  const second = await client.send(new ListTablesCommand({ ExclusiveStartTableName: first.LastEvaluatedTableName, Limit: 1 }));
  assert.deepEqual(second.TableNames, ['list-c']);
});

test('a name that is taken is refused', async () => {
  await client.send(new CreateTableCommand(definition('Taken')));
  await assert.rejects(client.send(new CreateTableCommand(definition('Taken'))), awsError('ResourceInUseException', /Table already exists: Taken/));
});

test('a deleted table is gone, and its name is free and empty', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  await put(client, TableName, { id: { S: 'old' } });
  const { TableDescription } = await client.send(new DeleteTableCommand({ TableName }));
  assert.equal(TableDescription.TableStatus, 'DELETING');
  await waitUntilTableNotExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName });
  await assert.rejects(
    client.send(new DescribeTableCommand({ TableName })),
    awsError('ResourceNotFoundException', `Requested resource not found: Table: ${TableName} not found`),
  );
  await makeTable(client, 'id:S', undefined, { TableName });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.equal(Table.ItemCount, 0);
});

test('a protected table is not deleted', async () => {
  const { TableName } = await makeTable(client, 'id:S', undefined, { DeletionProtectionEnabled: true });
  await assert.rejects(client.send(new DeleteTableCommand({ TableName })), awsError('ValidationException'));
  await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await waitActive(client, TableName);
  await client.send(new DeleteTableCommand({ TableName }));
});

test('an unknown table is said to be unknown', async () => {
  await assert.rejects(client.send(new DeleteTableCommand({ TableName: 'Nowhere' })), awsError('ResourceNotFoundException', /Table: Nowhere not found/));
  await assert.rejects(put(client, 'Nowhere', { id: { S: '1' } }), awsError('ResourceNotFoundException', 'Requested resource not found'));
});

test('definitions that cannot be are refused', async (t) => {
  const refused = {
    'a key without its definition': { KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }] },
    'a range key before the hash key': {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'at', KeyType: 'RANGE' },
        { AttributeName: 'id', KeyType: 'HASH' },
      ],
    },
    'a definition that nothing uses': {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'spare', AttributeType: 'S' },
      ],
    },
    'no throughput': { BillingMode: 'PROVISIONED' },
    'a short name': { TableName: 'ab' },
    'a name with a space': { TableName: 'a table' },
    'a key of a type that orders nothing': { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'BOOL' }] },
    'a stream without its view': { StreamSpecification: { StreamEnabled: true } },
  };
  for (const [name, change] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(client.send(new CreateTableCommand(definition('Refused', change))), awsError('ValidationException')));
  }
});

test('every region is its own world', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  const config = client.config;
  const elsewhere = dynamodbClient({ url: await endpointOf(config) }, { region: 'eu-west-1' });
  await assert.rejects(elsewhere.send(new DescribeTableCommand({ TableName })), awsError('ResourceNotFoundException'));
});

async function endpointOf(config) {
  const { protocol, hostname, port } = await config.endpoint();
  return `${protocol}//${hostname}:${port}`;
}

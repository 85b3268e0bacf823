// What CreateTable and UpdateTable refuse, in AWS's words of 2026, and how a table is shown.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  TagResourceCommand,
  UpdateTableCommand,
  UpdateTableReplicaAutoScalingCommand,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { eachOf, makeTable, put, waitActive } from './support/tables.mjs';

let client;
before(async () => {
  client = dynamodbClient(await startServer());
});

const invalid = 'One or more parameter values were invalid: ';
const attribute = (AttributeName, AttributeType = 'S') => ({ AttributeName, AttributeType });
const hash = (AttributeName) => [{ AttributeName, KeyType: 'HASH' }];
const all = { ProjectionType: 'ALL' };
const units = (n) => ({ ReadCapacityUnits: n, WriteCapacityUnits: n });
const index = (IndexName, key, more = {}) => ({ IndexName, KeySchema: hash(key), Projection: all, ...more });
const create = (more) =>
  client.send(
    new CreateTableCommand({ TableName: 'Refused', BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [attribute('id')], KeySchema: hash('id'), ...more }),
  );
const update = (TableName, more) => client.send(new UpdateTableCommand({ TableName, ...more }));
const refused = (promise, message) => assert.rejects(promise, awsError('ValidationException', message));

test('attribute definitions are all used, each once, before anything else of an index', async () => {
  await refused(create({ AttributeDefinitions: [attribute('id'), attribute('id')], KeySchema: hash('id') }), 'Attribute Name is duplicated: id');
  await refused(
    create({
      AttributeDefinitions: ['id', 'a', 'b'].map((name) => attribute(name)),
      GlobalSecondaryIndexes: [{ ...index('by-a', 'a'), Projection: { ProjectionType: 'INCLUDE' } }],
    }),
    `${invalid}Some AttributeDefinitions are not used. AttributeDefinitions: [id, a, b], keys used: [id, a]`,
  );
  await refused(
    create({
      AttributeDefinitions: [attribute('id'), attribute('a')],
      GlobalSecondaryIndexes: [{ ...index('by-a', 'a'), Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'x'] } }],
    }),
    `${invalid}Duplicate element in NonKeyAttributes: x`,
  );
  await refused(
    create({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units(1),
      AttributeDefinitions: [attribute('id'), attribute('a')],
      GlobalSecondaryIndexes: [index('by-a', 'a')],
    }),
    `${invalid}ProvisionedThroughput is not specified for index: by-a`,
  );
});

test('streams and tags have words of their own', async () => {
  await refused(create({ StreamSpecification: { StreamEnabled: true } }), `${invalid}Table is being created with a stream enabled, UpdateViewType is required`);
  await refused(
    create({ StreamSpecification: { StreamEnabled: false, StreamViewType: 'NEW_IMAGE' } }),
    `${invalid}Table is being created with a stream disabled, UpdateViewType should not be specified`,
  );
  const { TableName, TableArn } = await makeTable(client, 'id:S');
  await refused(update(TableName, { StreamSpecification: { StreamEnabled: true } }), `${invalid}If stream is being enabled then UpdateViewType is required`);
  await refused(update(TableName, { StreamSpecification: { StreamEnabled: false } }), `Table has no stream to disable: TableName: ${TableName}`);
  const tag = (ResourceArn, ...Tags) => client.send(new TagResourceCommand({ ResourceArn, Tags }));
  await refused(tag(TableArn, { Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }), 'Duplicate Tag Keys provided as input: Duplicate Tag Key found a');
  await refused(tag(TableArn, { Key: 'aws:a', Value: '1' }), 'Tag Key cannot be prefixed with aws:, Key: aws:a');
  await refused(tag('table', { Key: 'a', Value: '1' }), `${invalid}ARNs must start with 'arn:': table`);
  await refused(tag('arn:aws:sqs:us-east-1:1:q', { Key: 'a', Value: '1' }), `${invalid}Provided Arn is not a DynamoDB resource arn: arn:aws:sqs:us-east-1:1:q`);
});

test('what may not stand together in one UpdateTable', async () => {
  const { TableName } = await makeTable(client, 'id:S', undefined, { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(5) });
  const AttributeDefinitions = [attribute('a')];
  const Create = { GlobalSecondaryIndexUpdates: [{ Create: index('by-a', 'a', { ProvisionedThroughput: units(1) }) }], AttributeDefinitions };
  const only = (what) => `${invalid}${what} modification must be the only operation in the request`;
  const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } };
  const cases = [
    [{ ...Create, SSESpecification: { Enabled: true } }, only('Server-Side Encryption')],
    [{ ...Create, TableClass: 'STANDARD_INFREQUENT_ACCESS' }, only('TableClass')],
    [{ ProvisionedThroughput: units(6), DeletionProtectionEnabled: true }, only('DeletionProtection')],
    [{ ...Create, ProvisionedThroughput: units(6) }, `${invalid}You cannot create or delete index while updating table IOPS`],
    [{ ...Create, ...stream }, `${invalid}You cannot create or delete index while changing stream status`],
    [{ ...stream, ProvisionedThroughput: units(6) }, `${invalid}You cannot modify stream status while updating table IOPS`],
    [{ ...Create, WarmThroughput: { ReadUnitsPerSecond: 20000 } }, `${invalid}Create global secondary index cannot be specified when updating WarmThroughput`],
    [{ ...stream, WarmThroughput: { ReadUnitsPerSecond: 20000 } }, `${invalid}WarmThroughput must be the only operation in the request`],
    [{ ...Create, OnDemandThroughput: { MaxReadRequestUnits: 5 } }, `${invalid}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request`],
    [{ GlobalSecondaryIndexUpdates: [], DeletionProtectionEnabled: true }, `${invalid}List of GlobalSecondaryIndexUpdates is empty`],
    [{}, /^At least one of ProvisionedThroughput, BillingMode, .* OnDemandThroughput, WarmThroughput or TableClass is required$/],
    [
      { GlobalSecondaryIndexUpdates: [{ Create: Create.GlobalSecondaryIndexUpdates[0].Create, Delete: { IndexName: 'by-a' } }] },
      `${invalid}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object`,
    ],
    [{ ...Create, AttributeDefinitions: undefined }, `${invalid}AttributeDefinitions is not specified for index: by-a`],
    [
      { GlobalSecondaryIndexUpdates: [{ Create: index('by-a', 'a') }], AttributeDefinitions },
      `${invalid}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by-a`,
    ],
  ];
  for (const [input, message] of cases) await refused(update(TableName, input), message);
  await assert.rejects(
    update(TableName, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'none' } }] }),
    awsError('ResourceNotFoundException', `Requested resource not found: Index none for table ${TableName}`),
  );
});

test('indexes: what is there already, what may change, and what is shown in order', async () => {
  const AttributeDefinitions = [attribute('z'), attribute('id'), attribute('unused', 'N')];
  const { TableName } = await makeTable(client, 'id:S');
  await update(TableName, {
    AttributeDefinitions,
    GlobalSecondaryIndexUpdates: [{ Create: { ...index('by-z', 'z'), Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['b', 'a'] } } }],
  });
  const table = await waitActive(client, TableName);
  assert.deepEqual(table.AttributeDefinitions, [attribute('id'), attribute('z')]);
  assert.deepEqual(table.GlobalSecondaryIndexes[0].Projection.NonKeyAttributes, ['a', 'b']);
  await refused(
    update(TableName, { AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: index('by-z', 'z') }] }),
    'Attempting to create an index which already exists',
  );
  await refused(
    update(TableName, { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'by-z', ProvisionedThroughput: units(1) } }] }),
    `${invalid}The only Updates for index: by-z when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput`,
  );
  await assert.rejects(
    client.send(new UpdateTableReplicaAutoScalingCommand({ TableName })),
    awsError('ValidationException', /^Auto scaling is not supported by Millrace/),
  );
});

test('a table is not deleted while an index is being made', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  await eachOf(32, Array.from({ length: 3000 }, (_, i) => i), (i) => put(client, TableName, { id: { S: `${i}` }, a: { S: 'x' }, pad: { S: 'p'.repeat(500) } }));
  await update(TableName, { AttributeDefinitions: [attribute('a')], GlobalSecondaryIndexUpdates: [{ Create: index('by-a', 'a') }] });
  const described = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table.GlobalSecondaryIndexes[0];
  const remove = () => client.send(new DeleteTableCommand({ TableName }));
  // Whether the index is still being filled when the request comes is the server's to say: both answers must fit what is shown.
  const before = await described();
  try {
    await remove();
  } catch (error) {
    assert.equal(before.IndexStatus, 'CREATING');
    assert.equal(error.name, 'ResourceInUseException');
    assert.match(error.message, /Cannot delete table while indexes are being created, updated, or deleted\.$/);
    while ((await described()).IndexStatus === 'CREATING');
    await remove();
  }
});

// Backups, restores and point-in-time recovery, as a program that keeps its data safe would use them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  BatchWriteItemCommand,
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListBackupsCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { newServer, startServer } from './support/server.mjs';
import { makeTable, put, waitActive } from './support/tables.mjs';

let client;
before(async () => {
  client = dynamodbClient(await startServer());
});

async function fill(client, TableName, count, text = 'first') {
  for (let at = 0; at < count; at += 25) {
    const items = Array.from({ length: Math.min(25, count - at) }, (_, i) => ({
      id: { S: `item-${at + i}` },
      n: { N: String(at + i) },
      color: { S: (at + i) % 2 ? 'red' : 'blue' },
      text: { S: text },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }));
  }
}

async function all(client, TableName) {
  const items = new Map();
  for (let ExclusiveStartKey; ; ) {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }));
    for (const item of page.Items) items.set(item.id.S, item);
    ExclusiveStartKey = page.LastEvaluatedKey;
    if (!ExclusiveStartKey) return items;
  }
}

async function waitAvailable(client, BackupArn) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const { BackupDescription } = await client.send(new DescribeBackupCommand({ BackupArn }));
    if (BackupDescription.BackupDetails.BackupStatus === 'AVAILABLE') return BackupDescription;
  }
  throw new Error('the backup did not become AVAILABLE');
}

async function backUp(client, TableName, BackupName = 'nightly') {
  const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName, BackupName }));
  return waitAvailable(client, BackupDetails.BackupArn);
}

const withIndex = {
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'color', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    { IndexName: 'by-color', KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
  ],
};
const recovery = (TableName, PointInTimeRecoveryEnabled, more = {}) =>
  new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, ...more } });
const nobody = 'arn:aws:dynamodb:us-east-1:000000000000:table/Nobody/backup/01489602797149-73d8d5bc';

test('a backup is described, listed, restored and deleted', async () => {
  const { TableName, TableArn, TableId } = await makeTable(client, 'id:S', undefined, withIndex);
  await fill(client, TableName, 300);
  const before = await all(client, TableName);
  const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName, BackupName: 'nightly' }));
  assert.equal(BackupDetails.BackupStatus, 'CREATING');
  assert.equal(BackupDetails.BackupType, 'USER');
  assert.match(BackupDetails.BackupArn, new RegExp(`^${TableArn}/backup/\\d{14}-[0-9a-f]{8}$`));
  await fill(client, TableName, 300, 'second');
  const described = await waitAvailable(client, BackupDetails.BackupArn);
  assert.equal(described.BackupDetails.BackupName, 'nightly');
  assert.equal(described.SourceTableDetails.TableName, TableName);
  assert.equal(described.SourceTableDetails.TableId, TableId);
  assert.equal(described.SourceTableDetails.ItemCount, 300);
  assert.equal(described.SourceTableDetails.BillingMode, 'PAY_PER_REQUEST');
  assert.deepEqual(described.SourceTableDetails.KeySchema, [{ AttributeName: 'id', KeyType: 'HASH' }]);
  assert.equal(described.SourceTableFeatureDetails.GlobalSecondaryIndexes[0].IndexName, 'by-color');
  assert.ok(described.BackupDetails.BackupSizeBytes > 300 * 20);

  const listed = await client.send(new ListBackupsCommand({ TableName }));
  assert.deepEqual(listed.BackupSummaries.map((one) => one.BackupArn), [BackupDetails.BackupArn]);
  assert.equal(listed.BackupSummaries[0].BackupStatus, 'AVAILABLE');

  const TargetTableName = `${TableName}-restored`;
  const { TableDescription } = await client.send(new RestoreTableFromBackupCommand({ TargetTableName, BackupArn: BackupDetails.BackupArn }));
  assert.equal(TableDescription.TableStatus, 'CREATING');
  assert.equal(TableDescription.RestoreSummary.RestoreInProgress, true);
  const active = await waitActive(client, TargetTableName);
  assert.equal(active.RestoreSummary.RestoreInProgress, false);
  assert.equal(active.RestoreSummary.SourceBackupArn, BackupDetails.BackupArn);
  assert.equal(active.RestoreSummary.SourceTableArn, TableArn);
  assert.equal(active.ItemCount, 300);
  assert.equal(active.GlobalSecondaryIndexes[0].ItemCount, 300);
  assert.notEqual(active.TableId, TableId);
  assert.deepEqual(await all(client, TargetTableName), before);
  const red = await client.send(
    new QueryCommand({ TableName: TargetTableName, IndexName: 'by-color', KeyConditionExpression: 'color = :c', ExpressionAttributeValues: { ':c': { S: 'red' } }, Select: 'COUNT' }),
  );
  assert.equal(red.Count, 150);
  // It is a table like any other.
  await put(client, TargetTableName, { id: { S: 'item-0' }, text: { S: 'third' } });
  assert.equal((await all(client, TableName)).get('item-0').text.S, 'second');

  const deleted = await client.send(new DeleteBackupCommand({ BackupArn: BackupDetails.BackupArn }));
  assert.equal(deleted.BackupDescription.BackupDetails.BackupStatus, 'DELETED');
  await assert.rejects(
    client.send(new DescribeBackupCommand({ BackupArn: BackupDetails.BackupArn })),
    awsError('BackupNotFoundException', `Backup not found: ${BackupDetails.BackupArn}`),
  );
  assert.deepEqual((await client.send(new ListBackupsCommand({ TableName }))).BackupSummaries, []);
});

test('a table that is being restored has no items for anyone, and cannot be deleted', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  await fill(client, TableName, 2000);
  const { BackupDetails } = await backUp(client, TableName);
  const TargetTableName = `${TableName}-slow`;
  await client.send(new RestoreTableFromBackupCommand({ TargetTableName, BackupArn: BackupDetails.BackupArn }));
  // It may be active already: then it must be whole.
  try {
    await client.send(new DeleteTableCommand({ TableName: TargetTableName }));
    assert.fail('2000 items were restored within one request');
  } catch (error) {
    assert.equal(error.name, 'ResourceInUseException');
  }
  try {
    const seen = await client.send(new ScanCommand({ TableName: TargetTableName, Select: 'COUNT' }));
    assert.equal(seen.Count, 2000);
  } catch (error) {
    assert.equal(error.name, 'ResourceNotFoundException');
  }
  assert.equal((await waitActive(client, TargetTableName)).ItemCount, 2000);
});

test('overrides change billing and leave indexes out', async () => {
  const { TableName } = await makeTable(client, 'id:S', undefined, withIndex);
  await fill(client, TableName, 10);
  const { BackupArn } = (await backUp(client, TableName)).BackupDetails;
  await client.send(
    new RestoreTableFromBackupCommand({
      TargetTableName: `${TableName}-bare`,
      BackupArn,
      BillingModeOverride: 'PROVISIONED',
      ProvisionedThroughputOverride: { ReadCapacityUnits: 2, WriteCapacityUnits: 3 },
      GlobalSecondaryIndexOverride: [],
    }),
  );
  const bare = await waitActive(client, `${TableName}-bare`);
  assert.equal(bare.GlobalSecondaryIndexes, undefined);
  assert.equal(bare.ProvisionedThroughput.WriteCapacityUnits, 3);
  assert.deepEqual(bare.AttributeDefinitions, [{ AttributeName: 'id', AttributeType: 'S' }]);
  const restore = (name, key, ProjectionType) =>
    client.send(
      new RestoreTableFromBackupCommand({
        TargetTableName: `${TableName}-${name}`,
        BackupArn,
        GlobalSecondaryIndexOverride: [{ IndexName: 'other', KeySchema: [{ AttributeName: key, KeyType: 'HASH' }], Projection: { ProjectionType } }],
      }),
    );
  const strange =
    'Invalid Request: Index other does not match a secondary index that existed in the source table and cannot be created during the restore operation';
  await assert.rejects(restore('strange', 'size', 'ALL'), awsError('ValidationException', strange));
  await assert.rejects(restore('strange', 'color', 'KEYS_ONLY'), awsError('ValidationException', strange));
  // An index is known by its keys and projection; its name may be a new one.
  await restore('renamed', 'color', 'ALL');
  const renamed = await waitActive(client, `${TableName}-renamed`);
  assert.deepEqual(renamed.GlobalSecondaryIndexes.map((index) => index.IndexName), ['other']);
  assert.ok(renamed.GlobalSecondaryIndexes[0].ItemCount > 0);
});

test('lists come page by page, by type and by time', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  const arns = [];
  for (const name of ['one', 'two', 'three']) arns.push((await backUp(client, TableName, name)).BackupDetails.BackupArn);
  const found = [];
  for (let ExclusiveStartBackupArn; ; ) {
    const page = await client.send(new ListBackupsCommand({ TableName, Limit: 1, ExclusiveStartBackupArn }));
    found.push(...page.BackupSummaries.map((one) => one.BackupArn));
    ExclusiveStartBackupArn = page.LastEvaluatedBackupArn;
    if (!ExclusiveStartBackupArn) break;
  }
  assert.deepEqual(found.sort(), arns.sort());
  assert.equal((await client.send(new ListBackupsCommand({ TableName, BackupType: 'SYSTEM' }))).BackupSummaries.length, 0);
  const past = await client.send(new ListBackupsCommand({ TableName, TimeRangeUpperBound: new Date(Date.now() - 3_600_000) }));
  assert.equal(past.BackupSummaries.length, 0);
});

test('what is missing or taken is told in the words of these operations', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  const { BackupArn } = (await backUp(client, TableName)).BackupDetails;
  await assert.rejects(client.send(new CreateBackupCommand({ TableName: 'Nobody', BackupName: 'nightly' })), awsError('TableNotFoundException', 'Table not found: Nobody'));
  await assert.rejects(client.send(new DescribeContinuousBackupsCommand({ TableName: 'Nobody' })), awsError('TableNotFoundException', 'Table not found: Nobody'));
  await assert.rejects(client.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn })), awsError('TableAlreadyExistsException', `Table already exists: ${TableName}`));
  for (const Command of [DescribeBackupCommand, DeleteBackupCommand])
    await assert.rejects(client.send(new Command({ BackupArn: nobody })), awsError('BackupNotFoundException', `Backup not found: ${nobody}`));
  await assert.rejects(client.send(new CreateBackupCommand({ TableName, BackupName: 'a b' })), awsError('ValidationException', /backupName/));
});

test('point-in-time recovery brings a table back to a moment', async () => {
  const { TableName, TableArn } = await makeTable(client, 'id:S');
  const off = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  assert.equal(off.ContinuousBackupsDescription.ContinuousBackupsStatus, 'ENABLED');
  assert.deepEqual(off.ContinuousBackupsDescription.PointInTimeRecoveryDescription, { PointInTimeRecoveryStatus: 'DISABLED' });
  const latest = { SourceTableName: TableName, UseLatestRestorableTime: true };
  await assert.rejects(
    client.send(new RestoreTableToPointInTimeCommand({ ...latest, TargetTableName: `${TableName}-no` })),
    awsError('PointInTimeRecoveryUnavailableException'),
  );
  await put(client, TableName, { id: { S: 'old' } });
  const on = await client.send(recovery(TableName, true, { RecoveryPeriodInDays: 7 }));
  const { PointInTimeRecoveryDescription } = on.ContinuousBackupsDescription;
  assert.equal(PointInTimeRecoveryDescription.PointInTimeRecoveryStatus, 'ENABLED');
  assert.equal(PointInTimeRecoveryDescription.RecoveryPeriodInDays, 7);
  await fill(client, TableName, 100);

  // A moment of the server's clock between two writes.
  const moment = async () => {
    const start = Math.floor(Date.now()) + 2;
    for (;;) {
      const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
      const time = ContinuousBackupsDescription.PointInTimeRecoveryDescription.LatestRestorableDateTime;
      if (time.getTime() > start) return new Date(time.getTime() - 1);
    }
  };
  const RestoreDateTime = await moment();
  await fill(client, TableName, 50, 'second');
  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'old' } } }));
  await client.send(new RestoreTableToPointInTimeCommand({ SourceTableName: TableName, TargetTableName: `${TableName}-then`, RestoreDateTime }));
  await client.send(new RestoreTableToPointInTimeCommand({ SourceTableArn: TableArn, TargetTableName: `${TableName}-now`, UseLatestRestorableTime: true }));
  await fill(client, TableName, 100, 'third');

  assert.equal((await waitActive(client, `${TableName}-then`)).RestoreSummary.SourceTableArn, TableArn);
  const then = await all(client, `${TableName}-then`);
  assert.equal(then.size, 101);
  assert.ok(then.has('old') && [...then.values()].every((item) => item.id.S === 'old' || item.text.S === 'first'));
  await waitActive(client, `${TableName}-now`);
  const now = await all(client, `${TableName}-now`);
  assert.equal(now.size, 100);
  assert.equal([...now.values()].filter((item) => item.text.S === 'second').length, 50);

  for (const wrong of [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)])
    await assert.rejects(
      client.send(new RestoreTableToPointInTimeCommand({ SourceTableName: TableName, TargetTableName: `${TableName}-no`, RestoreDateTime: wrong })),
      awsError('InvalidRestoreTimeException'),
    );
  await client.send(recovery(TableName, false));
  await assert.rejects(
    client.send(new RestoreTableToPointInTimeCommand({ ...latest, TargetTableName: `${TableName}-no` })),
    awsError('PointInTimeRecoveryUnavailableException'),
  );
});

test('a deleted table with point-in-time recovery leaves a system backup', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  await client.send(recovery(TableName, true));
  await fill(client, TableName, 40);
  await client.send(new DeleteTableCommand({ TableName }));
  const { BackupSummaries } = await client.send(new ListBackupsCommand({ TableName, BackupType: 'SYSTEM' }));
  assert.equal(BackupSummaries.length, 1);
  assert.equal(BackupSummaries[0].BackupName, `${TableName}$DeletedTableBackup`);
  assert.ok(BackupSummaries[0].BackupExpiryDateTime - Date.now() > 34 * 86_400_000);
  await client.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn: BackupSummaries[0].BackupArn }));
  await waitActive(client, TableName);
  assert.equal((await all(client, TableName)).size, 40);
});

test('a backup and a restore go on after the server was killed', { skip: process.env.MILLRACE_TEST_ENDPOINT && 'needs a server of its own' }, async () => {
  const server = await newServer().start();
  let client = dynamodbClient(server);
  const { TableName } = await makeTable(client, 'id:S');
  await fill(client, TableName, 3000);
  const { BackupDetails } = await client.send(new CreateBackupCommand({ TableName, BackupName: 'nightly' }));
  await server.end('SIGKILL');
  await server.start();
  client = dynamodbClient(server);
  await fill(client, TableName, 25, 'second');
  const { SourceTableDetails } = await waitAvailable(client, BackupDetails.BackupArn);
  assert.equal(SourceTableDetails.ItemCount, 3000);
  await client.send(new RestoreTableFromBackupCommand({ TargetTableName: 'Again', BackupArn: BackupDetails.BackupArn }));
  await server.end('SIGKILL');
  await server.start();
  client = dynamodbClient(server);
  assert.equal((await waitActive(client, 'Again')).ItemCount, 3000);
  const items = await all(client, 'Again');
  assert.equal(items.size, 3000);
  assert.ok([...items.values()].every((item) => item.text.S === 'first'));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'item-0' } } }));
  assert.equal(Item.text.S, 'second');
  assert.equal((await client.send(new DescribeTableCommand({ TableName }))).Table.ItemCount, 3000);
});

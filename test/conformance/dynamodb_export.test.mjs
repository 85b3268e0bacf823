// Export to and import from buckets, as a program that moves its data would use them. Until S3 has a service, buckets are folders.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';

import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchWriteItemCommand,
  DeleteTableCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  ImportTableCommand,
  ListExportsCommand,
  ListImportsCommand,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient, logsClient } from './support/clients.mjs';
import { newServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let server;
let client;
before(async () => {
  server = await newServer().start();
  client = dynamodbClient(server);
  mkdirSync(join(server.data, 'objects', 'bucket'));
});

const inBucket = (...path) => join(server.data, 'objects', 'bucket', ...path);
const drop = (name, bytes) => {
  mkdirSync(join(inBucket(name), '..'), { recursive: true });
  writeFileSync(inBucket(name), bytes);
};

async function recovered(hash, range) {
  const table = await makeTable(client, hash, range);
  await client.send(
    new UpdateContinuousBackupsCommand({ TableName: table.TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
  );
  return table;
}

async function until(describe) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const description = await describe();
    if ((description.ExportStatus ?? description.ImportStatus) !== 'IN_PROGRESS') return description;
  }
  throw new Error('it did not end');
}
const ended = ({ ExportArn }) => until(async () => (await client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription);
const imported = ({ ImportArn }) => until(async () => (await client.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription);

async function exportOf(table, more = {}) {
  const { ExportDescription } = await client.send(new ExportTableToPointInTimeCommand({ TableArn: table.TableArn, S3Bucket: 'bucket', ...more }));
  assert.equal(ExportDescription.ExportStatus, 'IN_PROGRESS');
  return ended(ExportDescription);
}

let count = 0;
async function importOf(S3KeyPrefix, InputFormat, more = {}) {
  const { TableCreationParameters = {}, ...rest } = more;
  const { ImportTableDescription } = await client.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix },
      InputFormat,
      TableCreationParameters: {
        TableName: `imported-${++count}`,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        ...TableCreationParameters,
      },
      ...rest,
    }),
  );
  assert.equal(ImportTableDescription.ImportStatus, 'IN_PROGRESS');
  return imported(ImportTableDescription);
}

async function all(TableName) {
  const items = new Map();
  for (let ExclusiveStartKey; ; ) {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }));
    for (const item of page.Items) items.set(item.id.S, item);
    ExclusiveStartKey = page.LastEvaluatedKey;
    if (!ExclusiveStartKey) return items;
  }
}

const bytes = (text) => new Uint8Array(Buffer.from(text));
const everyType = (id) => ({
  id: { S: id },
  text: { S: 'é "quoted" \\ \n \u{1f600}' },
  number: { N: '-12345678901234567890.123456789012345678' },
  tiny: { N: '1E-130' },
  binary: { B: bytes('\x00\x01binary') },
  yes: { BOOL: true },
  nothing: { NULL: true },
  strings: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2.5'] },
  binaries: { BS: [bytes('x'), bytes('y')] },
  list: { L: [{ S: '' }, { L: [{ N: '1' }] }, { NULL: true }] },
  map: { M: { 'odd name': { M: {} }, $dollar: { S: 'x' }, null: { BOOL: false } } },
});

test('what is exported in either format is imported as it was, with its index', async () => {
  const table = await recovered('id:S');
  const items = Array.from({ length: 300 }, (_, i) => ({ ...everyType(`item-${i}`), color: { S: i % 3 ? 'red' : 'blue' } }));
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table.TableName]: requests } }));
  }
  const then = await all(table.TableName);
  for (const format of ['DYNAMODB_JSON', 'ION']) {
    const done = await exportOf(table, { ExportFormat: format, S3Prefix: `exports/${format}` });
    assert.equal(done.ExportStatus, 'COMPLETED', done.FailureMessage);
    assert.equal(done.ItemCount, 300);
    assert.equal(done.ExportType, 'FULL_EXPORT');
    assert.ok(done.BilledSizeBytes > 300 * 100 && done.EndTime >= done.StartTime && done.ClientToken);
    const summary = JSON.parse(readFileSync(inBucket(done.ExportManifest), 'utf8'));
    assert.equal(summary.exportArn, done.ExportArn);
    assert.equal(summary.outputFormat, format);
    const manifest = readFileSync(inBucket(summary.manifestFilesS3Key), 'utf8');
    assert.equal(readFileSync(inBucket(summary.manifestFilesS3Key.replace('.json', '.md5')), 'utf8'), createHash('md5').update(manifest).digest('base64'));
    let lines = 0;
    for (const file of manifest.trim().split('\n').map(JSON.parse)) {
      const packed = readFileSync(inBucket(file.dataFileS3Key));
      assert.equal(createHash('md5').update(packed).digest('base64'), file.md5Checksum);
      lines += gunzipSync(packed).toString().trim().split('\n').length;
    }
    assert.equal(lines, 300);
    assert.deepEqual(readdirSync(join(inBucket(done.ExportManifest), '..')).sort(), [
      '_started',
      'data',
      'manifest-files.json',
      'manifest-files.md5',
      'manifest-summary.json',
      'manifest-summary.md5',
    ]);

    const made = await importOf(done.ExportManifest.replace('manifest-summary.json', 'data/'), format, {
      InputCompressionType: 'GZIP',
      TableCreationParameters: {
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'color', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          { IndexName: 'by-color', KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' }], Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      },
    });
    assert.equal(made.ImportStatus, 'COMPLETED', made.FailureMessage);
    assert.equal(made.ImportedItemCount, 300);
    assert.equal(made.ErrorCount, 0);
    const { TableName } = made.TableCreationParameters;
    assert.deepEqual(await all(TableName), then);
    const { Count } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-color',
        KeyConditionExpression: 'color = :c',
        ExpressionAttributeValues: { ':c': { S: 'blue' } },
        Select: 'COUNT',
      }),
    );
    assert.equal(Count, 100);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    assert.equal(Table.ItemCount, 300);
    assert.equal(Table.TableId, made.TableId);
  }
});

test('an export is of its moment', async () => {
  const table = await recovered('id:S');
  await put(client, table.TableName, { id: { S: 'before' } });
  // Times are in whole milliseconds on the wire.
  const ExportTime = new Date(Date.now() + 5);
  while (Date.now() <= ExportTime.getTime() + 5);
  await put(client, table.TableName, { id: { S: 'after' } });
  const done = await exportOf(table, { ExportTime });
  assert.equal(done.ItemCount, 1);
  assert.equal(done.ExportTime.getTime(), ExportTime.getTime());
});

test('people drop files into a bucket and import them; bad rows are counted and told of in the log', async () => {
  drop('people/1.csv', 'id,name,age\n1,Ann,30\n2,"Bob ""B""",\n,nobody,1\n3,Cid\n');
  drop('packed/1.json.gz', gzipSync('{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}\n{"Item":{"id":{"N":"1"}}}\n'));
  const made = await importOf('people/', 'CSV');
  assert.equal(made.ImportStatus, 'FAILED');
  assert.equal(made.FailureCode, 'ItemValidationError');
  assert.deepEqual([made.ProcessedItemCount, made.ImportedItemCount, made.ErrorCount], [4, 2, 2]);
  assert.equal(made.ProcessedSizeBytes, 52);
  assert.deepEqual((await all(made.TableCreationParameters.TableName)).get('2'), { id: { S: '2' }, name: { S: 'Bob "B"' }, age: { S: '' } });
  const logGroupName = '/aws-dynamodb/imports';
  assert.equal(made.CloudWatchLogGroupArn, `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}:*`);
  const { events } = await logsClient(server).send(
    new FilterLogEventsCommand({ logGroupName, logStreamNames: [`${made.ImportArn.split('/').pop()}/error`] }),
  );
  const told = events.map((event) => JSON.parse(event.message));
  assert.deepEqual(told[0].itemS3Pointer, { bucket: 'bucket', key: 'people/1.csv', itemIndex: 2 });
  assert.equal(told.length, 2);
  assert.equal(told[1].importArn, made.ImportArn);

  const packed = await importOf('packed/', 'DYNAMODB_JSON', { InputCompressionType: 'GZIP' });
  assert.deepEqual([packed.ImportedItemCount, packed.ErrorCount], [1, 1]);
});

test('lists go on where they stopped, and tokens stand for one request', async () => {
  const table = await recovered('id:S');
  const request = { TableArn: table.TableArn, S3Bucket: 'bucket', ClientToken: 'one' };
  const first = await client.send(new ExportTableToPointInTimeCommand(request));
  await ended(first.ExportDescription);
  const again = await client.send(new ExportTableToPointInTimeCommand(request));
  assert.equal(again.ExportDescription.ExportArn, first.ExportDescription.ExportArn);
  await assert.rejects(client.send(new ExportTableToPointInTimeCommand({ ...request, S3Prefix: 'x' })), awsError('ExportConflictException'));
  await exportOf(table);
  const page = await client.send(new ListExportsCommand({ TableArn: table.TableArn, MaxResults: 1 }));
  assert.equal(page.ExportSummaries[0].ExportArn, first.ExportDescription.ExportArn);
  const rest = await client.send(new ListExportsCommand({ TableArn: table.TableArn, NextToken: page.NextToken }));
  assert.equal(rest.ExportSummaries.length, 1);
  assert.equal(rest.NextToken, undefined);

  drop('list/1', '{"Item":{"id":{"S":"a"}}}\n');
  const one = await importOf('list/', 'DYNAMODB_JSON');
  const { ImportSummaryList, NextToken } = await client.send(new ListImportsCommand({ PageSize: 1 }));
  assert.equal(ImportSummaryList.length, 1);
  const others = await client.send(new ListImportsCommand({ NextToken }));
  assert.ok(others.ImportSummaryList.length >= 1);
  const own = await client.send(new ListImportsCommand({ TableArn: one.TableArn }));
  assert.deepEqual(own.ImportSummaryList.map((summary) => summary.ImportArn), [one.ImportArn]);
});

test('what cannot be done says why', async () => {
  const plain = await makeTable(client, 'id:S');
  const exporting = (more) => client.send(new ExportTableToPointInTimeCommand({ TableArn: plain.TableArn, S3Bucket: 'bucket', ...more }));
  await assert.rejects(exporting(), awsError('PointInTimeRecoveryUnavailableException'));
  await assert.rejects(exporting({ TableArn: `${plain.TableArn}-gone` }), awsError('TableNotFoundException'));
  await assert.rejects(exporting({ TableArn: 'nonsense' }), awsError('ValidationException'));
  const table = await recovered('id:S');
  const of = { TableArn: table.TableArn };
  await assert.rejects(exporting({ ...of, ExportTime: new Date(Date.now() + 3_600_000) }), awsError('InvalidExportTimeException'));
  await assert.rejects(exporting({ ...of, ExportTime: new Date(Date.now() - 3_600_000) }), awsError('InvalidExportTimeException'));
  const incremental = (minutes) => ({ ...of, ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: { ExportFromTime: new Date(Date.now() - minutes * 60_000) } });
  await assert.rejects(exporting(incremental(5)), awsError('InvalidExportTimeException'));
  await assert.rejects(exporting(incremental(60)), awsError('InvalidExportTimeException'));
  const missing = await exportOf(table, { S3Bucket: 'no-such-bucket' });
  assert.equal(missing.ExportStatus, 'FAILED');
  assert.equal(missing.FailureCode, 'S3NoSuchBucket');
  await client.send(new DeleteTableCommand({ TableName: table.TableName }));

  await assert.rejects(client.send(new DescribeExportCommand({ ExportArn: `${missing.ExportArn}0` })), awsError('ExportNotFoundException'));
  await assert.rejects(importOf('x', 'CSV', { TableCreationParameters: { TableName: plain.TableName } }), awsError('ResourceInUseException'));
  const nothing = await importOf('x', 'CSV', { S3BucketSource: { S3Bucket: 'no-such-bucket' } });
  assert.equal(nothing.FailureCode, 'S3NoSuchBucket');
  await assert.rejects(client.send(new DescribeTableCommand({ TableName: nothing.TableCreationParameters.TableName })), awsError('ResourceNotFoundException'));
});

test('exports and imports go on when the server was killed', async () => {
  const table = await recovered('id:S');
  const padding = 'x'.repeat(3000);
  for (let at = 0; at < 4000; at += 25) {
    const requests = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: { id: { S: `item-${at + i}` }, padding: { S: padding } } } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table.TableName]: requests } }));
  }
  const { ExportDescription } = await client.send(new ExportTableToPointInTimeCommand({ TableArn: table.TableArn, S3Bucket: 'bucket', S3Prefix: 'killed' }));
  await server.end('SIGKILL');
  await server.start();
  const done = await ended(ExportDescription);
  assert.equal(done.ExportStatus, 'COMPLETED', done.FailureMessage);
  assert.equal(done.ItemCount, 4000);
  const { ImportTableDescription } = await client.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix: done.ExportManifest.replace('manifest-summary.json', 'data/') },
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'GZIP',
      TableCreationParameters: {
        TableName: 'after-kill',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    }),
  );
  await server.end('SIGKILL');
  await server.start();
  const made = await imported(ImportTableDescription);
  assert.equal(made.ImportStatus, 'COMPLETED', made.FailureMessage);
  assert.equal(made.ImportedItemCount, 4000);
  assert.equal((await all('after-kill')).size, 4000);
});

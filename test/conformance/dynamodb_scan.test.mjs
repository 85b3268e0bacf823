// Scan: everything once, in pages, in parallel, filtered.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ScanCommand, paginateScan } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { eachOf, makeTable, put } from './support/tables.mjs';

const COUNT = 300;
let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'id:S'));
  await eachOf(32, Array.from({ length: COUNT }, (_, i) => i), (i) => put(client, TableName, { id: { S: `item-${i}` }, n: { N: String(i) } }));
});

async function idsOf(more = {}, settings = {}) {
  const ids = [];
  for await (const page of paginateScan({ client, ...settings }, { TableName, ...more })) ids.push(...page.Items.map((item) => item.id.S));
  return ids;
}

test('a scan gives every item once', async () => {
  const ids = await idsOf();
  assert.equal(ids.length, COUNT);
  assert.equal(new Set(ids).size, COUNT);
});

test('pages by Limit give the same, in the same order', async () => {
  assert.deepEqual(await idsOf({}, { pageSize: 7 }), await idsOf());
});

test('an empty page follows when the last one was full', async () => {
  const all = await client.send(new ScanCommand({ TableName, Limit: COUNT }));
  assert.equal(all.Count, COUNT);
  assert.ok(all.LastEvaluatedKey);
  const rest = await client.send(new ScanCommand({ TableName, Limit: COUNT, ExclusiveStartKey: all.LastEvaluatedKey }));
  assert.equal(rest.Count, 0);
  assert.equal(rest.LastEvaluatedKey, undefined);
});

test('segments share the table out, whatever their number', async () => {
  for (const TotalSegments of [1, 2, 7, 64]) {
    const parts = await Promise.all(Array.from({ length: TotalSegments }, (_, Segment) => idsOf({ Segment, TotalSegments }, { pageSize: 50 })));
    const ids = parts.flat();
    assert.equal(ids.length, COUNT, `${TotalSegments} segments`);
    assert.equal(new Set(ids).size, COUNT);
    if (TotalSegments === 2) assert.ok(parts.every((part) => part.length > COUNT / 5), 'a segment is about its share');
  }
});

test('a filter drops, and what was scanned is counted', async () => {
  const page = await client.send(
    new ScanCommand({ TableName, FilterExpression: 'n < :ten', ExpressionAttributeValues: { ':ten': { N: '10' } }, ProjectionExpression: 'n' }),
  );
  assert.equal(page.Count, 10);
  assert.equal(page.ScannedCount, COUNT);
  assert.deepEqual(Object.keys(page.Items[0]), ['n']);
});

test('a page is at most 1 MB', async () => {
  const { TableName: big } = await makeTable(client, 'id:S');
  const data = { S: 'x'.repeat(300_000) };
  await eachOf(5, [1, 2, 3, 4, 5], (i) => put(client, big, { id: { S: String(i) }, data }));
  const page = await client.send(new ScanCommand({ TableName: big }));
  assert.equal(page.Count, 4);
  const rest = await client.send(new ScanCommand({ TableName: big, ExclusiveStartKey: page.LastEvaluatedKey }));
  assert.equal(rest.Count, 1);
  assert.equal(rest.LastEvaluatedKey, undefined);
});

test('what is no scan is refused', async (t) => {
  const refused = {
    'a segment without a total': [{ Segment: 0 }, /The TotalSegments parameter is required but was not present in the request when Segment parameter is present/],
    'a total without a segment': [{ TotalSegments: 2 }, /The Segment parameter is required but was not present in the request when parameter TotalSegments is present/],
    'a segment beyond the total': [{ Segment: 2, TotalSegments: 2 }, /The Segment parameter is zero-based and must be less than parameter TotalSegments/],
    'SPECIFIC_ATTRIBUTES of none': [{ Select: 'SPECIFIC_ATTRIBUTES' }, /Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES/],
    'all projected attributes without an index': [{ Select: 'ALL_PROJECTED_ATTRIBUTES' }, /ALL_PROJECTED_ATTRIBUTES can be used only when (Querying|Scanning) using an IndexName/],
  };
  for (const [name, [more, message]] of Object.entries(refused)) {
    await t.test(name, () => assert.rejects(client.send(new ScanCommand({ TableName, ...more })), awsError('ValidationException', message)));
  }
});

// From a write to the function: what the event looks like, order, batches, windows, starting positions, lanes, filters.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { inState, mapped, streamed, write } from './support/mappings.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';
import { put } from './support/tables.mjs';

let lambda, dynamodb;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
});
const setUp = async (settings = {}) => {
  const reports = await openReports();
  return { reports, ...(await mapped({ lambda, dynamodb, reports, ...settings })) };
};
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// Answers batches until `count` records have come; gives the batches of [pk, sk].
async function batchesOf(reports, count) {
  const batches = [];
  for (let seen = 0; seen < count; seen += batches.at(-1).length) {
    const [batch] = await reports.collect(1);
    batches.push(batch.map(([pk, sk]) => [pk, sk]));
  }
  return batches;
}

test('the event is DynamoDB\'s', async () => {
  const { reports, TableName, StreamArn } = await setUp({ source: `${reportSource} exports.handler = (event) => report('event', event);` });
  const Key = { pk: { S: 'a' }, sk: { N: '1' } };
  await put(dynamodb, TableName, { ...Key, text: { S: 'x' }, bytes: { B: Buffer.from('hello') }, list: { L: [{ BOOL: true }, { NULL: true }] }, set: { NS: ['1'] } });
  const insert = (await reports.collect(1))[0].Records[0];
  assert.equal(insert.eventName, 'INSERT');
  assert.equal(insert.eventSource, 'aws:dynamodb');
  assert.equal(insert.eventVersion, '1.1');
  assert.equal(insert.awsRegion, 'us-east-1');
  assert.equal(insert.eventSourceARN, StreamArn);
  assert.match(insert.eventID, /^[0-9a-f]{32}$/);
  assert.deepEqual(insert.dynamodb.Keys, Key);
  assert.deepEqual(insert.dynamodb.NewImage, { ...Key, text: { S: 'x' }, bytes: { B: 'aGVsbG8=' }, list: { L: [{ BOOL: true }, { NULL: true }] }, set: { NS: ['1'] } });
  assert.equal(insert.dynamodb.OldImage, undefined);
  assert.equal(insert.dynamodb.StreamViewType, 'NEW_AND_OLD_IMAGES');
  assert.match(insert.dynamodb.SequenceNumber, /^\d{21,40}$/);
  assert.ok(insert.dynamodb.SizeBytes > 0);
  assert.ok(Math.abs(insert.dynamodb.ApproximateCreationDateTime - Date.now() / 1000) < 60); // seconds

  await dynamodb.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'SET #t = :y', ExpressionAttributeNames: { '#t': 'text' }, ExpressionAttributeValues: { ':y': { S: 'y' } } }));
  const modify = (await reports.collect(1))[0].Records[0];
  assert.equal(modify.eventName, 'MODIFY');
  assert.equal(modify.dynamodb.OldImage.text.S, 'x');
  assert.equal(modify.dynamodb.NewImage.text.S, 'y');

  await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
  const remove = (await reports.collect(1))[0].Records[0];
  assert.equal(remove.eventName, 'REMOVE');
  assert.equal(remove.dynamodb.NewImage, undefined);
  assert.equal(remove.dynamodb.OldImage.text.S, 'y');
});

test('every record comes, in order, in batches no larger than asked', async () => {
  const { reports, TableName } = await setUp({ BatchSize: 10 });
  await Promise.all(range(0, 4).map(async (k) => { for (const n of range(1, 30)) await write(dynamodb, TableName, `key-${k}`, n); }));
  const batches = await batchesOf(reports, 150);
  assert.ok(batches.every((batch) => batch.length <= 10));
  for (const k of range(0, 4)) assert.deepEqual(batches.flat().filter(([pk]) => pk === `key-${k}`).map(([, n]) => n), range(1, 30));
});

test('what is written while a batch is handled comes in the next, together', async () => {
  const { reports, TableName } = await setUp();
  await write(dynamodb, TableName, 'one key', 1);
  const held = await reports.take();
  for (const n of range(2, 20)) await write(dynamodb, TableName, 'one key', n);
  held.reply();
  assert.deepEqual((await batchesOf(reports, 19))[0].map(([, n]) => n), range(2, 20));
});

test('a window gathers what comes', async () => {
  const { reports, TableName } = await setUp({ MaximumBatchingWindowInSeconds: 2, BatchSize: 100 });
  const began = performance.now();
  for (const n of range(1, 5)) await write(dynamodb, TableName, 'one key', n);
  const [batch] = await reports.collect(1);
  assert.deepEqual(batch.map(([, n]) => n), range(1, 5));
  assert.ok(performance.now() - began >= 1900, 'the window was waited for');
});

test('a full batch does not wait for its window', async () => {
  const { reports, TableName } = await setUp({ MaximumBatchingWindowInSeconds: 300, BatchSize: 5 });
  for (const n of range(1, 5)) await write(dynamodb, TableName, 'one key', n);
  assert.deepEqual((await reports.collect(1))[0].map(([, n]) => n), range(1, 5));
});

test('a batch is at most 6 MB', async () => {
  const source = `${reportSource} exports.handler = (event) => report('size', [Buffer.byteLength(JSON.stringify(event)), event.Records.length]);`;
  const { reports, TableName } = await setUp({ source, BatchSize: 1000 });
  await write(dynamodb, TableName, 'k', 0);
  const held = await reports.take();
  for (let n = 1; n <= 24; n++) await write(dynamodb, TableName, 'k', n, { data: { S: 'x'.repeat(390_000) } });
  held.reply();
  const batches = [];
  for (let records = 0; records < 24; records += batches.at(-1)[1]) batches.push(...(await reports.collect(1)));
  assert.ok(batches.every(([bytes]) => bytes <= 6 << 20), JSON.stringify(batches));
  assert.ok(batches[0][1] >= 10, 'and not much smaller');
});

test('TRIM_HORIZON begins with what is there, LATEST with what comes', async () => {
  const table = await streamed(dynamodb);
  await write(dynamodb, table.TableName, 'k', 1);
  const latest = await setUp({ table, StartingPosition: 'LATEST' });
  const all = await setUp({ table, StartingPosition: 'TRIM_HORIZON' });
  await write(dynamodb, table.TableName, 'k', 2);
  assert.deepEqual((await batchesOf(all.reports, 2)).flat().map(([, n]) => n), [1, 2]);
  assert.deepEqual((await batchesOf(latest.reports, 1)).flat().map(([, n]) => n), [2]);
});

test('a mapping that is off keeps its place', async () => {
  const { reports, TableName, UUID } = await setUp();
  await write(dynamodb, TableName, 'k', 1);
  await reports.collect(1);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await inState(lambda, UUID, 'Disabled');
  for (const n of [2, 3]) await write(dynamodb, TableName, 'k', n);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  assert.deepEqual((await batchesOf(reports, 2)).flat().map(([, n]) => n), [2, 3]);
});

test('lanes run side by side, a key stays in one', async () => {
  const { reports, TableName } = await setUp({ ParallelizationFactor: 10, BatchSize: 1 });
  const keys = range(1, 40).map((n) => `key-${n}`);
  for (const pk of keys) for (const n of [1, 2]) await write(dynamodb, TableName, pk, n);
  const running = [];
  while (running.length < 3) running.push(await reports.take()); // at least three are held at once
  const first = running.map((r) => r.value[0]);
  assert.equal(new Set(first.map(([pk]) => pk)).size, first.length, 'no key runs twice at once');
  assert.ok(first.every(([, n]) => n === 1));
  for (const r of running) r.reply();
  const rest = (await batchesOf(reports, 80 - running.length)).flat();
  for (const pk of keys) assert.deepEqual([...first.map(([k, n]) => [k, n]), ...rest].filter(([k]) => k === pk).map(([, n]) => n), [1, 2]);
});

test('two functions on one stream do not wait for each other', async () => {
  const table = await streamed(dynamodb);
  const slow = await setUp({ table });
  const quick = await setUp({ table });
  await write(dynamodb, table.TableName, 'k', 1);
  const held = await slow.reports.take();
  for (const n of range(2, 6)) await write(dynamodb, table.TableName, 'k', n);
  assert.deepEqual((await batchesOf(quick.reports, 6)).flat().map(([, n]) => n), range(1, 6));
  held.reply();
  assert.deepEqual((await batchesOf(slow.reports, 5)).flat().map(([, n]) => n), range(2, 6));
});

test('a filter lets through what fits', async (t) => {
  const pass = async (patterns, writes, wanted) => {
    const { reports, TableName } = await setUp({ FilterCriteria: { Filters: patterns.map((p) => ({ Pattern: JSON.stringify(p) })) } });
    for (const [i, more] of writes.entries()) await write(dynamodb, TableName, 'k', i, more);
    assert.deepEqual((await batchesOf(reports, wanted.length)).flat().map(([, n]) => n), wanted);
  };
  const image = (rule) => ({ dynamodb: { NewImage: rule } });
  const text = (...values) => values.map((S) => ({ a: { S } }));
  await t.test('by value', () => pass([image({ a: { S: ['yes'] } })], text('no', 'yes', 'no', 'yes'), [1, 3]));
  await t.test('by prefix', () => pass([image({ a: { S: [{ prefix: 'ab' }] } })], text('abc', 'bcd', 'ab'), [0, 2]));
  await t.test('by suffix', () => pass([image({ a: { S: [{ suffix: 'yz' }] } })], text('xyz', 'zyx', 'yz'), [0, 2]));
  await t.test('by what it is not', () => pass([image({ a: { S: [{ 'anything-but': ['x'] }] } })], text('x', 'y', 'x', 'z'), [1, 3]));
  await t.test('by presence', () => pass([image({ b: { S: [{ exists: false }] } })], [{}, { b: { S: 'x' } }, {}], [0, 2]));
  await t.test('whatever the case', () => pass([image({ a: { S: [{ 'equals-ignore-case': 'Mill' }] } })], text('mill', 'wheel', 'MILL'), [0, 2]));
  await t.test('one of several', () => pass([image({ a: { S: ['x'] } }), image({ a: { S: ['z'] } })], text('x', 'y', 'z'), [0, 2]));
  await t.test('by the kind of change', () => pass([{ eventName: ['INSERT'] }], text('x', 'y'), [0, 1]));
});

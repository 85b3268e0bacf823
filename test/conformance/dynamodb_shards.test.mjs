// Shards that are split under load and followed by others with age, read as programs read lineage: parents first.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';

import { awsError, dynamodbClient, lambdaClient, streamsClient } from './support/clients.mjs';
import { mapped, write } from './support/mappings.mjs';
import { openReports } from './support/reports.mjs';
import { startServer } from './support/server.mjs';
import { eachOf, makeTable, put, waitActive } from './support/tables.mjs';

const skip = process.env.MILLRACE_TEST_ENDPOINT && 'needs a server whose shards split soon';
const keys = Array.from({ length: 32 }, (_, i) => `key-${i}`);

let server, client, streams;
before(async () => {
  if (skip) return;
  server = await startServer({ args: ['--stream-shard-units=1', '--stream-shard-seconds=0'] });
  client = dynamodbClient(server);
  streams = streamsClient(server);
});

const makeStreamed = (on = client) => makeTable(on, 'pk:S', undefined, { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } });
const describe = async (StreamArn, more = {}, from = streams) => (await from.send(new DescribeStreamCommand({ StreamArn, ...more }))).StreamDescription;
const ending = (shard) => shard.SequenceNumberRange.EndingSequenceNumber;
const iterator = async (StreamArn, ShardId, ShardIteratorType, SequenceNumber) =>
  (await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }))).ShardIterator;

async function allShards(StreamArn, Limit) {
  const shards = [];
  for (let ExclusiveStartShardId; ; ) {
    const page = await describe(StreamArn, { Limit, ExclusiveStartShardId });
    shards.push(...page.Shards);
    ExclusiveStartShardId = page.LastEvaluatedShardId;
    if (!ExclusiveStartShardId) return shards;
  }
}

// Counts up each key, until the stream has `closed` closed shards and one round more. Gives the last count.
async function load(table, closed) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const done = (await allShards(table.LatestStreamArn)).filter(ending).length >= closed;
    const n = (table.written = (table.written ?? 0) + 1);
    await eachOf(16, keys, (pk) => put(client, table.TableName, { pk: { S: pk }, n: { N: String(n) } }));
    if (done) return n;
  }
  return assert.fail('no shard was split');
}

// One shard, to its end or, while it is open, to what is there now.
async function readShard(StreamArn, ShardId, type = 'TRIM_HORIZON') {
  const records = [];
  let at = await iterator(StreamArn, ShardId, type);
  for (;;) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: at }));
    records.push(...page.Records);
    at = page.NextShardIterator;
    if (at === undefined || page.Records.length === 0) return { records, ended: at === undefined };
  }
}

test('a shard under load is closed and two children follow it', { skip }, async () => {
  const table = await makeStreamed();
  const StreamArn = table.LatestStreamArn;
  assert.equal((await allShards(StreamArn)).length, 4);
  await load(table, 3);
  const shards = await allShards(StreamArn);
  assert.equal((await describe(StreamArn)).StreamStatus, 'ENABLED');
  const byId = new Map(shards.map((shard) => [shard.ShardId, shard]));
  for (const [i, shard] of shards.entries()) {
    assert.match(shard.ShardId, /^shardId-[0-9]{20}-[0-9a-f]{8}$/);
    const children = shards.filter(({ ParentShardId }) => ParentShardId === shard.ShardId);
    assert.equal(children.length, ending(shard) ? 2 : 0);
    if (shard.ParentShardId === undefined) continue;
    const parent = byId.get(shard.ParentShardId);
    assert.ok(shards.indexOf(parent) < i, 'parents are shown first');
    assert.ok(BigInt(ending(parent)) < BigInt(shard.SequenceNumberRange.StartingSequenceNumber));
  }
});

test('read parents first, every key is in order and nothing is missing', { skip }, async () => {
  const table = await makeStreamed();
  const last = await load(table, 5);
  const seen = new Map(keys.map((pk) => [pk, []]));
  for (const shard of await allShards(table.LatestStreamArn)) {
    const { records, ended } = await readShard(table.LatestStreamArn, shard.ShardId);
    if (ending(shard)) assert.equal(ended, true);
    for (const { dynamodb } of records) {
      seen.get(dynamodb.Keys.pk.S).push(Number(dynamodb.NewImage.n.N));
      assert.ok(BigInt(dynamodb.SequenceNumber) >= BigInt(shard.SequenceNumberRange.StartingSequenceNumber));
      if (ending(shard)) assert.ok(BigInt(dynamodb.SequenceNumber) <= BigInt(ending(shard)));
    }
  }
  const wanted = Array.from({ length: last }, (_, i) => i + 1);
  for (const pk of keys) assert.deepEqual(seen.get(pk), wanted, pk);
});

test('pages of shards, and the children of one', { skip }, async () => {
  const table = await makeStreamed();
  const StreamArn = table.LatestStreamArn;
  await load(table, 2);
  const shards = await allShards(StreamArn);
  const parent = shards.find(ending);
  assert.deepEqual((await allShards(StreamArn, 1)).slice(0, shards.length).map((s) => s.ShardId), shards.map((s) => s.ShardId));
  const childrenOf = async (ShardId, more) => (await describe(StreamArn, { ShardFilter: { Type: 'CHILD_SHARDS', ShardId }, ...more })).Shards.map((s) => s.ShardId);
  const wanted = shards.filter((s) => s.ParentShardId === parent.ShardId).map((s) => s.ShardId);
  assert.equal(wanted.length, 2);
  assert.deepEqual(await childrenOf(parent.ShardId), wanted);
  assert.deepEqual(await childrenOf(parent.ShardId, { Limit: 1 }), wanted.slice(0, 1));
  assert.deepEqual(await childrenOf(parent.ShardId, { ExclusiveStartShardId: wanted[0] }), wanted.slice(1));
  assert.deepEqual(await childrenOf(`${parent.ShardId.slice(0, -8)}00000000`), []);
});

test('iterators of a closed shard', { skip }, async () => {
  const table = await makeStreamed();
  const StreamArn = table.LatestStreamArn;
  await load(table, 1);
  const { ShardId } = (await allShards(StreamArn)).find(ending);
  const { records } = await readShard(StreamArn, ShardId);
  assert.ok(records.length > 0);
  const latest = await readShard(StreamArn, ShardId, 'LATEST');
  assert.deepEqual(latest, { records: [], ended: true });
  const number = records.at(-1).dynamodb.SequenceNumber;
  const get = async (type) => (await streams.send(new GetRecordsCommand({ ShardIterator: await iterator(StreamArn, ShardId, type, number) }))).Records.length;
  assert.equal(await get('AT_SEQUENCE_NUMBER'), 1);
  assert.equal(await get('AFTER_SEQUENCE_NUMBER'), 0);
  await assert.rejects(describe(StreamArn, { ExclusiveStartShardId: `${ShardId.slice(0, -8)}00000000` }), awsError('ResourceNotFoundException'));
});

test('off and on again begins with four shards', { skip }, async () => {
  const table = await makeStreamed();
  const { TableName, LatestStreamArn } = table;
  await load(table, 2);
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  const closed = await allShards(LatestStreamArn);
  assert.ok(closed.every(ending));
  for (const { ShardId } of closed) assert.equal((await readShard(LatestStreamArn, ShardId, 'LATEST')).ended, true);
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }));
  const second = await waitActive(client, TableName);
  assert.notEqual(second.LatestStreamArn, LatestStreamArn);
  const fresh = await allShards(second.LatestStreamArn);
  assert.equal(fresh.length, 4);
  assert.ok(fresh.every((shard) => shard.ParentShardId === undefined && !ending(shard)));
});

test('a function sees every key in order across splits', { skip }, async () => {
  const reports = await openReports();
  reports.answer = () => null;
  const table = await mapped({ lambda: lambdaClient(server), dynamodb: client, reports, BatchSize: 10, ParallelizationFactor: 2 });
  const rounds = 12;
  for (let n = 1; n <= rounds; n++) await eachOf(16, keys, (pk) => write(client, table.TableName, pk, n));
  const seen = () => reports.all.flatMap(({ value }) => value);
  for (const deadline = Date.now() + 60_000; seen().length < keys.length * rounds && Date.now() < deadline; ) await describe(table.StreamArn);
  assert.ok((await allShards(table.StreamArn)).some(ending), 'shards were split meanwhile');
  for (const pk of keys) {
    const numbers = seen().filter(([key]) => key === pk).map(([, n]) => n);
    assert.deepEqual(numbers, Array.from({ length: rounds }, (_, i) => i + 1), pk);
  }
});

test('with age a shard is followed by one that has all of its keys', { skip }, async () => {
  const aging = await startServer({ args: ['--stream-shard-units=0', '--stream-shard-seconds=1'] });
  const from = streamsClient(aging);
  const { LatestStreamArn } = await makeStreamed(dynamodbClient(aging));
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const { Shards } = await describe(LatestStreamArn, {}, from);
    if (Shards.length < 12) continue;
    const open = Shards.filter((shard) => !ending(shard));
    assert.equal(open.length, 4);
    assert.equal(new Set(open.map((shard) => shard.ParentShardId)).size, 4);
    return;
  }
  assert.fail('no shard was followed by another');
});

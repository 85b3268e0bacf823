// A table's stream, read as a program without Lambda reads it: shards, iterators, records, the four views, labels.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { DeleteItemCommand, DeleteTableCommand, UpdateItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';

import { awsError, dynamodbClient, streamsClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { eachOf, makeTable, put, waitActive } from './support/tables.mjs';

let client, streams;
before(async () => {
  const server = await startServer();
  client = dynamodbClient(server);
  streams = streamsClient(server);
});

const makeStreamed = (view, hash = 'pk:S', range = undefined) =>
  makeTable(client, hash, range, { StreamSpecification: { StreamEnabled: true, StreamViewType: view } });

async function describe(StreamArn) {
  const Shards = [];
  let ExclusiveStartShardId;
  for (;;) {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
    Shards.push(...StreamDescription.Shards);
    ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
    if (!ExclusiveStartShardId) return { ...StreamDescription, Shards };
  }
}

const iterator = (StreamArn, ShardId, ShardIteratorType, SequenceNumber) =>
  streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType, SequenceNumber })).then((answer) => answer.ShardIterator);
const records = (ShardIterator, Limit) => streams.send(new GetRecordsCommand({ ShardIterator, Limit }));

// Every record that is there now, shard by shard.
async function drain(StreamArn) {
  const all = [];
  for (const { ShardId } of (await describe(StreamArn)).Shards) {
    let at = await iterator(StreamArn, ShardId, 'TRIM_HORIZON');
    for (;;) {
      const page = await records(at);
      all.push(...page.Records.map((record) => ({ ...record, ShardId })));
      if (page.Records.length === 0) break; // everything was committed before this began
      at = page.NextShardIterator;
    }
  }
  return all;
}

async function threeChanges(TableName) {
  const Key = { pk: { S: 'x' } };
  await put(client, TableName, { ...Key, a: { N: '1' } });
  await client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'SET a = :two', ExpressionAttributeValues: { ':two': { N: '2' } } }));
  await client.send(new DeleteItemCommand({ TableName, Key }));
}

test('the four views', async (t) => {
  const Keys = { pk: { S: 'x' } };
  const one = { ...Keys, a: { N: '1' } };
  const two = { ...Keys, a: { N: '2' } };
  const wanted = {
    KEYS_ONLY: [{}, {}, {}],
    NEW_IMAGE: [{ NewImage: one }, { NewImage: two }, {}],
    OLD_IMAGE: [{}, { OldImage: one }, { OldImage: two }],
    NEW_AND_OLD_IMAGES: [{ NewImage: one }, { OldImage: one, NewImage: two }, { OldImage: two }],
  };
  for (const [view, images] of Object.entries(wanted)) {
    await t.test(view, async () => {
      const table = await makeStreamed(view);
      await threeChanges(table.TableName);
      const got = await drain(table.LatestStreamArn);
      assert.deepEqual(got.map((r) => r.eventName), ['INSERT', 'MODIFY', 'REMOVE']);
      for (const [i, record] of got.entries()) {
        const { Keys: keys, NewImage, OldImage, StreamViewType, SequenceNumber, SizeBytes, ApproximateCreationDateTime } = record.dynamodb;
        assert.deepEqual(keys, Keys);
        assert.deepEqual(NewImage, images[i].NewImage);
        assert.deepEqual(OldImage, images[i].OldImage);
        assert.equal(StreamViewType, view);
        assert.match(SequenceNumber, /^\d{21,40}$/);
        assert.ok(SizeBytes > 0);
        assert.ok(Math.abs(ApproximateCreationDateTime - Date.now()) < 60_000);
        assert.equal(record.eventSource, 'aws:dynamodb');
        assert.equal(record.awsRegion, 'us-east-1');
        assert.equal(record.eventVersion, '1.1');
        assert.match(record.eventID, /^[0-9a-f]{32}$/);
      }
      assert.equal(new Set(got.map((r) => r.eventID)).size, 3);
    });
  }
});

test('what changes nothing leaves no record', async () => {
  const table = await makeStreamed('NEW_AND_OLD_IMAGES');
  const Key = { pk: { S: 'same' } };
  await put(client, table.TableName, { ...Key, a: { S: 'x' } });
  await put(client, table.TableName, { ...Key, a: { S: 'x' } });
  await client.send(new UpdateItemCommand({ TableName: table.TableName, Key, UpdateExpression: 'SET a = :x', ExpressionAttributeValues: { ':x': { S: 'x' } } }));
  await client.send(new DeleteItemCommand({ TableName: table.TableName, Key: { pk: { S: 'never there' } } }));
  await put(client, table.TableName, { ...Key, b: { S: 'no' } }, { ConditionExpression: 'attribute_not_exists(pk)' }).catch(() => {});
  const got = await drain(table.LatestStreamArn);
  assert.deepEqual(got.map((r) => r.eventName), ['INSERT']);
});

test('several shards, each in order, every key in one', async () => {
  const table = await makeStreamed('NEW_IMAGE');
  const { Shards, StreamStatus, KeySchema, StreamLabel, TableName } = await describe(table.LatestStreamArn);
  assert.equal(StreamStatus, 'ENABLED');
  assert.equal(TableName, table.TableName);
  assert.equal(StreamLabel, table.LatestStreamLabel);
  assert.deepEqual(KeySchema, [{ AttributeName: 'pk', KeyType: 'HASH' }]);
  assert.ok(Shards.length > 1);
  for (const shard of Shards) assert.match(shard.ShardId, /^shardId-[0-9]{20}-[0-9a-f]{8}$/);

  const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
  await eachOf(40, keys, async (pk) => {
    for (let version = 1; version <= 10; version++) await put(client, table.TableName, { pk: { S: pk }, version: { N: String(version) } });
  });
  const got = await drain(table.LatestStreamArn);
  assert.equal(got.length, 400);
  for (const pk of keys) {
    const of = got.filter((r) => r.dynamodb.Keys.pk.S === pk);
    assert.equal(new Set(of.map((r) => r.ShardId)).size, 1);
    assert.deepEqual(of.map((r) => Number(r.dynamodb.NewImage.version.N)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
  for (const { ShardId } of Shards) {
    const numbers = got.filter((r) => r.ShardId === ShardId).map((r) => BigInt(r.dynamodb.SequenceNumber));
    assert.ok(numbers.every((n, i) => i === 0 || n > numbers[i - 1]));
  }
  assert.ok(new Set(got.map((r) => r.ShardId)).size > 1, 'keys are spread');
});

test('the four kinds of iterator', async () => {
  const table = await makeStreamed('KEYS_ONLY', 'pk:S', 'sk:N');
  const StreamArn = table.LatestStreamArn;
  const write = (sk) => put(client, table.TableName, { pk: { S: 'one partition' }, sk: { N: String(sk) } });
  for (const sk of [1, 2, 3, 4]) await write(sk);
  const written = await drain(StreamArn);
  const { ShardId } = written[0];
  const numbers = written.map((r) => r.dynamodb.SequenceNumber);
  const sks = async (at, limit) => (await records(at, limit)).Records.map((r) => r.dynamodb.Keys.sk.N);

  assert.deepEqual(await sks(await iterator(StreamArn, ShardId, 'TRIM_HORIZON')), ['1', '2', '3', '4']);
  assert.deepEqual(await sks(await iterator(StreamArn, ShardId, 'AT_SEQUENCE_NUMBER', numbers[1])), ['2', '3', '4']);
  assert.deepEqual(await sks(await iterator(StreamArn, ShardId, 'AFTER_SEQUENCE_NUMBER', numbers[1])), ['3', '4']);
  const latest = await iterator(StreamArn, ShardId, 'LATEST');
  assert.deepEqual(await sks(latest), []);
  await write(5);
  assert.deepEqual(await sks(latest), ['5']);

  const first = await records(await iterator(StreamArn, ShardId, 'TRIM_HORIZON'), 2);
  assert.equal(first.Records.length, 2);
  assert.deepEqual(await sks(first.NextShardIterator, 2), ['3', '4']);
});

test('an item is one record however it is written', async () => {
  const table = await makeStreamed('NEW_AND_OLD_IMAGES');
  const Key = { pk: { S: 'images' } };
  const image = { ...Key, l: { L: [{ S: 'a' }, { M: { n: { N: '1.50' } } }] }, ss: { SS: ['a'] }, bin: { B: Buffer.from('bytes') }, nul: { NULL: true } };
  await put(client, table.TableName, image);
  const [record] = await drain(table.LatestStreamArn);
  assert.deepEqual(record.dynamodb.NewImage.l, { L: [{ S: 'a' }, { M: { n: { N: '1.5' } } }] });
  assert.equal(Buffer.from(record.dynamodb.NewImage.bin.B).toString(), 'bytes');
  assert.deepEqual(record.dynamodb.NewImage.nul, { NULL: true });
});

test('off and on again is a new stream; the old one can still be read', async () => {
  const { TableName, LatestStreamArn: first } = await makeStreamed('KEYS_ONLY');
  await put(client, TableName, { pk: { S: 'before' } });
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  const off = await waitActive(client, TableName);
  assert.notEqual(off.StreamSpecification?.StreamEnabled, true);
  await put(client, TableName, { pk: { S: 'unheard' } });
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }));
  const { LatestStreamArn: second, LatestStreamLabel } = await waitActive(client, TableName);
  assert.notEqual(second, first);
  assert.ok(second.endsWith(`/stream/${LatestStreamLabel}`));
  await put(client, TableName, { pk: { S: 'after' } });

  assert.deepEqual((await drain(first)).map((r) => r.dynamodb.Keys.pk.S), ['before']);
  assert.deepEqual((await drain(second)).map((r) => r.dynamodb.Keys.pk.S), ['after']);
  assert.equal((await describe(first)).StreamStatus, 'DISABLED');
  const listed = await streams.send(new ListStreamsCommand({ TableName }));
  assert.deepEqual(listed.Streams.map((s) => s.StreamArn).sort(), [first, second].sort());
});

test('a closed shard ends', async () => {
  const { TableName, LatestStreamArn } = await makeStreamed('KEYS_ONLY');
  await put(client, TableName, { pk: { S: 'last' } });
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  for (const { ShardId, SequenceNumberRange } of (await describe(LatestStreamArn)).Shards) {
    assert.ok(SequenceNumberRange.EndingSequenceNumber);
    let at = await iterator(LatestStreamArn, ShardId, 'TRIM_HORIZON');
    for (let pages = 0; at && pages < 5; pages++) at = (await records(at)).NextShardIterator;
    assert.equal(at, undefined);
  }
});

test('streams are listed, page by page', async () => {
  for (let i = 0; i < 3; i++) await makeStreamed('KEYS_ONLY');
  const first = await streams.send(new ListStreamsCommand({ Limit: 2 }));
  assert.equal(first.Streams.length, 2);
  assert.ok(first.LastEvaluatedStreamArn);
  const rest = await streams.send(new ListStreamsCommand({ ExclusiveStartStreamArn: first.LastEvaluatedStreamArn }));
  const arns = [...first.Streams, ...rest.Streams].map((s) => s.StreamArn);
  assert.equal(new Set(arns).size, arns.length);
});

test('what is not there, and what is no iterator', async (t) => {
  const { TableName, LatestStreamArn } = await makeStreamed('KEYS_ONLY');
  const { ShardId } = (await describe(LatestStreamArn)).Shards[0];
  const nowhere = `${LatestStreamArn.slice(0, -4)}0000`;
  const attempts = {
    'a stream': [() => describe(nowhere), 'ResourceNotFoundException'],
    'a shard': [() => iterator(LatestStreamArn, 'shardId-00000000000000000000-00000000', 'LATEST'), 'ResourceNotFoundException'],
    'a number that is missing': [() => iterator(LatestStreamArn, ShardId, 'AT_SEQUENCE_NUMBER'), 'ValidationException'],
    'an iterator of garbage': [() => records('garbage'), 'ValidationException'],
    'a kind of iterator': [() => iterator(LatestStreamArn, ShardId, 'AT_TIMESTAMP'), 'ValidationException'],
    'a limit of 1001': [async () => records(await iterator(LatestStreamArn, ShardId, 'LATEST'), 1001), 'ValidationException'],
  };
  for (const [name, [attempt, error]] of Object.entries(attempts)) await t.test(name, () => assert.rejects(attempt(), awsError(error)));
  await client.send(new DeleteTableCommand({ TableName }));
});

test('a stream that is already on is not turned on', async () => {
  const { TableName } = await makeStreamed('KEYS_ONLY');
  await assert.rejects(
    client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } })),
    awsError('ValidationException', /Table already has an enabled stream/),
  );
  const { TableName: without } = await makeTable(client, 'pk:S');
  await assert.rejects(
    client.send(new UpdateTableCommand({ TableName: without, StreamSpecification: { StreamEnabled: false } })),
    awsError('ValidationException', /already without a stream|doesn't have a stream|does not have a stream|Table has no stream to disable/i),
  );
});

// SIGKILL at any moment: what was acknowledged is there, with its change record; mappings go on where they were.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';

import { dynamodbClient, lambdaClient, streamsClient } from './support/clients.mjs';
import { fetchText } from './support/http.mjs';
import { invoke, makeFunction, makeUrl } from './support/functions.mjs';
import { mapped, streamed, write } from './support/mappings.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { newServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

// Shards of streams split all the time.
const started = () => {
  const server = newServer({ args: ['--stream-shard-units=1'] });
  return server.start();
};

async function recordsOf(server, StreamArn) {
  const streams = streamsClient(server);
  const shards = [];
  for (let ExclusiveStartShardId; ; ) {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
    shards.push(...StreamDescription.Shards);
    ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
    if (!ExclusiveStartShardId) break;
  }
  const found = [];
  for (const { ShardId } of shards) {
    let { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    for (;;) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
      if (page.Records.length === 0) break;
      found.push(...page.Records);
      ShardIterator = page.NextShardIterator;
    }
  }
  return found;
}

test('five times killed under load: items and records are the same set, and hold all that was acknowledged', async () => {
  const server = await started();
  const client = dynamodbClient(server);
  const { TableName, LatestStreamArn } = await makeTable(client, 'id:S', undefined, { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } });
  const acknowledged = new Set();
  let number = 0;
  for (let round = 0; round < 5; round++) {
    let killed = false;
    const killAt = acknowledged.size + 40 + round * 37; // at a different point of the load each time
    const writer = async () => {
      while (!killed) {
        const id = `item-${++number}`;
        try {
          await put(client, TableName, { id: { S: id }, data: { S: 'x'.repeat(500) } });
          acknowledged.add(id);
        } catch {
          return; // the server is gone
        }
        if (acknowledged.size >= killAt && !killed) {
          killed = true;
          server.program.child.kill('SIGKILL');
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, writer));
    await server.program.ended();
    await server.start();
    const items = new Set((await client.send(new ScanCommand({ TableName, ProjectionExpression: 'id' }))).Items.map((item) => item.id.S));
    for (const id of acknowledged) assert.ok(items.has(id), `${id} was acknowledged and is lost`);
    const records = new Set((await recordsOf(server, LatestStreamArn)).map((r) => r.dynamodb.Keys.id.S));
    assert.deepEqual([...records].sort(), [...items].sort(), 'a record if and only if there is an item');
  }
});

test('a mapping goes on after a kill: no record is skipped, order per key holds', async () => {
  const server = await started();
  const lambda = lambdaClient(server);
  const dynamodb = dynamodbClient(server);
  const reports = await openReports();
  const { TableName } = await mapped({ lambda, dynamodb, reports, BatchSize: 3 });
  const keys = ['a', 'b', 'c'];
  for (let n = 1; n <= 20; n++) for (const pk of keys) await write(dynamodb, TableName, pk, n);
  const seen = (await reports.collect(4)).flat();
  await reports.take(); // this batch is being handled when the server dies
  server.program.child.kill('SIGKILL');
  await server.program.ended();
  await server.start();
  const complete = () => keys.every((pk) => new Set(seen.filter(([k]) => k === pk).map(([, n]) => n)).size === 20);
  while (!complete()) seen.push(...(await reports.collect(1))[0]);
  for (const pk of keys) {
    const numbers = seen.filter(([k]) => k === pk).map(([, n]) => n);
    const firsts = numbers.filter((n, i) => numbers.indexOf(n) === i);
    assert.deepEqual(firsts, Array.from({ length: 20 }, (_, i) => i + 1), `first sight of the records of ${pk}, in order`);
  }
});

test('told to stop, the server saves its positions: nothing is repeated', async () => {
  const server = await started();
  const lambda = lambdaClient(server);
  const dynamodb = dynamodbClient(server);
  const reports = await openReports();
  const table = await streamed(dynamodb);
  await mapped({ lambda, dynamodb, reports, table, BatchSize: 1 });
  for (let n = 1; n <= 10; n++) await write(dynamodb, table.TableName, 'k', n);
  await reports.collect(10);
  // Positions are saved behind the batches, so a kill may repeat some; told to stop, the server saves the last one.
  server.program.child.kill('SIGTERM');
  await server.program.ended();
  await server.start();
  await write(dynamodbClient(server), table.TableName, 'k', 11);
  const [next] = await reports.collect(1);
  assert.deepEqual(next.map(([, n]) => n), [11]);
});

test('functions, URLs and tables are there again', async () => {
  const server = await started();
  const lambda = lambdaClient(server);
  const { url, FunctionName } = await makeUrl(lambda, 'exports.handler = async () => ({ statusCode: 200, body: "still here" });');
  const { TableName } = await makeTable(dynamodbClient(server), 'id:S');
  await server.end('SIGKILL');
  await server.start();
  assert.equal((await invoke(lambda, FunctionName)).payload.body, 'still here');
  assert.equal((await fetchText(url)).body, 'still here');
  await dynamodbClient(server).send(new GetItemCommand({ TableName, Key: { id: { S: 'x' } } }));
});

test('no process of a function outlives a killed server', async () => {
  const server = await started();
  const reports = await openReports();
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = async () => report('pid', process.pid);`, { env: reports.env });
  invoke(lambda, FunctionName).catch(() => {});
  const running = await reports.take();
  server.program.child.kill('SIGKILL');
  await server.program.ended();
  await running.gone; // its connection closes: the process has ended
});

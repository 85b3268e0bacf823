// When the function fails: retries, giving up, bisecting, partial answers, age; and what waits behind.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { mapped, write } from './support/mappings.mjs';
import { openReports } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, dynamodb;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
});

// The batches (as their sort keys) in order, answered by `decide(batch)`, until `until(batches)`.
async function play(settings, writes, decide, until) {
  const reports = await openReports();
  const { TableName } = await mapped({ lambda, dynamodb, reports, ...settings });
  // The first write is held until the others are there, so that they come as one batch after it.
  await write(dynamodb, TableName, 'k', 0);
  const first = await reports.take();
  for (const n of writes) await write(dynamodb, TableName, 'k', n);
  first.reply();
  const batches = [];
  while (!until(batches)) {
    const entry = await reports.take(60);
    const numbers = entry.value.map(([, n]) => n);
    batches.push(numbers);
    entry.reply(decide(numbers, entry.value, batches.length));
  }
  return batches;
}
const failing = (...bad) => (numbers) => (numbers.some((n) => bad.includes(n)) ? { throw: 'bad record' } : null);
const handled = (n) => (batches) => batches.some((batch) => batch.includes(n));

test('a batch that fails comes again, and what follows waits', async () => {
  let failures = 0;
  const batches = await play({ BatchSize: 2 }, [1, 2, 3], (numbers) => (numbers.includes(1) && failures++ < 2 ? { throw: 'not yet' } : null), handled(3));
  assert.deepEqual(batches, [[1, 2], [1, 2], [1, 2], [3]]);
});

test('after its retries a batch is given up', async () => {
  const batches = await play({ BatchSize: 2, MaximumRetryAttempts: 2 }, [1, 2, 3], failing(1), handled(3));
  assert.deepEqual(batches, [[1, 2], [1, 2], [1, 2], [3]]);
});

test('no retries: a failed batch is skipped at once', async () => {
  const batches = await play({ BatchSize: 1, MaximumRetryAttempts: 0 }, [1, 2, 3], failing(1, 2), handled(3));
  assert.deepEqual(batches, [[1], [2], [3]]);
});

test('bisecting finds the record that fails', async () => {
  const batches = await play({ BatchSize: 8, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 }, [1, 2, 3, 4, 5, 6, 7, 8, 9], failing(6), handled(9));
  const succeeded = batches.filter((batch) => !batch.includes(6)).flat();
  assert.deepEqual(succeeded, [1, 2, 3, 4, 5, 7, 8, 9], 'everything but the bad one, once, in order');
  assert.deepEqual(batches[0], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(batches[1], [1, 2, 3, 4]);
  assert.ok(batches.some((batch) => batch.length === 1 && batch[0] === 6));
});

test('a partial answer says where to go on', async () => {
  const settings = { BatchSize: 4, FunctionResponseTypes: ['ReportBatchItemFailures'] };
  let refused = 0;
  const decide = (numbers, records) => {
    const at = records.find(([, n]) => n === 3);
    return at && refused++ === 0 ? { batchItemFailures: [{ itemIdentifier: at[3] }] } : { batchItemFailures: [] };
  };
  const batches = await play(settings, [1, 2, 3, 4, 5], decide, handled(5));
  assert.deepEqual(batches[0], [1, 2, 3, 4]);
  assert.equal(batches[1][0], 3);
  assert.deepEqual(batches.slice(1).flat(), [3, 4, 5]);
});

test('of several failures the first counts', async () => {
  let refused = 0;
  const decide = (numbers, records) =>
    refused++ === 0 ? { batchItemFailures: [4, 2].map((n) => ({ itemIdentifier: records.find(([, m]) => m === n)[3] })) } : null;
  const batches = await play({ BatchSize: 4, FunctionResponseTypes: ['ReportBatchItemFailures'] }, [1, 2, 3, 4], decide, (b) => b.length > 1 && handled(4)(b.slice(1)));
  assert.equal(batches[1][0], 2);
});

test('an answer that names no record of the batch is a failure of all', async () => {
  let refused = 0;
  const decide = () => (refused++ === 0 ? { batchItemFailures: [{ itemIdentifier: '' }] } : null);
  const batches = await play({ BatchSize: 2, FunctionResponseTypes: ['ReportBatchItemFailures'] }, [1, 2], decide, (b) => b.length === 2);
  assert.deepEqual(batches, [[1, 2], [1, 2]]);
});

test('a partial answer means nothing where it was not asked for', async () => {
  const decide = (numbers, records) => ({ batchItemFailures: [{ itemIdentifier: records[0][3] }] });
  const batches = await play({ BatchSize: 2 }, [1, 2, 3], decide, handled(3));
  assert.deepEqual(batches, [[1, 2], [3]]);
});

test('a function that crashes or hangs is a failure like any other', async (t) => {
  const source = (way) => `const said = new Set();
    const report = (value) => new Promise((done) => { const r = require('node:http').request(process.env.REPORT_URL, { method: 'POST', agent: false }, (s) => { let t = ''; s.on('data', (c) => t += c); s.on('end', () => done(JSON.parse(t))); }); r.end(JSON.stringify({ name: 'batch', value })); });
    exports.handler = async (event) => { if (await report(event.Records.map((r) => [r.dynamodb.Keys.pk.S, Number(r.dynamodb.Keys.sk.N)])) === 'die') { ${way} } };`;
  for (const [name, way] of Object.entries({ crash: 'process.exit(1);', hang: 'await new Promise(() => setTimeout(() => {}, 1e6));' })) {
    await t.test(name, async () => {
      const decide = (numbers, records, count) => (count === 1 ? 'die' : null);
      const batches = await play({ source: source(way), functionMore: { Timeout: 1 }, BatchSize: 2 }, [1, 2], decide, (b) => b.length === 2);
      assert.deepEqual(batches, [[1, 2], [1, 2]]);
    });
  }
});

test('a failing mapping does not delay another', async () => {
  const stuck = await openReports();
  stuck.answer = () => ({ throw: 'always' });
  const { TableName, StreamArn } = await mapped({ lambda, dynamodb, reports: stuck });
  const free = await openReports();
  await mapped({ lambda, dynamodb, reports: free, table: { TableName, LatestStreamArn: StreamArn } });
  for (const n of [1, 2, 3]) await write(dynamodb, TableName, 'k', n);
  const seen = [];
  while (seen.length < 3) seen.push(...(await free.collect(1))[0].map(([, n]) => n));
  assert.deepEqual(seen, [1, 2, 3]);
});

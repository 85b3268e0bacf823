// Insights queries, and live tails that get events as they come.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeQueriesCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartLiveTailCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';

import { awsError, lambdaClient, logsClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer } from './support/server.mjs';

let server, logs;
before(async () => {
  server = await startServer();
  logs = logsClient(server, { disableHostPrefix: true });
});
const send = (Command, input) => logs.send(new Command(input));

async function makeStream(logGroupName, logStreamName = 's') {
  await send(CreateLogGroupCommand, { logGroupName });
  await send(CreateLogStreamCommand, { logGroupName, logStreamName });
}
const put = (logGroupName, ...texts) =>
  send(PutLogEventsCommand, { logGroupName, logStreamName: 's', logEvents: texts.map((message) => ({ timestamp: Date.now(), message })) });

async function query(logGroupName, queryString, more = {}) {
  const now = Math.floor(Date.now() / 1000);
  const { queryId } = await send(StartQueryCommand, { logGroupName, queryString, startTime: now - 3600, endTime: now, ...more });
  return { queryId, ...(await send(GetQueryResultsCommand, { queryId })) };
}
const rows = (answer) => answer.results.map((row) => Object.fromEntries(row.filter((c) => c.field !== '@ptr').map((c) => [c.field, c.value])));

test('a query gathers, and tells what it looked at', async () => {
  await makeStream('/q');
  await put('/q', '{"route":"/a","ms":10}', '{"route":"/b","ms":30}', '{"route":"/a","ms":20}', 'no JSON');
  const answer = await query('/q', 'filter ispresent(ms) | stats avg(ms) as mean, count(*) as n by route | sort route');
  assert.equal(answer.status, 'Complete');
  assert.deepEqual(rows(answer), [{ route: '/a', mean: '15', n: '2' }, { route: '/b', mean: '30', n: '1' }]);
  assert.deepEqual([answer.statistics.recordsScanned, answer.statistics.recordsMatched], [4, 3]);
  assert.equal(rows(await query('/q', 'fields @message', { limit: 2 })).length, 2);
});

test('a record is found again by its pointer', async () => {
  await makeStream('/record');
  await put('/record', '{"user":{"id":"ann"}}');
  const { results } = await query('/record', 'fields user.id');
  const logRecordPointer = results[0].find((c) => c.field === '@ptr').value;
  const { logRecord } = await send(GetLogRecordCommand, { logRecordPointer });
  assert.equal(logRecord['user.id'], 'ann');
  assert.equal(logRecord['@message'], '{"user":{"id":"ann"}}');
  await assert.rejects(send(GetLogRecordCommand, { logRecordPointer: 'none' }), awsError('InvalidParameterException'));
});

test('several groups, and what was asked is told', async () => {
  await makeStream('/one');
  await makeStream('/two');
  await put('/one', 'x');
  await put('/two', 'x');
  const text = 'stats count(*) as n by @log | sort @log';
  const answer = await query(undefined, text, { logGroupNames: ['/one', '/two'] });
  assert.deepEqual(rows(answer), [{ '@log': '000000000000:/one', n: '1' }, { '@log': '000000000000:/two', n: '1' }]);
  const { queries } = await send(DescribeQueriesCommand, { logGroupName: '/one' });
  assert.deepEqual(queries.map((q) => [q.queryId, q.queryString, q.status]), [[answer.queryId, text, 'Complete']]);
  await assert.rejects(send(StopQueryCommand, { queryId: answer.queryId }), awsError('InvalidParameterException', /Complete/));
});

test('mistakes are placed', async () => {
  await makeStream('/bad');
  await assert.rejects(query('/bad', 'fields @message | filter x ='), (error) => {
    assert.equal(error.name, 'MalformedQueryException');
    assert.equal(error.queryCompileError.location.startCharOffset, 28);
    return true;
  });
  await assert.rejects(query('/none', 'fields x'), awsError('ResourceNotFoundException'));
  await assert.rejects(query(undefined, 'fields x'), awsError('InvalidParameterException'));
  await assert.rejects(send(GetQueryResultsCommand, { queryId: 'none' }), awsError('ResourceNotFoundException'));
});

test("functions' reports have fields", async () => {
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => {}');
  await invoke(lambda, FunctionName, {});
  const found = rows(await query(`/aws/lambda/${FunctionName}`, 'filter @type = "REPORT" | fields @memorySize / 1000000 as mb, @duration > 0 as ran'));
  assert.deepEqual(found, [{ mb: '128', ran: '1' }]);
});

// Updates until `enough` says so.
async function updates(stream, enough) {
  const seen = [];
  for await (const event of stream) {
    seen.push(...(event.sessionUpdate?.sessionResults ?? []).map((r) => r.message));
    if (enough(seen, event)) return seen;
  }
  return seen;
}

test('a live tail gets what comes, filtered, well within a second', async () => {
  await makeStream('/tail');
  await put('/tail', 'ERROR before');
  const { responseStream } = await send(StartLiveTailCommand, {
    logGroupIdentifiers: ['arn:aws:logs:us-east-1:000000000000:log-group:/tail'],
    logEventFilterPattern: 'ERROR',
  });
  const stream = responseStream[Symbol.asyncIterator]();
  const started = await stream.next();
  assert.deepEqual(started.value.sessionStart.logGroupIdentifiers, ['000000000000:/tail']);
  const first = await stream.next();
  assert.deepEqual(first.value.sessionUpdate.sessionResults, []);
  const begun = performance.now();
  await put('/tail', 'INFO no', 'ERROR one', 'ERROR two');
  const seen = await updates({ [Symbol.asyncIterator]: () => stream }, (messages) => messages.length >= 2);
  assert.deepEqual(seen, ['ERROR one', 'ERROR two']);
  assert.ok(performance.now() - begun < 900, 'pushed, not polled once a second');
});

test('a live tail does not keep the server from stopping', async () => {
  const other = await startServer();
  const client = logsClient(other, { disableHostPrefix: true });
  await client.send(new CreateLogGroupCommand({ logGroupName: '/stop' }));
  const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: ['/stop'] }));
  const stream = responseStream[Symbol.asyncIterator]();
  await stream.next();
  const begun = performance.now();
  const ended = (async () => {
    for (let more = await stream.next(); !more.done; more = await stream.next());
  })();
  const { code } = await other.end('SIGTERM');
  await ended;
  assert.equal(code, 0);
  assert.ok(performance.now() - begun < 5000);
});

// Log events: written within AWS's limits, read in both directions, filtered by pattern; and what functions print.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';

import { awsError, lambdaClient, logsClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer } from './support/server.mjs';

let server, logs;
before(async () => {
  server = await startServer();
  logs = logsClient(server);
});
const send = (Command, input) => logs.send(new Command(input));
const HOUR = 3600_000;

async function makeStream(logGroupName, ...streams) {
  await send(CreateLogGroupCommand, { logGroupName });
  for (const logStreamName of streams) await send(CreateLogStreamCommand, { logGroupName, logStreamName });
}
const put = (logGroupName, logStreamName, logEvents) => send(PutLogEventsCommand, { logGroupName, logStreamName, logEvents });
const messages = (answer) => answer.events.map((e) => e.message);

test('written and read, forwards and backwards, to both ends', async () => {
  const [logGroupName, logStreamName] = ['/read', 's'];
  await makeStream(logGroupName, logStreamName);
  const now = Date.now();
  const texts = Array.from({ length: 10 }, (_, i) => `event ${i}`);
  const answer = await put(logGroupName, logStreamName, texts.map((message, i) => ({ timestamp: now + i, message })));
  assert.equal(typeof answer.nextSequenceToken, 'string');
  assert.equal(answer.rejectedLogEventsInfo, undefined);
  const get = (input) => send(GetLogEventsCommand, { logGroupName, logStreamName, ...input });

  let page = await get({ startFromHead: true, limit: 4 });
  assert.deepEqual(messages(page), texts.slice(0, 4));
  assert.equal(page.events[0].timestamp, now);
  assert.match(page.nextForwardToken, /^f\/\d{56}\/s$/);
  assert.match(page.nextBackwardToken, /^b\/\d{56}\/s$/);
  page = await get({ limit: 4, nextToken: page.nextForwardToken });
  assert.deepEqual(messages(page), texts.slice(4, 8));
  const back = await get({ limit: 3, nextToken: page.nextBackwardToken });
  assert.deepEqual(messages(back), texts.slice(1, 4));
  page = await get({ nextToken: page.nextForwardToken });
  assert.deepEqual(messages(page), texts.slice(8));
  const end = await get({ nextToken: page.nextForwardToken });
  assert.deepEqual(end.events, []);
  assert.equal(end.nextForwardToken, page.nextForwardToken);
  assert.deepEqual(messages(await get({ limit: 1, nextToken: end.nextBackwardToken })), texts.slice(9));

  assert.deepEqual(messages(await get({ limit: 2 })), texts.slice(8), 'the newest, unless told otherwise');
  assert.deepEqual(messages(await get({ startTime: now + 2, endTime: now + 4 })), texts.slice(2, 4), 'the end does not belong to it');
  await put(logGroupName, logStreamName, [{ timestamp: now + 20, message: 'later' }]);
  assert.deepEqual(messages(await get({ nextToken: end.nextForwardToken })), ['later']);
  await assert.rejects(get({ nextToken: 'f/1/s' }), awsError('InvalidParameterException', 'The specified nextToken is invalid.'));
});

test('an empty stream has tokens, and one that is not there an error', async () => {
  await makeStream('/empty', 's');
  const get = (input) => send(GetLogEventsCommand, { logGroupName: '/empty', logStreamName: 's', ...input });
  const page = await get({});
  assert.deepEqual(page.events, []);
  await put('/empty', 's', [{ timestamp: Date.now(), message: 'first' }]);
  assert.deepEqual(messages(await get({ nextToken: page.nextForwardToken })), ['first']);
  await assert.rejects(get({ logStreamName: 'other' }), awsError('ResourceNotFoundException', 'The specified log stream does not exist.'));
  await assert.rejects(get({ logGroupName: '/none' }), awsError('ResourceNotFoundException', 'The specified log group does not exist.'));
});

test('batches: order, span, size, age', async () => {
  await makeStream('/limits', 's');
  const now = Date.now();
  const event = (timestamp, message = 'x') => ({ timestamp, message });
  const refused = (events, message) => assert.rejects(put('/limits', 's', events), awsError('InvalidParameterException', message));
  await refused([event(now), event(now - 1)], 'Log events in a single PutLogEvents request must be in chronological order.');
  await refused([event(now - 25 * HOUR), event(now)], 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  await refused([event(now, 'x'.repeat(1_048_576 - 25))], 'Upload too large: 1048577 bytes exceeds limit of 1048576');
  await put('/limits', 's', [event(now, 'x'.repeat(1_048_576 - 26))]);
  await refused([event(now, '')], /validation error detected/);
  await assert.rejects(put('/limits', 'none', [event(now)]), awsError('ResourceNotFoundException', 'The specified log stream does not exist.'));
  await assert.rejects(put('/none', 's', [event(now)]), awsError('ResourceNotFoundException', 'The specified log group does not exist.'));

  const future = await put('/limits', 's', [event(now), event(now + 3 * HOUR), event(now + 4 * HOUR)]);
  assert.deepEqual(future.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
  const past = await put('/limits', 's', [event(now - 15 * 24 * HOUR), event(now - 15 * 24 * HOUR)]);
  assert.deepEqual(past.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 2 });
  await send(PutRetentionPolicyCommand, { logGroupName: '/limits', retentionInDays: 1 });
  const expired = await put('/limits', 's', [event(now - 25 * HOUR), event(now - 2 * HOUR)]);
  assert.deepEqual(expired.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
});

test('what is older than the retention is not shown', async () => {
  await makeStream('/old', 's');
  const now = Date.now();
  await put('/old', 's', [{ timestamp: now - 30 * HOUR, message: 'old' }, { timestamp: now - 20 * HOUR, message: 'young' }]);
  const filter = () => send(FilterLogEventsCommand, { logGroupName: '/old' });
  assert.deepEqual(messages(await filter()), ['old', 'young']);
  await send(PutRetentionPolicyCommand, { logGroupName: '/old', retentionInDays: 1 });
  assert.deepEqual(messages(await filter()), ['young']);
});

test('filtered by stream, time and pattern, page by page', async () => {
  const logGroupName = '/filter';
  await makeStream(logGroupName, 'web-1', 'web-2', 'db');
  const now = Date.now() - 60_000;
  await put(logGroupName, 'web-1', [{ timestamp: now, message: '[ERROR 400] BAD REQUEST' }, { timestamp: now + 4, message: '[INFO] fine' }]);
  await put(logGroupName, 'web-2', [{ timestamp: now + 1, message: '{"level":"ERROR","n":4,"user":{"name":"ann"}}' }]);
  await put(logGroupName, 'db', [{ timestamp: now + 2, message: '10.0.0.1 GET 404' }, { timestamp: now + 3, message: '{"level":"WARN","n":1}' }]);
  const filter = (input) => send(FilterLogEventsCommand, { logGroupName, ...input });
  const indexes = async (input) => (await filter(input)).events.map((e) => e.timestamp - now);

  assert.deepEqual(await indexes({}), [0, 1, 2, 3, 4]);
  assert.deepEqual(await indexes({ logStreamNamePrefix: 'web' }), [0, 1, 4]);
  assert.deepEqual(await indexes({ logStreamNames: ['db', 'web-2'] }), [1, 2, 3]);
  assert.deepEqual(await indexes({ startTime: now + 1, endTime: now + 3 }), [1, 2, 3], 'the end belongs to it');
  for (const [filterPattern, wanted] of [
    ['ERROR', [0, 1]],
    ['ERROR -REQUEST', [1]],
    ['"BAD REQUEST"', [0]],
    ['?WARN ?INFO', [3, 4]],
    ['{ $.level = "ERROR" && $.n > 3 }', [1]],
    ['{ $.level = "*R*" }', [1, 3]],
    ['{ $.user NOT EXISTS }', [3]],
    ['[ip, method=GET, status=4*]', [2]],
  ]) {
    assert.deepEqual(await indexes({ filterPattern }), wanted, filterPattern);
  }
  await assert.rejects(filter({ filterPattern: '{ $.level' }), awsError('InvalidParameterException', /^Invalid filter pattern/));
  await assert.rejects(filter({ logStreamNames: ['db'], logStreamNamePrefix: 'w' }), awsError('InvalidParameterException'));
  await assert.rejects(filter({ logStreamNames: ['none'] }), awsError('ResourceNotFoundException'));

  const seen = new Set();
  let pages = 0;
  for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName, limit: 2 })) {
    for (const event of page.events) seen.add(event.eventId);
    pages += 1;
  }
  assert.equal(seen.size, 5);
  assert.equal(pages, 3);
});

test('a needle in more than one slice of hay is on the first page', async () => {
  await makeStream('/hay', 's');
  const now = Date.now();
  for (let i = 0; i < 4; ++i) await put('/hay', 's', [{ timestamp: now + i, message: 'hay '.repeat(250_000) }]);
  await put('/hay', 's', [{ timestamp: now + 9, message: 'needle' }]);
  const found = await send(FilterLogEventsCommand, { logGroupName: '/hay', filterPattern: 'needle' });
  assert.deepEqual(messages(found), ['needle']);
  assert.equal(found.nextToken, undefined);
});

test("functions' logs are there, under AWS's names, at once", async () => {
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async (e) => { console.log("said", e.n); }');
  await invoke(lambda, FunctionName, { n: 7 });
  const logGroupName = `/aws/lambda/${FunctionName}`;
  const { logGroups } = await send(DescribeLogGroupsCommand, { logGroupNamePrefix: logGroupName });
  assert.equal(logGroups.length, 1);
  assert.ok(logGroups[0].storedBytes > 0);
  const { logStreams } = await send(DescribeLogStreamsCommand, { logGroupName, orderBy: 'LastEventTime', descending: true });
  assert.match(logStreams[0].logStreamName, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  const { events } = await send(GetLogEventsCommand, { logGroupName, logStreamName: logStreams[0].logStreamName, startFromHead: true });
  const text = events.map((e) => e.message).join('');
  assert.match(text, /START RequestId: [^]*said 7[^]*END RequestId: [^]*REPORT RequestId: /);
  const found = await send(FilterLogEventsCommand, { logGroupName, filterPattern: 'said' });
  assert.equal(found.events.length, 1);
});

// Subscription filters: what matches reaches a function, packed as AWS packs it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteSubscriptionFilterCommand,
  DescribeSubscriptionFiltersCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';

import { awsError, lambdaClient, logsClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { newServer } from './support/server.mjs';

let server, logs, lambda, reports, listener;
before(async () => {
  server = await newServer().start();
  logs = logsClient(server);
  lambda = lambdaClient(server);
  reports = await openReports();
  listener = await makeFunction(lambda, `${reportSource} exports.handler = (event) => report('came', event);`, { env: reports.env });
});
const send = (Command, input) => logs.send(new Command(input));

async function subscribed(logGroupName, filterPattern = '') {
  await send(CreateLogGroupCommand, { logGroupName });
  await send(CreateLogStreamCommand, { logGroupName, logStreamName: 's' });
  await send(PutSubscriptionFilterCommand, { logGroupName, filterName: 'f', filterPattern, destinationArn: listener.FunctionArn });
}
const put = (logGroupName, ...texts) =>
  send(PutLogEventsCommand, { logGroupName, logStreamName: 's', logEvents: texts.map((message) => ({ timestamp: Date.now(), message })) });
async function delivered() {
  const report = await reports.take();
  report.reply();
  return JSON.parse(gunzipSync(Buffer.from(report.value.awslogs.data, 'base64')));
}

test('what matches is sent, once, with what it is and where it came from', async () => {
  await subscribed('/app', 'ERROR');
  await put('/app', 'INFO a', 'ERROR b', 'ERROR c');
  const data = await delivered();
  assert.deepEqual(
    { ...data, logEvents: data.logEvents.map((e) => e.message) },
    { messageType: 'DATA_MESSAGE', owner: '000000000000', logGroup: '/app', logStream: 's', subscriptionFilters: ['f'], logEvents: ['ERROR b', 'ERROR c'] },
  );
  assert.match(data.logEvents[0].id, /^\d{56}$/);
  assert.ok(Math.abs(data.logEvents[0].timestamp - Date.now()) < 60_000);
});

test('filters are kept over a restart', async () => {
  await subscribed('/kept');
  await server.end('SIGKILL');
  await server.start();
  await put('/kept', 'after');
  assert.deepEqual((await delivered()).logEvents.map((e) => e.message), ['after']);
  const { subscriptionFilters } = await send(DescribeSubscriptionFiltersCommand, { logGroupName: '/kept' });
  assert.equal(subscriptionFilters.length, 1);
  assert.deepEqual([subscriptionFilters[0].filterName, subscriptionFilters[0].destinationArn], ['f', listener.FunctionArn]);
});

test("functions' own lines are sent too", async () => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => console.log("needle")');
  const logGroupName = `/aws/lambda/${FunctionName}`;
  await send(CreateLogGroupCommand, { logGroupName });
  await send(PutSubscriptionFilterCommand, { logGroupName, filterName: 'f', filterPattern: 'needle', destinationArn: listener.FunctionArn });
  await invoke(lambda, FunctionName, {});
  const data = await delivered();
  assert.equal(data.logGroup, logGroupName);
  assert.match(data.logEvents[0].message, /needle/);
});

test('two to a group, replaced by name, gone when deleted', async () => {
  await subscribed('/two');
  const filter = (filterName, more = {}) =>
    send(PutSubscriptionFilterCommand, { logGroupName: '/two', filterName, filterPattern: 'x', destinationArn: listener.FunctionArn, ...more });
  await filter('f');
  await filter('g');
  await assert.rejects(filter('h'), awsError('LimitExceededException'));
  await send(DeleteSubscriptionFilterCommand, { logGroupName: '/two', filterName: 'g' });
  await assert.rejects(send(DeleteSubscriptionFilterCommand, { logGroupName: '/two', filterName: 'g' }), awsError('ResourceNotFoundException'));
  await send(DeleteLogGroupCommand, { logGroupName: '/two' });
  await send(CreateLogGroupCommand, { logGroupName: '/two' });
  assert.deepEqual((await send(DescribeSubscriptionFiltersCommand, { logGroupName: '/two' })).subscriptionFilters, []);
});

test('mistakes', async () => {
  await send(CreateLogGroupCommand, { logGroupName: '/mistakes' });
  const filter = (more) =>
    send(PutSubscriptionFilterCommand, { logGroupName: '/mistakes', filterName: 'f', filterPattern: '', destinationArn: listener.FunctionArn, ...more });
  await assert.rejects(filter({ logGroupName: '/none' }), awsError('ResourceNotFoundException'));
  await assert.rejects(filter({ filterPattern: '{ $.' }), awsError('InvalidParameterException', /^Invalid filter pattern/));
  await assert.rejects(filter({ destinationArn: `${listener.FunctionArn}-none` }), awsError('InvalidParameterException', /Could not execute/));
  await assert.rejects(filter({ destinationArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }), awsError('InvalidParameterException'));
  await assert.rejects(filter({ logGroupName: `/aws/lambda/${listener.FunctionName}` }), awsError('InvalidParameterException', /reserved/));
});

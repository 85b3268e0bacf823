// Metric filters and the embedded metric format: what is logged becomes metrics.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteMetricFilterCommand,
  DescribeMetricFiltersCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  TestMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';

import { awsError, lambdaClient, logsClient, metricsClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { newServer } from './support/server.mjs';

let server, logs, cloudwatch;
before(async () => {
  server = await newServer().start();
  logs = logsClient(server);
  cloudwatch = metricsClient(server);
});
const send = (Command, input) => logs.send(new Command(input));

async function makeGroup(logGroupName) {
  await send(CreateLogGroupCommand, { logGroupName });
  await send(CreateLogStreamCommand, { logGroupName, logStreamName: 's' });
}
const put = (logGroupName, ...texts) =>
  send(PutLogEventsCommand, { logGroupName, logStreamName: 's', logEvents: texts.map((message) => ({ timestamp: Date.now(), message })) });
const filter = (logGroupName, filterName, filterPattern, ...metricTransformations) =>
  send(PutMetricFilterCommand, { logGroupName, filterName, filterPattern, metricTransformations });

// Sum and count of a metric, once there is as much as is waited for.
async function values(Namespace, MetricName, dimensions, least) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { Datapoints } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 60,
        Statistics: ['Sum', 'SampleCount'],
      }),
    );
    const count = Datapoints.reduce((sum, point) => sum + point.SampleCount, 0);
    if (count >= least || Date.now() > deadline) return [Datapoints.reduce((sum, point) => sum + point.Sum, 0), count, Datapoints[0]?.Unit];
  }
}

test('events that match are counted; fields and words give values and dimensions', async () => {
  await makeGroup('/app');
  await filter('/app', 'errors', 'ERROR', { metricName: 'errors', metricNamespace: 'app', metricValue: '1', defaultValue: 0 });
  await filter('/app', 'took', '{ $.took > 10 }', { metricName: 'took', metricNamespace: 'app', metricValue: '$.took', unit: 'Milliseconds', dimensions: { Path: '$.request.path' } });
  await filter('/app', 'bytes', '[ip, status = 5*, bytes]', { metricName: 'bytes', metricNamespace: 'app', metricValue: '$bytes', dimensions: { Ip: '$ip' } });
  await put('/app', 'ERROR one', 'all is well', '{"took":25,"request":{"path":"/a"}}', '{"took":5,"request":{"path":"/a"}}', '{"took":30}', '10.0.0.1 503 1200', '10.0.0.1 200 7');
  assert.deepEqual(await values('app', 'errors', {}, 7), [1, 7, 'None']);
  assert.deepEqual(await values('app', 'took', { Path: '/a' }, 1), [25, 1, 'Milliseconds']);
  assert.deepEqual(await values('app', 'bytes', { Ip: '10.0.0.1' }, 1), [1200, 1, 'None']);
});

test('filters are described, replaced, kept over a restart, deleted', async () => {
  await makeGroup('/kept');
  const transformation = { metricName: 'm', metricNamespace: 'kept', metricValue: '2', unit: 'Count' };
  await filter('/kept', 'f1', 'x', transformation);
  await filter('/kept', 'f1', 'y', transformation);
  await filter('/kept', 'f2', '', { ...transformation, metricName: 'other' });
  await server.end('SIGKILL');
  await server.start();
  logs = logsClient(server);
  cloudwatch = metricsClient(server);
  const described = await send(DescribeMetricFiltersCommand, { logGroupName: '/kept' });
  assert.deepEqual(described.metricFilters.map((f) => [f.filterName, f.filterPattern, f.logGroupName, f.metricTransformations]), [
    ['f1', 'y', '/kept', [transformation]],
    ['f2', '', '/kept', [{ ...transformation, metricName: 'other' }]],
  ]);
  assert.ok(Math.abs(described.metricFilters[0].creationTime - Date.now()) < 60_000);
  const names = async (input) => (await send(DescribeMetricFiltersCommand, input)).metricFilters.map((f) => f.filterName);
  assert.deepEqual(await names({ metricName: 'other', metricNamespace: 'kept' }), ['f2']);
  assert.deepEqual(await names({ logGroupName: '/kept', filterNamePrefix: 'f1' }), ['f1']);
  const page = await send(DescribeMetricFiltersCommand, { logGroupName: '/kept', limit: 1 });
  assert.deepEqual(await names({ logGroupName: '/kept', nextToken: page.nextToken }), ['f2']);
  await put('/kept', 'y');
  assert.deepEqual(await values('kept', 'm', {}, 1), [2, 1, 'Count']);
  await send(DeleteMetricFilterCommand, { logGroupName: '/kept', filterName: 'f1' });
  assert.deepEqual(await names({ logGroupName: '/kept' }), ['f2']);
  await assert.rejects(send(DeleteMetricFilterCommand, { logGroupName: '/kept', filterName: 'f1' }), awsError('ResourceNotFoundException'));
});

test('a filter is tried on messages', async () => {
  const json = await send(TestMetricFilterCommand, { filterPattern: '{ $.a.b = 5 || $.list[1] = "x" }', logEventMessages: ['{"a":{"b":5},"list":[1,"y"]}', 'no', '{"a":1}'] });
  assert.deepEqual(json.matches, [{ eventNumber: 1, eventMessage: '{"a":{"b":5},"list":[1,"y"]}', extractedValues: { '$.a.b': '5', '$.list[1]': 'y' } }]);
  const words = await send(TestMetricFilterCommand, { filterPattern: '[ip, ..., size > 3]', logEventMessages: ['1.2.3.4 a b 4', '1.2.3.4 2'] });
  assert.deepEqual(words.matches, [{ eventNumber: 1, eventMessage: '1.2.3.4 a b 4', extractedValues: { $ip: '1.2.3.4', $1: 'a', $2: 'b', $size: '4' } }]);
});

test('what cannot be a filter is refused', async () => {
  await makeGroup('/bad');
  const good = { metricName: 'm', metricNamespace: 'n', metricValue: '1' };
  const invalid = awsError('InvalidParameterException');
  await assert.rejects(filter('/bad', 'f', '{ $.a = ', good), invalid);
  await assert.rejects(filter('/bad', 'f', 'x', { ...good, metricValue: 'much' }), invalid);
  await assert.rejects(filter('/bad', 'f', 'x', { ...good, defaultValue: 0, dimensions: { a: '$.a' } }), invalid);
  await assert.rejects(filter('/bad', 'f', 'x', { ...good, dimensions: { a: '$.a', b: '$.b', c: '$.c', d: '$.d' } }), invalid);
  await assert.rejects(filter('/bad', 'f', 'x'), invalid);
  await assert.rejects(filter('/nobody', 'f', 'x', good), awsError('ResourceNotFoundException'));
});

test('what a function prints in the embedded metric format becomes metrics', async () => {
  const source = `exports.handler = async (event) => console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'embedded', Dimensions: [['Service'], ['Service', 'Stage']],
      Metrics: [{ Name: 'sold', Unit: 'Count' }, { Name: 'spread' }] }] },
    Service: 'shop', Stage: 'prod', sold: event.sold, spread: [1, 2, 3] }));`;
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, source);
  await invoke(lambda, FunctionName, { sold: 3 });
  await invoke(lambda, FunctionName, { sold: 4 });
  assert.deepEqual(await values('embedded', 'sold', { Service: 'shop' }, 2), [7, 2, 'Count']);
  assert.deepEqual(await values('embedded', 'spread', { Service: 'shop', Stage: 'prod' }, 6), [12, 6, 'None']);
  const listed = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'embedded' }));
  assert.equal(listed.Metrics.length, 4);
});

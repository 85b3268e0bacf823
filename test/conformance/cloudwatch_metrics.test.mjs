// Metrics: what is put is found again, by statistics and by queries, in every protocol that the SDK speaks.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutDashboardCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';

import { awsError, metricsClient } from './support/clients.mjs';
import { newServer } from './support/server.mjs';

const namespaces = { xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/', version: '2010-08-01' };
const protocols = {
  json: {},
  query: { protocol: new AwsQueryProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch', ...namespaces }) },
  cbor: { protocol: new SmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch' }) },
};
let server, clients;
before(async () => {
  server = await newServer().start();
  clients = Object.fromEntries(Object.entries(protocols).map(([name, more]) => [name, metricsClient(server, more)]));
});
const send = (Command, input, protocol = 'json') => clients[protocol].send(new Command(input));
const minute = () => new Date(Math.floor(Date.now() / 60_000) * 60_000);
const ago = (minutes) => new Date(minute().getTime() - minutes * 60_000);
const put = (Namespace, ...MetricData) => send(PutMetricDataCommand, { Namespace, MetricData });
const statistics = (Namespace, MetricName, more = {}) =>
  send(GetMetricStatisticsCommand, {
    Namespace,
    MetricName,
    StartTime: ago(60),
    EndTime: new Date(Date.now() + 60_000),
    Period: 60,
    Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'],
    ...more,
  });
const query = (Namespace, MetricName, Stat, more = {}) => ({
  Id: 'm1',
  MetricStat: { Metric: { Namespace, MetricName, Dimensions: more.Dimensions }, Period: more.Period ?? 60, Stat },
});
const data = (MetricDataQueries, more = {}) =>
  send(GetMetricDataCommand, { MetricDataQueries, StartTime: ago(60), EndTime: new Date(Date.now() + 60_000), ...more });

for (const protocol of Object.keys(protocols)) {
  test(`${protocol}: put, list, statistics, data`, async () => {
    const Namespace = `app/${protocol}`;
    const Dimensions = [
      { Name: 'Stage', Value: 'a<b>&"c"' },
      { Name: 'Host', Value: 'one' },
    ];
    await send(
      PutMetricDataCommand,
      {
        Namespace,
        MetricData: [
          { MetricName: 'latency', Dimensions, Unit: 'Milliseconds', Timestamp: ago(2), Values: [1, 2, 4], Counts: [1, 2, 1] },
          { MetricName: 'latency', Dimensions, Unit: 'Milliseconds', Timestamp: ago(1), Value: 7.5 },
        ],
      },
      protocol,
    );
    const listed = await send(ListMetricsCommand, { Namespace }, protocol);
    assert.deepEqual(listed.Metrics, [{ Namespace, MetricName: 'latency', Dimensions: [Dimensions[1], Dimensions[0]] }]);
    const told = await send(
      GetMetricStatisticsCommand,
      { Namespace, MetricName: 'latency', Dimensions, StartTime: ago(5), EndTime: new Date(), Period: 60, Statistics: ['Sum', 'SampleCount', 'Maximum'], ExtendedStatistics: ['p50'] },
      protocol,
    ).catch((error) => error);
    assert.equal(told.Label, 'latency', told.stack);
    assert.deepEqual(told.Datapoints.map((p) => [p.Timestamp.getTime(), p.SampleCount, p.Sum, p.Maximum, p.Unit, p.ExtendedStatistics.p50]), [
      [ago(2).getTime(), 4, 9, 4, 'Milliseconds', 2],
      [ago(1).getTime(), 1, 7.5, 7.5, 'Milliseconds', 7.5],
    ]);
    const found = await send(
      GetMetricDataCommand,
      { StartTime: ago(5), EndTime: new Date(), MetricDataQueries: [{ Id: 'a', Label: 'mine', MetricStat: { Metric: { Namespace, MetricName: 'latency', Dimensions }, Period: 60, Stat: 'Average' } }] },
      protocol,
    );
    assert.deepEqual(found.MetricDataResults, [
      { Id: 'a', Label: 'mine', Timestamps: [ago(1), ago(2)], Values: [7.5, 2.25], StatusCode: 'Complete' },
    ]);
  });

  test(`${protocol}: errors keep their names`, async () => {
    await assert.rejects(
      send(PutMetricDataCommand, { Namespace: 'app', MetricData: [{ MetricName: 'm', Values: [1, 2], Counts: [1] }] }, protocol),
      awsError('InvalidParameterValueException', 'The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.'),
    );
    await assert.rejects(
      send(GetMetricDataCommand, { StartTime: ago(1), EndTime: ago(2), MetricDataQueries: [] }, protocol),
      (error) => error.message === 'The parameter StartTime must be less than the parameter EndTime.',
    );
    await assert.rejects(send(PutDashboardCommand, { DashboardName: 'd', DashboardBody: '{}' }, protocol), /does not implement cloudwatch:PutDashboard/);
  });
}

test('what cannot be a datum is refused in CloudWatch\'s words, and nothing of the request is kept', async () => {
  const at = 'MetricData.member.2';
  const cases = [
    [{ Value: 1, Values: [1] }, `The parameters ${at}.Value and ${at}.Values are mutually exclusive and you have specified both.`],
    [{ Value: 1, StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } }, `The parameters ${at}.Value and ${at}.StatisticValues are mutually exclusive and you have specified both.`],
    [{ Value: NaN }, `The value NaN for parameter ${at}.Value is invalid.`],
    [{ Value: -Infinity }, `The value -Infinity for parameter ${at}.Value is invalid.`],
    [{ Value: 1e200 }, `The value 1e+200 for parameter ${at}.Value is invalid.`],
    [{ Value: 1, Timestamp: new Date(Date.now() - 15 * 86400_000) }, `The parameter ${at}.Timestamp must specify a time within the past two weeks.`],
    [{ Value: 1, Timestamp: new Date(Date.now() + 3 * 3600_000) }, `The parameter ${at}.Timestamp must specify a time no more than two hours in the future.`],
    [{ Value: 1, StorageResolution: 5 }, `The value 5 for parameter ${at}.StorageResolution is invalid.`],
    [{ StatisticValues: { SampleCount: 0, Sum: 1, Minimum: 1, Maximum: 1 } }, `The parameter ${at}.StatisticValues.SampleCount must be greater than 0.`],
    [{}, `At least one of the parameters ${at}.Value, ${at}.Values or ${at}.StatisticValues must be specified.`],
    [{ Values: Array.from({ length: 151 }, (_, i) => i) }, `The collection ${at}.Values must not have a size greater than 150.`],
    [{ Value: 1, Unit: 'Furlongs' }, /Value 'Furlongs' at 'metricData\.2\.member\.unit' failed to satisfy constraint: Member must satisfy enum value set/],
    [{ Value: 1, Dimensions: Array.from({ length: 31 }, (_, i) => ({ Name: `n${i}`, Value: 'v' })) }, /'metricData\.2\.member\.dimensions' failed to satisfy constraint: Member must have length less than or equal to 30/],
  ];
  for (const [datum, message] of cases) {
    await assert.rejects(put('refused', { MetricName: 'good', Value: 1 }, { MetricName: 'bad', ...datum }), (error) => {
      if (message instanceof RegExp) assert.match(error.message, message);
      else assert.equal(error.message, message);
      return true;
    });
  }
  await assert.rejects(put('AWS/Lambda', { MetricName: 'm', Value: 1 }), awsError('InvalidParameterValueException'));
  await assert.rejects(put('refused', ...Array.from({ length: 1001 }, () => ({ MetricName: 'm', Value: 1 }))), /must not have a size greater than 1000/);
  assert.deepEqual((await send(ListMetricsCommand, { Namespace: 'refused' })).Metrics, []);
});

test('values of one minute are summed up, units stand apart, seconds are kept where they were asked for', async () => {
  const Timestamp = ago(3);
  await put('units', { MetricName: 'm', Value: 1, Timestamp, Unit: 'Count' }, { MetricName: 'm', Value: 3, Timestamp, Unit: 'Count' });
  await put('units', { MetricName: 'm', Value: 10, Timestamp, Unit: 'Bytes' });
  const both = await statistics('units', 'm');
  assert.deepEqual(both.Datapoints.map((p) => [p.Unit, p.Sum, p.Average]).sort(), [['Bytes', 10, 10], ['Count', 4, 2]]);
  assert.equal((await statistics('units', 'm', { Unit: 'Bytes' })).Datapoints.length, 1);
  assert.equal((await statistics('units', 'm', { Unit: 'Seconds' })).Datapoints.length, 0);
  const second = (n) => new Date(ago(3).getTime() + n * 1000);
  await put('fine', ...[0, 1, 11].map((n) => ({ MetricName: 'm', Value: n, Timestamp: second(n), StorageResolution: 1 })));
  const fine = await data([query('fine', 'm', 'Sum', { Period: 10 })], { ScanBy: 'TimestampAscending' });
  assert.deepEqual(fine.MetricDataResults[0].Timestamps, [second(0), second(10)]);
  assert.deepEqual(fine.MetricDataResults[0].Values, [1, 11]);
  await put('coarse', { MetricName: 'm', Value: 1, Timestamp: second(0) });
  assert.deepEqual((await data([query('coarse', 'm', 'Sum', { Period: 10 })])).MetricDataResults[0].Values, []);
});

test('percentiles and trimmed statistics of the values', async () => {
  const Values = Array.from({ length: 100 }, (_, i) => i + 1);
  await put('spread', { MetricName: 'm', Values, Timestamp: ago(3) });
  const value = async (Stat) => (await data([query('spread', 'm', Stat)])).MetricDataResults[0].Values[0];
  const wanted = { p50: 50, p99: 99, 'p99.5': 100, p100: 100, tm90: 45.5, 'TM(10%:90%)': 50.5, 'TM(0:10)': 5.5, tc90: 90, 'TS(80%:)': 1810, IQM: 50.5, 'PR(:25)': 25, 'PR(50:100)': 50, 'WM(10%:90%)': 50.45 };
  for (const [Stat, expected] of Object.entries(wanted)) assert.ok(Math.abs((await value(Stat)) - expected) < 0.06, `${Stat}: ${await value(Stat)}`);
  await put('set', { MetricName: 'm', StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 }, Timestamp: ago(3) });
  assert.deepEqual((await data([query('set', 'm', 'p50')])).MetricDataResults[0].Values, []);
  assert.deepEqual((await data([query('set', 'm', 'Average')])).MetricDataResults[0].Values, [2.5]);
  await assert.rejects(data([query('set', 'm', 'q50')]), /The value q50 for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported/);
});

test('lists are filtered and paged', async () => {
  const metrics = Array.from({ length: 620 }, (_, i) => ({ MetricName: `m${String(i).padStart(3, '0')}`, Value: i, Dimensions: [{ Name: 'parity', Value: i % 2 ? 'odd' : 'even' }] }));
  await put('many', ...metrics);
  await put('old', { MetricName: 'm', Value: 1, Timestamp: new Date(Date.now() - 4 * 3600_000) });
  const first = await send(ListMetricsCommand, { Namespace: 'many' });
  assert.equal(first.Metrics.length, 500);
  const second = await send(ListMetricsCommand, { Namespace: 'many', NextToken: first.NextToken });
  assert.equal(second.Metrics.length, 120);
  assert.equal(second.NextToken, undefined);
  assert.equal(new Set([...first.Metrics, ...second.Metrics].map((m) => m.MetricName)).size, 620);
  assert.equal((await send(ListMetricsCommand, { Namespace: 'many', Dimensions: [{ Name: 'parity', Value: 'odd' }] })).Metrics.length, 310);
  assert.equal((await send(ListMetricsCommand, { Namespace: 'many', MetricName: 'm007' })).Metrics.length, 1);
  assert.equal((await send(ListMetricsCommand, { Dimensions: [{ Name: 'nobody' }] })).Metrics.length, 0);
  assert.equal((await send(ListMetricsCommand, { Namespace: 'old' })).Metrics.length, 1);
  assert.equal((await send(ListMetricsCommand, { Namespace: 'old', RecentlyActive: 'PT3H' })).Metrics.length, 0);
  await assert.rejects(send(ListMetricsCommand, { NextToken: '!' }), awsError('InvalidParameterValueException'));
});

test('data are paged by points, in either order', async () => {
  const times = [9, 8, 7, 6, 5].map(ago);
  await put('paged', ...times.flatMap((Timestamp, i) => [{ MetricName: 'a', Value: i, Timestamp }, { MetricName: 'b', Value: 10 + i, Timestamp }]));
  const queries = ['a', 'b'].map((name) => ({ ...query('paged', name, 'Sum'), Id: name }));
  const seen = { a: [], b: [] };
  let NextToken, pages = 0;
  do {
    const page = await data(queries, { MaxDatapoints: 4, NextToken, ScanBy: 'TimestampAscending' });
    for (const result of page.MetricDataResults) seen[result.Id].push(...result.Values);
    ({ NextToken } = page);
    pages += 1;
  } while (NextToken);
  assert.equal(pages, 3);
  assert.deepEqual(seen, { a: [0, 1, 2, 3, 4], b: [10, 11, 12, 13, 14] });
  assert.deepEqual((await data([queries[0]])).MetricDataResults[0].Values, [4, 3, 2, 1, 0]);
  await assert.rejects(data(queries, { NextToken: 'AAAA' }), awsError('InvalidNextToken'));
});

test('metric math: of queries, of each other, of what a search finds', async () => {
  const Timestamp = ago(3);
  await put(
    'math',
    ...['one', 'two'].flatMap((Value, i) => [
      { MetricName: 'errors', Value: i + 1, Timestamp, Dimensions: [{ Name: 'Host', Value }] },
      { MetricName: 'requests', Value: 10, Timestamp, Dimensions: [{ Name: 'Host', Value }] },
    ]),
  );
  const metric = (Id, MetricName, host) => ({ ...query('math', MetricName, 'Sum', { Dimensions: [{ Name: 'Host', Value: host }] }), Id, ReturnData: false });
  const metrics = [metric('e1', 'errors', 'one'), metric('r1', 'requests', 'one'), metric('e2', 'errors', 'two')];
  const value = async (Expression) => (await data([...metrics, { Id: 'x', Expression }])).MetricDataResults.map((r) => [r.Label, ...r.Values]);
  assert.deepEqual(await value('100 * e1 / r1'), [['x', 10]]);
  assert.deepEqual(await value('SUM([e1, e2])'), [['x', 3]]);
  assert.deepEqual(await value('IF(e1 > 5, e1, 0) + MAX(METRICS("e"))'), [['x', 2]]);
  assert.deepEqual(await value('SEARCH(\'{math,Host} MetricName="errors"\', \'Sum\', 60)'), [['errors one', 1], ['errors two', 2]]);
  assert.deepEqual(await value('SUM(SEARCH(\'{math,Host} errors\', \'Sum\', 60))'), [['x', 3]]);
  const chain = await data([...metrics, { Id: 'y', Expression: 'x + 1', Label: 'named' }, { Id: 'x', Expression: 'e1 * 2', ReturnData: false }]);
  assert.deepEqual(chain.MetricDataResults.map((r) => [r.Id, r.Label, ...r.Values]), [['y', 'named', 3]]);
  await assert.rejects(value('e1 +'), /Error in expression 'x': the expression ends too early at character 5/);
  await assert.rejects(value('nobody'), /there is no query with the id nobody/);
  await assert.rejects(value('SUM(e1)'), /must be a time series/);
  await assert.rejects(value('x + 1'), /in a circle/);
  await assert.rejects(value('ANOMALY_DETECTION_BAND(e1)'), /Millrace does not evaluate the function ANOMALY_DETECTION_BAND/);
});

test('too many points, no statistics, a period that is none', async () => {
  await assert.rejects(statistics('x', 'm', { StartTime: new Date(Date.now() - 2 * 86400_000) }), /You have requested up to 2,88\d datapoints, which exceeds the limit of 1,440/);
  await assert.rejects(statistics('x', 'm', { Statistics: undefined }), awsError('MissingRequiredParameterException', 'Must specify either Statistics or ExtendedStatistics'));
  await assert.rejects(statistics('x', 'm', { Period: 7 }), awsError('InvalidParameterValueException'));
  await assert.rejects(data([{ Id: 'Big', Expression: '1' }]), /is not matching the expected pattern/);
  await assert.rejects(data([query('x', 'm', 'Sum'), query('x', 'm', 'Sum')]), /The values for parameter id in MetricDataQueries are not unique/);
});

test('what was put survives kill -9', async () => {
  await put('kept', { MetricName: 'm', Value: 42, Timestamp: ago(3) });
  await server.end('SIGKILL');
  await server.start();
  clients.json = metricsClient(server);
  assert.deepEqual((await data([query('kept', 'm', 'Sum')])).MetricDataResults[0].Values, [42]);
  assert.equal((await send(ListMetricsCommand, { Namespace: 'kept' })).Metrics.length, 1);
});

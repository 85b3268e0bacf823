// Alarms: kept as they were put, evaluated, and heard of by functions.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch';

import { awsError, lambdaClient, metricsClient } from './support/clients.mjs';
import { makeFunction } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { newServer } from './support/server.mjs';

let server, cloudwatch;
before(async () => {
  server = await newServer().start();
  cloudwatch = metricsClient(server);
});
const send = (Command, input) => cloudwatch.send(new Command(input));
const basic = {
  Namespace: 'app',
  MetricName: 'errors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 2,
  ComparisonOperator: 'GreaterThanThreshold',
};
const put = (AlarmName, more = {}) => send(PutMetricAlarmCommand, { ...basic, AlarmName, ...more });
const describe = async (name) => (await send(DescribeAlarmsCommand, { AlarmNames: [name] })).MetricAlarms[0];

test('an alarm is described as it was put, and listed by prefix, state, metric and page', async () => {
  await put('kept-1', { AlarmDescription: 'd', Dimensions: [{ Name: 'a', Value: 'b' }], TreatMissingData: 'ignore', Tags: [{ Key: 'k', Value: 'v' }] });
  await put('kept-2', { MetricName: 'other', TreatMissingData: 'ignore' });
  const alarm = await describe('kept-1');
  assert.equal(alarm.AlarmArn, 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:kept-1');
  assert.equal(alarm.StateValue, 'INSUFFICIENT_DATA');
  assert.equal(alarm.StateReason, 'Unchecked: Initial alarm creation');
  assert.deepEqual([alarm.AlarmActions, alarm.OKActions, alarm.InsufficientDataActions, alarm.ActionsEnabled], [[], [], [], true]);
  assert.deepEqual(alarm.Dimensions, [{ Name: 'a', Value: 'b' }]);
  assert.ok(Math.abs(alarm.StateUpdatedTimestamp - Date.now()) < 60_000);
  const names = async (input) => (await send(DescribeAlarmsCommand, input)).MetricAlarms.map((a) => a.AlarmName);
  assert.deepEqual(await names({ AlarmNamePrefix: 'kept' }), ['kept-1', 'kept-2']);
  assert.deepEqual(await names({ AlarmNamePrefix: 'kept', StateValue: 'ALARM' }), []);
  const page = await send(DescribeAlarmsCommand, { AlarmNamePrefix: 'kept', MaxRecords: 1 });
  assert.deepEqual(await names({ AlarmNamePrefix: 'kept', NextToken: page.NextToken }), ['kept-2']);
  const forMetric = await send(DescribeAlarmsForMetricCommand, { Namespace: 'app', MetricName: 'errors', Dimensions: [{ Name: 'a', Value: 'b' }] });
  assert.deepEqual(forMetric.MetricAlarms.map((a) => a.AlarmName), ['kept-1']);

  const ResourceARN = alarm.AlarmArn;
  await send(TagResourceCommand, { ResourceARN, Tags: [{ Key: 'more', Value: '2' }] });
  await send(UntagResourceCommand, { ResourceARN, TagKeys: ['k'] });
  assert.deepEqual((await send(ListTagsForResourceCommand, { ResourceARN })).Tags, [{ Key: 'more', Value: '2' }]);
  await assert.rejects(send(ListTagsForResourceCommand, { ResourceARN: ResourceARN + 'x' }), awsError('ResourceNotFoundException'));

  await server.end('SIGKILL');
  await server.start();
  cloudwatch = metricsClient(server);
  assert.deepEqual((await describe('kept-1')).Dimensions, [{ Name: 'a', Value: 'b' }]);
  await send(DeleteAlarmsCommand, { AlarmNames: ['kept-1', 'kept-2'] });
  assert.deepEqual(await names({ AlarmNamePrefix: 'kept' }), []);
});

test('a state that is set is kept, noted, and told to a function with CloudWatch\'s document', async () => {
  const lambda = lambdaClient(server);
  const reports = await openReports();
  const made = await makeFunction(lambda, `${reportSource} exports.handler = (event) => report('came', event);`, { env: reports.env });
  await put('told', { AlarmDescription: 'what for', AlarmActions: [made.FunctionArn], TreatMissingData: 'ignore' });
  await send(SetAlarmStateCommand, { AlarmName: 'told', StateValue: 'ALARM', StateReason: 'by hand', StateReasonData: '{"x":1}' });
  const report = await reports.take();
  report.reply();
  const event = report.value;
  assert.equal(event.source, 'aws.cloudwatch');
  assert.equal(event.alarmArn, 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:told');
  assert.equal(event.accountId, '000000000000');
  assert.equal(event.region, 'us-east-1');
  assert.equal(event.alarmData.alarmName, 'told');
  assert.equal(event.alarmData.state.value, 'ALARM');
  assert.equal(event.alarmData.state.reason, 'by hand');
  assert.equal(event.alarmData.state.reasonData, '{"x":1}');
  assert.equal(event.alarmData.previousState.value, 'INSUFFICIENT_DATA');
  assert.match(event.alarmData.state.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  assert.equal(event.alarmData.configuration.description, 'what for');
  assert.deepEqual(event.alarmData.configuration.metrics[0].metricStat, { metric: { namespace: 'app', name: 'errors', dimensions: {} }, period: 60, stat: 'Sum' });

  await send(DisableAlarmActionsCommand, { AlarmNames: ['told'] });
  assert.equal((await describe('told')).ActionsEnabled, false);
  await send(SetAlarmStateCommand, { AlarmName: 'told', StateValue: 'OK', StateReason: 'again' });
  await send(EnableAlarmActionsCommand, { AlarmNames: ['told', 'nobody'] });
  assert.equal((await describe('told')).ActionsEnabled, true);
  const history = (await send(DescribeAlarmHistoryCommand, { AlarmName: 'told', HistoryItemType: 'StateUpdate' })).AlarmHistoryItems;
  assert.deepEqual(history.map((item) => item.HistorySummary), ['Alarm updated from ALARM to OK', 'Alarm updated from INSUFFICIENT_DATA to ALARM']);
  assert.equal(JSON.parse(history[0].HistoryData).newState.stateReason, 'again');
  const actions = (await send(DescribeAlarmHistoryCommand, { AlarmName: 'told', HistoryItemType: 'Action' })).AlarmHistoryItems;
  assert.deepEqual(actions.map((item) => item.HistorySummary), [`Successfully executed action ${made.FunctionArn}`]);
});

test('values turn an alarm, by their periods', async () => {
  await put('turns', { MetricName: 'turning', Period: 10, TreatMissingData: 'notBreaching', EvaluationPeriods: 3, DatapointsToAlarm: 1 });
  const Timestamp = new Date(Math.floor(Date.now() / 10_000) * 10_000 - 10_000);
  await send(PutMetricDataCommand, { Namespace: 'app', MetricData: [{ MetricName: 'turning', Value: 5, Timestamp, StorageResolution: 1 }] });
  const deadline = Date.now() + 30_000;
  let alarm = await describe('turns');
  while (alarm.StateValue !== 'ALARM' && Date.now() < deadline) alarm = await describe('turns');
  assert.equal(alarm.StateValue, 'ALARM');
  assert.match(alarm.StateReason, /^Threshold Crossed: 1 out of the last 3 datapoints \[5\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\)\] was greater than the threshold \(2\.0\)/);
  assert.equal(JSON.parse(alarm.StateReasonData).statistic, 'Sum');
});

test('what cannot be an alarm is refused', async () => {
  const cases = [
    [{ Statistic: undefined }, /Exactly one of the parameters Statistic and ExtendedStatistic/],
    [{ ExtendedStatistic: 'p90' }, /Exactly one of the parameters Statistic and ExtendedStatistic/],
    [{ Statistic: undefined, ExtendedStatistic: 'q90' }, /The value q90 for parameter ExtendedStatistic is not supported/],
    [{ Period: 7 }, /Period must be/],
    [{ Period: undefined }, /Period is required/],
    [{ TreatMissingData: 'perhaps' }, /Option perhaps is not supported/],
    [{ DatapointsToAlarm: 2 }, /DatapointsToAlarm must not be greater than EvaluationPeriods/],
    [{ EvaluationPeriods: 2000 }, /across more than a day/],
    [{ Threshold: undefined }, /Threshold is required/],
    [{ Metrics: [{ Id: 'm', Expression: '1' }] }, /may not be specified with Metrics/],
    [{ ComparisonOperator: 'Odd' }, /'comparisonOperator' failed to satisfy constraint/],
    [{ ThresholdMetricId: 'x' }, /no anomaly detection/],
  ];
  for (const [more, message] of cases) await assert.rejects(put('bad', more), message);
  const math = (...Metrics) => send(PutMetricAlarmCommand, { AlarmName: 'bad', EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'LessThanThreshold', Metrics });
  const metric = { Id: 'm', MetricStat: { Metric: { Namespace: 'app', MetricName: 'errors' }, Period: 60, Stat: 'Sum' } };
  await assert.rejects(math(metric, { Id: 'e', Expression: 'm * 2' }), /Exactly one element of the metrics list should return data/);
  await assert.rejects(math({ ...metric, ReturnData: false }, { Id: 'e', Expression: 'm *' }), /Error in expression 'e'/);
  await math({ ...metric, ReturnData: false }, { Id: 'e', Expression: 'm * 2' });
  await send(DeleteAlarmsCommand, { AlarmNames: ['bad'] });
  await assert.rejects(send(SetAlarmStateCommand, { AlarmName: 'nobody', StateValue: 'OK', StateReason: '' }), awsError('ResourceNotFound'));
  await assert.rejects(send(PutCompositeAlarmCommand, { AlarmName: 'c', AlarmRule: 'ALARM(a)' }), /does not implement cloudwatch:PutCompositeAlarm/);
});

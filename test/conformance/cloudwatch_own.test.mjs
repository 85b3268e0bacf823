// What Millrace counts of itself, under AWS's names and dimensions.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { BatchWriteItemCommand, CreateTableCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';

import { dynamodbClient, lambdaClient, metricsClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { newServer } from './support/server.mjs';

let server, cloudwatch, dynamodb;
before(async () => {
  server = await newServer().start();
  cloudwatch = metricsClient(server);
  dynamodb = dynamodbClient(server);
});

// The sum of a metric over the last minutes, once it is there.
async function total(Namespace, MetricName, dimensions, Stat = 'Sum', least = 1) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 60_000),
        MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat } }],
      }),
    );
    const sum = answer.MetricDataResults[0].Values.reduce((a, b) => a + b, 0);
    if (sum >= least || Date.now() > deadline) return sum;
  }
}

test('tables: units, latencies, items, conditions that failed, errors of users', async () => {
  const TableName = 'counted';
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  const Item = { pk: { S: 'a' }, text: { S: 'x'.repeat(1500) } };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
  await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: { pk: { S: 'b' } } } }] } }));
  for (const ConsistentRead of [true, false]) await dynamodb.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } }, ConsistentRead }));
  await dynamodb.send(new QueryCommand({ TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } }));
  await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' })));
  await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item: {} })));
  const of = (name, more = {}, ...rest) => total('AWS/DynamoDB', name, { TableName, ...more }, ...rest);
  assert.equal(await of('ConsumedWriteCapacityUnits', {}, 'Sum', 3), 3);
  assert.equal(await of('ConsumedReadCapacityUnits', {}, 'Sum', 2), 2);
  assert.equal(await of('ConditionalCheckFailedRequests'), 1);
  assert.equal(await of('SuccessfulRequestLatency', { Operation: 'GetItem' }, 'SampleCount', 2), 2);
  assert.ok((await of('SuccessfulRequestLatency', { Operation: 'PutItem' }, 'p99', 0.001)) > 0);
  assert.equal(await of('ReturnedItemCount', { Operation: 'Query' }), 1);
  assert.equal(await total('AWS/DynamoDB', 'UserErrors', {}), 1);
  const listed = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'AWS/DynamoDB', Dimensions: [{ Name: 'Operation', Value: 'BatchWriteItem' }] }));
  assert.deepEqual(listed.Metrics.map((m) => m.MetricName), ['SuccessfulRequestLatency']);
});

test('functions: invocations, errors, durations, throttles', async () => {
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async (event) => { if (event.fail) throw new Error("no"); };');
  await invoke(lambda, FunctionName, {});
  await invoke(lambda, FunctionName, { fail: true });
  const of = (name, more = {}, ...rest) => total('AWS/Lambda', name, { FunctionName, ...more }, ...rest);
  assert.equal(await of('Invocations', {}, 'Sum', 2), 2);
  assert.equal(await of('Errors'), 1);
  assert.equal(await of('Duration', { Resource: FunctionName }, 'SampleCount', 2), 2);
  assert.equal(await of('ConcurrentExecutions', {}, 'Maximum'), 1);
  assert.equal(await total('AWS/Lambda', 'Invocations', {}, 'Sum', 2), 2);
});

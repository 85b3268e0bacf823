// Tumbling windows as a function sees them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';

import { dynamodbClient, lambdaClient, awsError } from './support/clients.mjs';
import { mapped, write } from './support/mappings.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, dynamodb, reports;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
  reports = await openReports();
});

const source = `${reportSource}
exports.handler = async (event) => {
  const state = { ...event.state, seen: (event.state.seen ?? 0) + event.Records.length };
  if (event.isFinalInvokeForWindow) await report('window', event);
  return { state };
};`;

test('records are summed up over a window', async () => {
  const { TableName, UUID, StreamArn } = await mapped({ lambda, dynamodb, reports, source, TumblingWindowInSeconds: 2 });
  assert.equal((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).TumblingWindowInSeconds, 2);
  for (let n = 0; n < 5; ++n) await write(dynamodb, TableName, 'k', n);
  let seen = 0;
  while (seen < 5) {
    const window = await reports.take(30);
    const { Records, state, shardId, eventSourceARN, isWindowTerminatedEarly } = window.value;
    assert.deepEqual(Records, []);
    assert.match(shardId, /^shardId-/);
    assert.equal(eventSourceARN, StreamArn);
    assert.equal(isWindowTerminatedEarly, false);
    assert.equal(Date.parse(window.value.window.end) - Date.parse(window.value.window.start), 2000);
    seen += state.seen;
    window.reply();
  }
  assert.equal(seen, 5);
});

test('destinations of mappings on streams are queues and topics, which are not here yet', async () => {
  const refused = (Destination, message) =>
    assert.rejects(mapped({ lambda, dynamodb, reports, DestinationConfig: { OnFailure: { Destination } } }), awsError('InvalidParameterValueException', message));
  await refused('arn:aws:sqs:us-east-1:000000000000:queue', /does not serve SQS yet/);
  await refused('arn:aws:sns:us-east-1:000000000000:topic', /does not serve SNS yet/);
  await refused('arn:aws:lambda:us-east-1:000000000000:function:f', /is invalid/);
});

// What becomes of asynchronous invocations, told to a function.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { InvokeCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { makeFunction } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, reports;
before(async () => {
  lambda = lambdaClient(await startServer());
  reports = await openReports();
});

test('success and failure go to their functions', async () => {
  const tell = (name) => makeFunction(lambda, `${reportSource} exports.handler = async (event) => { await report('${name}', event); };`, { env: reports.env });
  const [won, lost] = [await tell('won'), await tell('lost')];
  const source = 'exports.handler = async (event) => { if (event.fail) throw new RangeError("no"); return { fine: event.n }; };';
  const { FunctionName, FunctionArn } = await makeFunction(lambda, source);
  const DestinationConfig = { OnSuccess: { Destination: won.FunctionArn }, OnFailure: { Destination: lost.FunctionArn } };
  const config = await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig }));
  assert.deepEqual(config.DestinationConfig, DestinationConfig);
  const send = (event) => lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }));

  await send({ n: 3 });
  const good = await reports.take(30);
  good.reply();
  const { version, timestamp, requestContext, ...rest } = good.value;
  assert.equal(version, '1.0');
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  assert.deepEqual({ ...requestContext, requestId: '' }, { requestId: '', functionArn: `${FunctionArn}:$LATEST`, condition: 'Success', approximateInvokeCount: 1 });
  assert.deepEqual(rest, { requestPayload: { n: 3 }, responseContext: { statusCode: 200, executedVersion: '$LATEST' }, responsePayload: { fine: 3 } });

  await send({ fail: true });
  const bad = await reports.take(30);
  bad.reply();
  assert.equal(bad.value.requestContext.condition, 'RetriesExhausted');
  assert.deepEqual(bad.value.responseContext, { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' });
  assert.equal(bad.value.responsePayload.errorType, 'RangeError');
});

test('destinations that are not here are refused', async () => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => 1;');
  const put = (Destination) => lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnFailure: { Destination } } }));
  await assert.rejects(put('arn:aws:sqs:us-east-1:000000000000:queue'), awsError('InvalidParameterValueException', /does not serve SQS yet/));
  await assert.rejects(put('arn:aws:lambda:us-east-1:000000000000:layer:x'), awsError('InvalidParameterValueException', /is invalid/));
});

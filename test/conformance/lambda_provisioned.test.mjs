// Provisioned concurrency: sandboxes that are there before they are called.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer, within } from './support/server.mjs';

let lambda;
before(async () => {
  lambda = lambdaClient(await startServer());
});

async function published(source) {
  const { FunctionName } = await makeFunction(lambda, source);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  return FunctionName;
}
const put = (FunctionName, Qualifier, ProvisionedConcurrentExecutions) =>
  lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }));
const get = (FunctionName, Qualifier) => lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));

function becomes(status, FunctionName, Qualifier) {
  const ask = async () => {
    for (;;) {
      const config = await get(FunctionName, Qualifier);
      if (config.Status === status) return config;
      await pause(20);
    }
  };
  return within(60, status, ask());
}

test('a version is made ready, and its first invocation starts nothing', async () => {
  const FunctionName = await published(`const loaded = Date.now();
    exports.handler = async () => ({ type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, loaded });`);
  const asked = await put(FunctionName, '1', 2);
  assert.equal(asked.RequestedProvisionedConcurrentExecutions, 2);
  assert.match(asked.Status, /IN_PROGRESS|READY/);
  const ready = await becomes('READY', FunctionName, '1');
  assert.equal(ready.AllocatedProvisionedConcurrentExecutions, 2);
  assert.equal(ready.AvailableProvisionedConcurrentExecutions, 2);
  assert.equal(ready.StatusReason, undefined);
  const before = Date.now();
  const first = await invoke(lambda, FunctionName, {}, { Qualifier: '1', LogType: 'Tail' });
  assert.equal(first.payload.type, 'provisioned-concurrency');
  assert.ok(first.payload.loaded <= before, 'loaded before it was called');
  assert.match(first.log, /REPORT RequestId/);
  assert.doesNotMatch(first.log, /Init Duration/);
  assert.equal((await invoke(lambda, FunctionName)).payload.type, 'on-demand', '$LATEST is not provisioned');
});

test('configurations are listed in pages and deleted', async () => {
  const FunctionName = await published('exports.handler = async () => 1;');
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await put(FunctionName, 'live', 1);
  const { FunctionArn } = (await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }))).ProvisionedConcurrencyConfigs[0];
  assert.ok(FunctionArn.endsWith(`:${FunctionName}:live`), FunctionArn);
  await assert.rejects(put(FunctionName, '1', 1), awsError('ResourceConflictException'));
  await becomes('READY', FunctionName, 'live');
  assert.equal((await invoke(lambda, `${FunctionName}:live`)).payload, 1);
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: 'live' }));
  await assert.rejects(get(FunctionName, 'live'), awsError('ProvisionedConcurrencyConfigNotFoundException'));
  assert.deepEqual((await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }))).ProvisionedConcurrencyConfigs, []);
});

test('a handler that does not load is told of', async () => {
  const FunctionName = await published("throw new Error('not today');");
  await put(FunctionName, '1', 1);
  const failed = await becomes('FAILED', FunctionName, '1');
  assert.equal(failed.StatusReason, 'FUNCTION_ERROR_INIT_FAILURE');
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '1' }));
});

test('what cannot be provisioned', async () => {
  const FunctionName = await published('exports.handler = async () => 1;');
  await assert.rejects(put(FunctionName, '$LATEST', 1), awsError('InvalidParameterValueException'));
  await assert.rejects(put(FunctionName, '9', 1), awsError('ResourceNotFoundException'));
  await assert.rejects(put('nobody', '1', 1), awsError('ResourceNotFoundException'));
  await assert.rejects(put(FunctionName, '1', 901), awsError('InvalidParameterValueException', /UnreservedConcurrentExecution/));
});

// Function URL configurations as things.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { makeFunction, makeUrl } from './support/functions.mjs';
import { fetchText } from './support/http.mjs';
import { startServer } from './support/server.mjs';

let lambda;
before(async () => {
  lambda = lambdaClient(await startServer());
});
const source = 'exports.handler = async () => ({ statusCode: 200, body: "hello" });';

test('made, read, changed, listed, removed', async () => {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, source);
  const Cors = { AllowOrigins: ['https://example.com'], AllowMethods: ['GET'], MaxAge: 60 };
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM', Cors }));
  assert.equal(made.FunctionArn, FunctionArn);
  assert.equal(made.AuthType, 'AWS_IAM');
  assert.equal(made.InvokeMode, 'BUFFERED');
  assert.deepEqual(made.Cors, Cors);
  assert.match(made.FunctionUrl, /^https?:\/\/[^/]+\/([^?]*\/)?$/);
  assert.ok(Date.parse(made.CreationTime));

  const got = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  assert.equal(got.FunctionUrl, made.FunctionUrl);
  assert.equal(got.LastModifiedTime, got.CreationTime);

  const changed = await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }));
  assert.equal(changed.AuthType, 'NONE');
  assert.equal(changed.InvokeMode, 'RESPONSE_STREAM');
  assert.deepEqual(changed.Cors, Cors);
  assert.equal(changed.FunctionUrl, made.FunctionUrl);

  const { FunctionUrlConfigs } = await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
  assert.deepEqual(FunctionUrlConfigs.map((c) => c.FunctionUrl), [made.FunctionUrl]);

  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
  await assert.rejects(lambda.send(new GetFunctionUrlConfigCommand({ FunctionName })), awsError('ResourceNotFoundException', /The resource you requested does not exist\./));
});

test('a function has one URL', async () => {
  const { FunctionName, FunctionArn } = await makeUrl(lambda, source);
  await assert.rejects(
    lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })),
    awsError('ResourceConflictException', new RegExp(`FunctionUrlConfig exists for this Lambda function|${FunctionArn}`)),
  );
});

test('no function, no URL', async () => {
  await assert.rejects(lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'nowhere', AuthType: 'NONE' })), awsError('ResourceNotFoundException'));
});

test('a removed URL no longer answers, and goes with its function', async () => {
  const { url, FunctionName } = await makeUrl(lambda, source);
  assert.equal((await fetchText(url)).body, 'hello');
  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
  assert.ok([403, 404].includes((await fetchText(url)).status));
  const other = await makeUrl(lambda, source);
  await lambda.send(new DeleteFunctionCommand({ FunctionName: other.FunctionName }));
  assert.ok([403, 404].includes((await fetchText(other.url)).status));
});

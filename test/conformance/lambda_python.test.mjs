// Python functions, seen from outside: what they are given, how they fail, and boto3 without bundling.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { CreateTableCommand } from '@aws-sdk/client-dynamodb';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer } from './support/server.mjs';

let server, lambda;
before(async () => {
  server = await startServer();
  lambda = lambdaClient(server);
});

const python = (source, more = {}) =>
  makeFunction(lambda, { 'lambda_function.py': source }, { Runtime: 'python3.12', Handler: 'lambda_function.lambda_handler', ...more });
const run = async (source, { event, tail, ...more } = {}) => {
  const { FunctionName } = await python(source, more);
  return invoke(lambda, FunctionName, event, tail ? { LogType: 'Tail' } : {});
};

for (const minor of [8, 9, 10, 11, 12, 13, 14]) {
  test(`python3.${minor} runs`, async () => {
    const source = 'import os\ndef lambda_handler(event, context):\n  return [event["n"] + 1, os.environ["AWS_EXECUTION_ENV"]]';
    const { payload } = await run(source, { Runtime: `python3.${minor}`, event: { n: 1 } });
    assert.deepEqual(payload, [2, `AWS_Lambda_python3.${minor}`]);
  });
}

test('an exception, its document and its log', async () => {
  const { error, payload, log } = await run('def lambda_handler(event, context):\n  print("before")\n  raise RuntimeError("broken")', { tail: true });
  assert.equal(error, 'Unhandled');
  assert.deepEqual(Object.keys(payload), ['errorMessage', 'errorType', 'requestId', 'stackTrace']);
  assert.equal(payload.errorMessage, 'broken');
  assert.equal(payload.errorType, 'RuntimeError');
  assert.match(payload.stackTrace[0], /^ {2}File ".*\/lambda_function\.py", line 3, in lambda_handler\n {4}raise RuntimeError\("broken"\)\n$/);
  assert.match(log, /START RequestId: .*\nbefore\n\[ERROR\] RuntimeError: broken\nTraceback \(most recent call last\):\n {2}File .*\n.*\nEND RequestId: .*\nREPORT RequestId: .*Billed Duration/);
});

test('a module that is not there', async () => {
  const { error, payload } = await run('import numpy_of_another_world\ndef lambda_handler(e, c): pass');
  assert.equal(error, 'Unhandled');
  assert.equal(payload.errorType, 'Runtime.ImportModuleError');
  assert.equal(payload.errorMessage, "Unable to import module 'lambda_function': No module named 'numpy_of_another_world'");
});

test('boto3 is there and finds this server', async (t) => {
  const { existsSync } = await import('node:fs');
  const sdk = new URL('../../runtimes/python/sdk/site-packages/boto3', import.meta.url);
  assert.ok(existsSync(sdk), 'run ./dev install');
  const TableName = `python-${process.pid}`;
  await dynamodbClient(server).send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const source = `
import boto3
table = boto3.resource('dynamodb').Table('${TableName}')
def lambda_handler(event, context):
  table.put_item(Item={'id': 'a', 'n': 7})
  return table.get_item(Key={'id': 'a'})['Item']`;
  const { payload } = await run(source, { Timeout: 30, MemorySize: 256 });
  assert.deepEqual(payload, { id: 'a', n: 7.0 });
});

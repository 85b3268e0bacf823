// Invoke: the three types, the log's tail, what the handler is given, styles of handlers.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { InvokeCommand } from '@aws-sdk/client-lambda';

import { awsError, dynamodbClient, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction, run } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';
import { makeTable } from './support/tables.mjs';

let lambda, reports, dynamodb;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
  reports = await openReports();
});

test('an event goes in, an answer comes out', async () => {
  const answer = await run(lambda, 'exports.handler = async (event) => ({ got: event });', { event: { text: 'Käse ☃', n: [1, null] } });
  assert.deepEqual(answer, { status: 200, error: undefined, version: '$LATEST', payload: { got: { text: 'Käse ☃', n: [1, null] } }, log: undefined });
});

test('no payload is no event, undefined is null', async () => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async (event) => typeof event === "object" ? undefined : event;');
  const answer = await lambda.send(new InvokeCommand({ FunctionName }));
  assert.equal(Buffer.from(answer.Payload).toString(), 'null');
});

test('the context tells who, where and for how long', async () => {
  const source = `exports.handler = async (event, context) => ({
    id: context.awsRequestId, name: context.functionName, version: context.functionVersion, memory: context.memoryLimitInMB,
    arn: context.invokedFunctionArn, group: context.logGroupName, stream: context.logStreamName, left: context.getRemainingTimeInMillis(),
    client: context.clientContext });`;
  const { FunctionName, FunctionArn } = await makeFunction(lambda, source, { MemorySize: 300, Timeout: 9 });
  const { payload } = await invoke(lambda, FunctionName, {}, { ClientContext: Buffer.from('{"custom":{"a":"b"}}').toString('base64') });
  assert.match(payload.id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(payload.name, FunctionName);
  assert.equal(payload.version, '$LATEST');
  assert.equal(payload.memory, '300');
  assert.equal(payload.arn, FunctionArn);
  assert.equal(payload.group, `/aws/lambda/${FunctionName}`);
  assert.match(payload.stream, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.ok(payload.left > 5000 && payload.left <= 9000, String(payload.left));
  assert.deepEqual(payload.client, { custom: { a: 'b' } });
});

test('the environment is Lambda\'s', async () => {
  const { payload: env } = await run(lambda, 'exports.handler = async () => ({ ...process.env, cwd: process.cwd() });', { env: { MINE: 'yes' }, FunctionName: 'environment' });
  const wanted = {
    MINE: 'yes',
    _HANDLER: 'index.handler',
    AWS_LAMBDA_FUNCTION_NAME: 'environment',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/environment',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    TZ: ':UTC',
  };
  for (const [name, value] of Object.entries(wanted)) assert.equal(env[name], value, name);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', 'PATH', 'NODE_PATH']) {
    assert.ok(env[name], name);
  }
  assert.equal(env.cwd, env.LAMBDA_TASK_ROOT);
});

test('DryRun says that it could', async () => {
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = () => report('ran');`, { env: reports.env });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
  assert.equal(answer.StatusCode, 204);
  assert.equal(answer.Payload?.length ?? 0, 0);
  const marker = invoke(lambda, FunctionName); // had the dry run run, two reports would come
  (await reports.take()).reply();
  await marker;
  assert.equal(reports.all.length, 1);
});

test('Event answers before the function has run', async () => {
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = (event) => report('event', event);`, { env: reports.env });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"n":1}' }));
  assert.equal(answer.StatusCode, 202);
  const running = await reports.take(); // it runs now, and has not been let go
  assert.deepEqual(running.value, { n: 1 });
  running.reply();
});

test('LogType Tail gives the end of the log', async () => {
  const { payload, log } = await run(lambda, `exports.handler = async (e, c) => { console.log('hello', { a: 1 }); console.error('two\\nlines'); process.stdout.write('raw\\n'); return c.awsRequestId; };`, { tail: true });
  assert.match(log, new RegExp(`START RequestId: ${payload} Version: \\$LATEST`));
  assert.match(log, new RegExp(`\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\t${payload}\tINFO\thello \\{ a: 1 \\}`));
  assert.match(log, new RegExp(`\t${payload}\tERROR\ttwo\nlines`));
  assert.match(log, /^raw$/m);
  assert.match(log, new RegExp(`END RequestId: ${payload}`));
  assert.match(log, new RegExp(`REPORT RequestId: ${payload}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB`));
});

test('the tail is at most 4 KB', async () => {
  const { log } = await run(lambda, `exports.handler = async () => { for (let i = 0; i < 1000; i++) console.log('line ' + i); };`, { tail: true });
  assert.ok(log.length <= 4096);
  assert.match(log, /line 999/);
});

test('a warm function keeps what it has loaded', async () => {
  const { FunctionName } = await makeFunction(lambda, 'let n = 0; const token = Math.random(); exports.handler = async () => [token, ++n];');
  const first = (await invoke(lambda, FunctionName)).payload;
  const second = (await invoke(lambda, FunctionName)).payload;
  assert.deepEqual(second, [first[0], 2]);
});

test('invocations at the same time run in as many sandboxes', async () => {
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = () => report('process', (globalThis.token ??= Math.random()));`, { env: reports.env });
  const answers = Array.from({ length: 5 }, () => invoke(lambda, FunctionName));
  const running = [];
  while (running.length < 5) running.push(await reports.take()); // all five are running at this moment
  assert.equal(new Set(running.map((r) => r.value)).size, 5);
  for (const r of running) r.reply('done');
  for (const answer of answers) assert.equal((await answer).payload, 'done');
});

test('a large event and a large answer', async () => {
  const text = 'x'.repeat(5_900_000);
  const { payload } = await run(lambda, 'exports.handler = async (event) => event.text;', { event: { text } });
  assert.equal(payload.length, text.length);
});

test('handlers use the SDK that is there, by require and by import', async (t) => {
  const { TableName } = await makeTable(dynamodb, 'id:S');
  const body = `const client = new DynamoDBClient({});
    export const handler = async () => { await client.send(new PutItemCommand({ TableName: '${TableName}', Item: { id: { S: 'x' } } })); return 'written'; };`;
  const sources = {
    require: { 'index.js': `const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb'); ${body.replace('export const handler =', 'exports.handler =')}` },
    'import in .mjs': { 'index.mjs': `import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'; ${body}` },
    'import in a module package': {
      'package.json': '{"type":"module"}',
      'index.js': `import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'; ${body}`,
    },
  };
  for (const [name, source] of Object.entries(sources)) {
    await t.test(name, async () => assert.deepEqual((await run(lambda, source)).payload, 'written'));
  }
  await t.test('the v2 SDK in nodejs16.x', async () => {
    const source = `const AWS = require('aws-sdk'); exports.handler = async () => (await new AWS.DynamoDB.DocumentClient().get({ TableName: '${TableName}', Key: { id: 'x' } }).promise()).Item;`;
    assert.deepEqual((await run(lambda, source, { Runtime: 'nodejs16.x' })).payload, { id: 'x' });
  });
  await t.test('the v2 SDK is not in nodejs20.x', async () => {
    const { error, payload } = await run(lambda, `require('aws-sdk'); exports.handler = async () => 1;`);
    assert.equal(error, 'Unhandled');
    assert.equal(payload.errorType, 'Runtime.ImportModuleError');
  });
});

test('what cannot be invoked', async (t) => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => 1;');
  await t.test('an event that is no JSON', () =>
    assert.rejects(
      lambda.send(new InvokeCommand({ FunctionName, Payload: 'not json' })),
      awsError('InvalidRequestContentException', /Could not parse request body into json/),
    ));
  await t.test('a version that is not there', () =>
    assert.rejects(invoke(lambda, FunctionName, {}, { Qualifier: '7' }), awsError('ResourceNotFoundException', /Function not found: .*:7/)));
  await t.test('an event over 6 MB', () =>
    assert.rejects(
      lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify('x'.repeat(6_291_456)) })),
      awsError('RequestTooLargeException', /6291456 bytes/),
    ));
});

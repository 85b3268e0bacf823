// Functions in C++ (runtimes/cpp), built with the server, deployed as provided.al2023.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { BatchWriteItemCommand, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { AddPermissionCommand, CreateFunctionCommand, CreateFunctionUrlConfigCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { invoke, role } from './support/functions.mjs';
import { fetchText, open } from './support/http.mjs';
import { binary, startServer, within } from './support/server.mjs';

const built = join(dirname(binary), '..');
const probe = readFileSync(join(built, 'runtimes/cpp/test/cpp_probe.zip'));
const scan = readFileSync(join(built, 'examples/cpp-scan/cpp_scan.zip'));

let dynamodb, lambda;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
});

async function deploy(FunctionName, ZipFile, env = {}, more = {}) {
  await lambda.send(
    new CreateFunctionCommand({ FunctionName, Runtime: 'provided.al2023', Handler: 'bootstrap', Role: role, Timeout: 10, Code: { ZipFile }, Environment: { Variables: env }, ...more }),
  );
  return FunctionName;
}

async function urlOf(FunctionName) {
  await lambda.send(new AddPermissionCommand({ FunctionName, StatementId: 'public', Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' }));
  return (await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }))).FunctionUrl;
}

// What a handler waits at; opened once for each time it comes by.
async function makeGate() {
  const waiting = [];
  const takers = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const taker = takers.shift();
    if (taker) taker(socket);
    else waiting.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return {
    port: server.address().port,
    async pass() {
      const socket = waiting.shift() ?? (await within(20, 'handler at the gate', new Promise((resolve) => takers.push(resolve))));
      socket.end('x');
    },
  };
}

test('a buffered function: event, context, environment', async () => {
  const name = await deploy('cpp-buffered', probe, {}, { MemorySize: 256 });
  const ClientContext = Buffer.from('{"custom":{"a":"b"}}').toString('base64');
  const first = await invoke(lambda, name, { text: 'ünïcode "quoted"' }, { ClientContext });
  assert.equal(first.error, undefined);
  assert.deepEqual(first.payload.event, { text: 'ünïcode "quoted"' });
  assert.equal(first.payload.function, name);
  assert.equal(first.payload.memory, 256);
  assert.equal(first.payload.arn, `arn:aws:lambda:us-east-1:000000000000:function:${name}`);
  assert.equal(first.payload.client, '{"custom":{"a":"b"}}');
  assert.equal(first.payload.initialization, 'on-demand');
  assert.ok(first.payload.remaining > 8000 && first.payload.remaining <= 10000, String(first.payload.remaining));
  const again = await invoke(lambda, name, { large: 3_000_000 }, { LogType: 'Tail' });
  assert.equal(again.payload.length, 3_000_000);
  assert.doesNotMatch(again.log, /Init Duration/, 'the same sandbox');
});

test('what a buffered function throws', async () => {
  const name = await deploy('cpp-throws', probe);
  const { error, payload, log } = await invoke(lambda, name, { print: 'about to fail', throw: 'told to' }, { LogType: 'Tail' });
  assert.equal(error, 'Unhandled');
  assert.deepEqual(payload, { errorType: 'Mine', errorMessage: 'told to', stackTrace: [] });
  assert.match(log, /about to fail/);
  const after = await invoke(lambda, name, { fine: true });
  assert.deepEqual(after.payload.event, { fine: true });
});

test('a function that ends or crashes while it runs', async () => {
  const name = await deploy('cpp-crashes', probe);
  const exits = await invoke(lambda, name, { exit: 3 });
  assert.equal(exits.error, 'Unhandled');
  assert.equal(exits.payload.errorType, 'Runtime.ExitError');
  assert.match(exits.payload.errorMessage, /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/);
  const aborts = await invoke(lambda, name, { abort: true });
  assert.match(aborts.payload.errorMessage, /Runtime exited with error: signal: aborted/);
  assert.deepEqual((await invoke(lambda, name, { fine: true })).payload.event, { fine: true }, 'another sandbox');
});

test('an init error is the one that the function reports', async () => {
  const name = await deploy('cpp-init', probe, { PROBE: 'init' });
  for (let i = 0; i < 5; i++) {
    const { error, payload } = await invoke(lambda, name);
    assert.equal(error, 'Unhandled');
    assert.deepEqual(payload, { errorType: 'NotConfigured', errorMessage: 'the probe was told so', stackTrace: [] });
  }
});

test('InvokeWithResponseStream: each write arrives before the next is made', async () => {
  const name = await deploy('cpp-stream', probe, { PROBE: 'stream' });
  const gate = await makeGate();
  const { EventStream } = await lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName: name, Payload: JSON.stringify({ write: ['one', 'two', 'three'], gate: gate.port }) }),
  );
  const pieces = [];
  let complete;
  for await (const event of EventStream) {
    if (event.PayloadChunk) {
      pieces.push(Buffer.from(event.PayloadChunk.Payload).toString());
      await gate.pass(); // the handler is held until its last write has come
    }
    complete = event.InvokeComplete ?? complete;
  }
  assert.deepEqual(pieces, ['one', 'two', 'three']);
  assert.equal(complete.ErrorCode, undefined);
});

test('an error after the first byte of a stream', async () => {
  const name = await deploy('cpp-stream-breaks', probe, { PROBE: 'stream' });
  const read = async (event) => {
    const { EventStream } = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
    let text = '';
    let complete;
    for await (const { PayloadChunk, InvokeComplete } of EventStream) {
      if (PayloadChunk) text += Buffer.from(PayloadChunk.Payload);
      complete = InvokeComplete ?? complete;
    }
    return { text, complete };
  };
  const broken = await read({ write: ['some'], break: 'half way' });
  assert.equal(broken.text, 'some');
  assert.equal(broken.complete.ErrorCode, 'Unhandled');
  assert.deepEqual(JSON.parse(broken.complete.ErrorDetails), { errorType: 'Broken', errorMessage: 'half way', stackTrace: [] });
  assert.equal((await read({ write: ['fine'] })).text, 'fine', 'and goes on');
  assert.equal((await read({ count: 2000, size: 10_000 })).text.length, 20_000_000);
});

test('a function URL that streams: status, headers, cookies, bytes as they come', async () => {
  const url = await urlOf(await deploy('cpp-url', probe, { PROBE: 'stream' }));
  const gate = await makeGate();
  const answer = await open(`${url}?gate=${gate.port}`, { method: 'POST', body: 'hällo', headers: { 'content-type': 'text/plain' } });
  assert.equal(answer.status, 202);
  assert.equal(answer.headers['content-type'], 'text/plain');
  assert.equal(answer.headers['x-method'], 'POST');
  assert.deepEqual(answer.headers['set-cookie'], ['seen=yes']);
  await answer.exactly('body: hällo');
  await gate.pass(); // only now does the handler go on
  assert.equal(await answer.text(), ', and the rest');
  const cut = await open(`${url}?fail=1`, { method: 'POST', body: 'x' });
  await assert.rejects(cut.text(), /aborted|ECONNRESET/);
});

test('examples/cpp-scan streams a table', async () => {
  const url = await urlOf(await deploy('cpp-scan', scan));
  await dynamodb.send(
    new CreateTableCommand({ TableName: 'cities', BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }),
  );
  for (let from = 0; from < 100; from += 25) {
    const puts = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: { id: { N: String(from + i) }, name: { S: `city ${from + i}` }, tags: { SS: ['a', 'b'] }, more: { M: { x: { L: [{ BOOL: true }, { NULL: true }] } } } } } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { cities: puts } }));
  }
  const { status, headers, body } = await fetchText(`${url}?table=cities&page=7`);
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/x-ndjson');
  const rows = body.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(rows.map((row) => row.id).sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(rows.find((row) => row.id === 5), { id: 5, name: 'city 5', tags: ['a', 'b'], more: { x: [true, null] } });
  assert.equal((await fetchText(`${url}?table=none`)).status, 404);
  assert.equal((await fetchText(`${url}?table=cities&page=0`)).status, 400);
});

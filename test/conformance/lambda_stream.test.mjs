// InvokeWithResponseStream: chunks as they are written, errors on the way, the end.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';

import { lambdaClient } from './support/clients.mjs';
import { makeFunction } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, reports;
before(async () => {
  lambda = lambdaClient(await startServer());
  reports = await openReports();
});

const streaming = (body) => `${reportSource} exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`;

async function open(source, event = {}, { LogType, ...more } = {}) {
  const { FunctionName } = await makeFunction(lambda, source, { env: reports.env, ...more });
  const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event), LogType }));
  return { answer, events: answer.EventStream[Symbol.asyncIterator]() };
}

// The whole of it: the text, and InvokeComplete's members.
async function all(source, event, more) {
  const { answer, events } = await open(source, event, more);
  let text = '';
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error('the stream ended without InvokeComplete');
    if (value.PayloadChunk) text += Buffer.from(value.PayloadChunk.Payload).toString();
    if (value.InvokeComplete) return { ...value.InvokeComplete, text, answer };
  }
}

async function read(events, wanted) {
  let text = '';
  while (text.length < wanted.length) text += Buffer.from((await events.next()).value.PayloadChunk.Payload).toString();
  assert.equal(text, wanted);
}

test('each write arrives before the next is made', async () => {
  const { answer, events } = await open(streaming(`for (const word of ['one', 'two', 'three']) { stream.write(word); await report('written', word); } stream.end();`));
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.ResponseStreamContentType, 'application/vnd.amazon.eventstream');
  for (const word of ['one', 'two', 'three']) {
    await read(events, word); // the handler is held at its report until this has arrived
    (await reports.take()).reply();
  }
  const { value } = await events.next();
  assert.ok(value.InvokeComplete);
  assert.equal(value.InvokeComplete.ErrorCode, undefined);
  assert.equal((await events.next()).done, true);
});

test('a buffered function answers in one piece', async () => {
  const { text, ErrorCode } = await all('exports.handler = async (event) => ({ n: event.n });', { n: 1 });
  assert.equal(text, '{"n":1}');
  assert.equal(ErrorCode, undefined);
});

test('the metadata of an HTTP answer goes before the body, as it is', async () => {
  const { text } = await all(streaming(`const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } }); http.write('body'); http.end();`));
  const [metadata, body] = text.split('\0'.repeat(8));
  assert.deepEqual(JSON.parse(metadata), { statusCode: 201, headers: { a: 'b' } });
  assert.equal(body, 'body');
});

test('what is no text is written as JSON, pipelines work, bytes stay as they are', async () => {
  assert.equal((await all(streaming(`stream.write([{ id: 1 }]); stream.write({ a: 2 }); stream.end('end');`))).text, '[{"id":1}]{"a":2}end');
  const piped = streaming(`await require('node:stream/promises').pipeline(require('node:stream').Readable.from(['a', 'b', 'c']), stream);`);
  assert.equal((await all(piped)).text, 'abc');
  const { events } = await open(streaming(`stream.write(Buffer.from([0, 255, 254, 10])); stream.end();`));
  assert.deepEqual([...(await events.next()).value.PayloadChunk.Payload], [0, 255, 254, 10]);
});

test('an error in mid-stream is told at the end', async () => {
  const { text, ErrorCode, ErrorDetails } = await all(streaming(`stream.write('some'); await report('written'); throw new TypeError('broke');`).replace("await report('written');", ''));
  assert.equal(text, 'some');
  assert.match(ErrorCode, /^(TypeError|Unhandled)$/);
  assert.match(ErrorDetails, /broke/);
});

test('an error before the first byte is told as well', async () => {
  const { text, ErrorCode, ErrorDetails } = await all(streaming(`throw new RangeError('at once');`));
  assert.equal(text, '');
  assert.match(ErrorCode, /^(RangeError|Unhandled)$/);
  assert.match(ErrorDetails, /at once/);
});

test('a timeout ends the stream with an error', async () => {
  const { text, ErrorDetails, ErrorCode } = await all(streaming(`stream.write('begun'); await new Promise(() => setTimeout(() => {}, 1e6));`), {}, { Timeout: 1 });
  assert.equal(text, 'begun');
  assert.match(`${ErrorCode} ${ErrorDetails}`, /timed out after 1\.00 seconds|Sandbox\.Timedout/);
});

test('the log is given when it is asked for', async () => {
  const { LogResult } = await all(streaming(`console.log('in the log'); stream.end('x');`), {}, { LogType: 'Tail' });
  assert.match(Buffer.from(LogResult, 'base64').toString(), /in the log[\s\S]*REPORT RequestId/);
});

test('40 MB pass, which no buffered answer could', async () => {
  const { events } = await open(streaming(`const block = Buffer.alloc(1 << 20, 'x'); for (let i = 0; i < 40; i++) if (!stream.write(block)) await require('node:events').once(stream, 'drain'); stream.end();`), {}, { Timeout: 60 });
  let bytes = 0;
  for (let step = await events.next(); !step.done; step = await events.next()) {
    bytes += step.value.PayloadChunk?.Payload.length ?? 0;
    if (step.value.InvokeComplete) assert.equal(step.value.InvokeComplete.ErrorCode, undefined);
  }
  assert.equal(bytes, 40 << 20);
});

test('a handler that is not async may not stream', async () => {
  const { ErrorDetails } = await all('exports.handler = awslambda.streamifyResponse((event, stream) => 1);');
  assert.match(ErrorDetails, /Streaming does not support non-async handlers/);
});

test('a client that leaves ends the work', async () => {
  const controller = new AbortController();
  const { FunctionName } = await makeFunction(
    lambda,
    streaming(`stream.write('first'); await report('held', process.pid); stream.write('second'); await report('went on'); stream.end();`),
    { env: reports.env, Timeout: 60 },
  );
  const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: '{}' }), { abortSignal: controller.signal });
  const events = answer.EventStream[Symbol.asyncIterator]();
  await read(events, 'first');
  const held = await reports.take();
  controller.abort();
  await events.next().catch(() => {});
  await events.return?.().catch?.(() => {});
  // The sandbox is ended: its connection to this test closes although nobody answered it.
  await held.gone;
  assert.ok(!reports.all.some((r) => r.name === 'went on'));
});

// Function URLs that stream: every write arrives before the next is made, back-pressure, clients that leave, errors on the way.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { lambdaClient } from './support/clients.mjs';
import { makeUrl } from './support/functions.mjs';
import { fetchText, open } from './support/http.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, reports, server;
before(async () => {
  server = await startServer();
  lambda = lambdaClient(server);
  reports = await openReports();
});

const streaming = (body) => `${reportSource} exports.handler = awslambda.streamifyResponse(async (event, stream) => { ${body} });`;
const urlOf = async (body, more = {}) => (await makeUrl(lambda, streaming(body), { InvokeMode: 'RESPONSE_STREAM', env: reports.env, ...more })).url;

test('each write is at the client before the next is made', async () => {
  const words = ['alpha', 'beta', 'gamma', 'delta'];
  const url = await urlOf(`
    const http = awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers: { 'Content-Type': 'text/words', 'X-Mine': 'yes' }, cookies: ['a=1'] });
    for (const word of ${JSON.stringify(words)}) { http.write(word); await report('written'); }
    http.end();`);
  const answer = await open(url);
  assert.equal(answer.status, 203);
  assert.equal(answer.headers['content-type'], 'text/words');
  assert.equal(answer.headers['x-mine'], 'yes');
  assert.deepEqual(answer.headers['set-cookie'], ['a=1']);
  assert.equal(answer.headers['transfer-encoding'], 'chunked');
  for (const word of words) {
    assert.equal(await answer.exactly(word), word); // the handler is held until this has come
    (await reports.take()).reply();
  }
  assert.equal(await answer.next(), undefined);
});

test('a stream without metadata is 200 and bytes', async () => {
  const { status, headers, body } = await fetchText(await urlOf(`stream.write('a'); stream.end('b');`));
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/octet-stream');
  assert.equal(body, 'ab');
});

test('a content type that is set before the first write', async () => {
  const { headers } = await fetchText(await urlOf(`stream.setContentType('text/html'); stream.write('a'); stream.end();`));
  assert.equal(headers['content-type'], 'text/html');
});

test('quirks of HttpResponseStream', async (t) => {
  await t.test('ended without a write: 200, bytes, empty', async () => {
    const { status, headers, body } = await fetchText(await urlOf(`awslambda.HttpResponseStream.from(stream, { statusCode: 404 }).end();`));
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.equal(body, '');
  });
  await t.test('an empty write sends the metadata', async () => {
    const { status } = await fetchText(await urlOf(`const http = awslambda.HttpResponseStream.from(stream, { statusCode: 404 }); http.write(''); http.end();`));
    assert.equal(status, 404);
  });
  await t.test('ended with text and no write: 502', async () => {
    const { status } = await fetchText(await urlOf(`awslambda.HttpResponseStream.from(stream, { statusCode: 200 }).end('text');`));
    assert.equal(status, 502);
  });
});

test('an error before the first byte is a 502', async () => {
  const { status } = await fetchText(await urlOf(`throw new Error('early');`));
  assert.equal(status, 502);
});

test('an error in mid-stream cuts the body', async () => {
  const answer = await open(await urlOf(`stream.write('some'); await report('written'); throw new Error('late');`));
  assert.equal(answer.status, 200);
  assert.equal(await answer.exactly('some'), 'some');
  (await reports.take()).reply();
  await assert.rejects(answer.text(), /aborted|ECONNRESET/);
});

test('a crash in mid-stream cuts the body', async () => {
  const answer = await open(await urlOf(`stream.write('some'); await report('written'); process.exit(1);`));
  assert.equal(await answer.exactly('some'), 'some');
  (await reports.take()).reply();
  await assert.rejects(answer.text(), /aborted|ECONNRESET/);
});

test('a timeout in mid-stream cuts the body', async () => {
  const answer = await open(await urlOf(`stream.write('some'); await new Promise(() => setTimeout(() => {}, 1e6));`, { Timeout: 1 }));
  assert.equal(await answer.exactly('some'), 'some');
  await assert.rejects(answer.text(), /aborted|ECONNRESET/);
});

test('a client that goes away ends the work', async () => {
  const answer = await open(await urlOf(`stream.write('first'); await report('held'); await report('went on');`, { Timeout: 60 }));
  assert.equal(await answer.exactly('first'), 'first');
  const held = await reports.take();
  answer.response.destroy();
  await held.gone; // the sandbox was ended while the handler was held
  assert.ok(!reports.all.some((r) => r.name === 'went on'));
});

test('a slow client slows the function', async () => {
  // The handler counts what it could write without waiting; the client reads nothing until then.
  const url = await urlOf(
    `const block = Buffer.alloc(64 << 10, 'x'); let written = 0;
     while (written < (200 << 20) && stream.write(block)) written += block.length;
     await report('full', written);
     while (written < (64 << 20)) { if (!stream.write(block)) await require('node:events').once(stream, 'drain'); written += block.length; }
     stream.end();`,
    { Timeout: 60 },
  );
  const answer = await open(url);
  answer.response.pause();
  const full = await reports.take();
  assert.ok(full.value < 64 << 20, `the function wrote ${full.value} bytes that nobody read`);
  full.reply();
  answer.response.resume();
  let bytes = 0;
  for await (const chunk of answer.response) bytes += chunk.length;
  assert.ok(bytes >= 64 << 20);
});

test('200 MB pass in flat memory', async () => {
  const url = await urlOf(
    `const block = Buffer.alloc(1 << 20, 'x');
     for (let i = 0; i < 200; i++) if (!stream.write(block)) await require('node:events').once(stream, 'drain');
     stream.end();`,
    { Timeout: 120 },
  );
  const before = server.memory('VmHWM');
  let bytes = 0;
  for await (const chunk of (await open(url)).response) bytes += chunk.length;
  assert.equal(bytes, 200 << 20);
  const grown = (server.memory('VmHWM') - before) / 1024;
  assert.ok(grown < 16, `the server grew by ${grown.toFixed(1)} MB`);
});

test('a client that reads nothing does not fill the server', async () => {
  const url = await urlOf(
    `const block = Buffer.alloc(1 << 20, 'x'); stream.write(block); await report('begun');
     const stop = report('stop').then(() => { stream.destroyed || (stopped = true); }); let stopped = false;
     for (let i = 0; i < 100 && !stopped; i++) if (!stream.write(block)) await Promise.race([require('node:events').once(stream, 'drain'), stop]);
     stream.end();`,
    { Timeout: 60 },
  );
  const before = server.memory('VmHWM');
  const answer = await open(url);
  answer.response.pause();
  (await reports.take()).reply();
  const stop = await reports.take(); // the handler has asked to be stopped and writes as fast as it may meanwhile
  assert.ok(server.memory('VmHWM') - before < 16 * 1024);
  answer.response.destroy();
  stop.reply();
});

test('a buffered handler behind a streaming URL answers as it would', async () => {
  const { url } = await makeUrl(lambda, 'exports.handler = async () => ({ statusCode: 200, body: "x" });', { InvokeMode: 'RESPONSE_STREAM' });
  const { status, body } = await fetchText(url);
  assert.equal(status, 200);
  assert.match(body, /x/);
});

test('a streaming handler behind a buffered URL is collected', async () => {
  const { url } = await makeUrl(lambda, streaming(`stream.write('a'); stream.end('b');`), { env: reports.env });
  const { status, body } = await fetchText(url);
  assert.equal(status, 200);
  assert.equal(body, 'ab');
});

test('twenty streams at once', async () => {
  const url = await urlOf(`for (let i = 0; i < 20; i++) stream.write(event.rawQueryString + ';'); stream.end();`);
  const bodies = await Promise.all(Array.from({ length: 20 }, (_, i) => fetchText(`${url}?n=${i}`)));
  for (const [i, { body }] of bodies.entries()) assert.equal(body, `n=${i};`.repeat(20));
});

// Function URLs that answer at once: what the handler is given (payload 2.0), what its answers become, CORS, who may call.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { CreateFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';

import { lambdaClient } from './support/clients.mjs';
import { makeFunction, makeUrl } from './support/functions.mjs';
import { fetchText } from './support/http.mjs';
import { startServer } from './support/server.mjs';

let lambda, server;
before(async () => {
  server = await startServer();
  lambda = lambdaClient(server);
});

const answering = (answer) => `exports.handler = async () => (${JSON.stringify(answer)});`;
const fetchOf = async (source, options, settings) => fetchText((await makeUrl(lambda, source, settings)).url, options);

test('the handler is given payload version 2.0', async () => {
  const { url } = await makeUrl(lambda, 'exports.handler = async (event) => event;');
  const { status, headers, body } = await fetchText(`${url}some/path%20here?a=1&b=two%20words&a=3&empty=`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain', 'X-Mine': 'yes', Cookie: 'c1=v1; c2=v2', 'User-Agent': 'tester' },
    body: 'the body',
  });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  const event = JSON.parse(body);
  assert.equal(event.version, '2.0');
  assert.equal(event.routeKey, '$default');
  assert.equal(event.rawPath.endsWith('/some/path here') || event.rawPath.endsWith('/some/path%20here'), true);
  assert.equal(event.rawQueryString, 'a=1&b=two%20words&a=3&empty=');
  assert.deepEqual(event.queryStringParameters, { a: '1,3', b: 'two words', empty: '' });
  assert.equal(event.headers['x-mine'], 'yes');
  assert.deepEqual(event.cookies, ['c1=v1', 'c2=v2']);
  assert.equal(event.body, 'the body');
  assert.equal(event.isBase64Encoded, false);
  const { http, stage, time, timeEpoch, requestId, apiId, accountId, domainName, domainPrefix, routeKey } = event.requestContext;
  assert.equal(http.method, 'POST');
  assert.equal(http.protocol, 'HTTP/1.1');
  assert.equal(http.sourceIp, '127.0.0.1');
  assert.equal(http.userAgent, 'tester');
  assert.equal(stage, '$default');
  assert.equal(routeKey, '$default');
  assert.match(time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  assert.ok(Math.abs(timeEpoch - Date.now()) < 60_000);
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.equal(domainPrefix, apiId);
  assert.ok(domainName.startsWith(apiId));
  assert.equal(accountId, 'anonymous');
});

test('a body of bytes comes as base64', async () => {
  const { url } = await makeUrl(lambda, 'exports.handler = async (event) => [event.isBase64Encoded, event.body];');
  const { body } = await fetchText(url, { method: 'PUT', headers: { 'Content-Type': 'application/octet-stream' }, body: Buffer.from([0, 255, 1]) });
  assert.deepEqual(JSON.parse(body), [true, 'AP8B']);
  const none = await fetchText(url);
  assert.deepEqual(JSON.parse(none.body), [false, null].slice(0, JSON.parse(none.body).length));
});

test('answers become HTTP', async (t) => {
  await t.test('with a status code: status, headers, cookies, body', async () => {
    const { status, headers, body } = await fetchOf(answering({ statusCode: 418, headers: { 'Content-Type': 'text/tea', 'X-Pot': 'short' }, cookies: ['a=1; Path=/', 'b=2'], body: 'tea' }));
    assert.equal(status, 418);
    assert.equal(headers['content-type'], 'text/tea');
    assert.equal(headers['x-pot'], 'short');
    assert.deepEqual(headers['set-cookie'], ['a=1; Path=/', 'b=2']);
    assert.equal(body, 'tea');
    assert.match(headers['x-amzn-requestid'], /^[0-9a-f-]{36}$/);
  });
  await t.test('base64', async () => {
    const { body } = await fetchOf(answering({ statusCode: 200, body: Buffer.from('bytes').toString('base64'), isBase64Encoded: true }));
    assert.equal(body, 'bytes');
  });
  await t.test('without a status code: the JSON itself', async () => {
    const { status, headers, body } = await fetchOf(answering({ hello: 'world' }));
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(body), { hello: 'world' });
  });
  await t.test('a bare text', async () => {
    const { status, headers, body } = await fetchOf(answering('just text'));
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body, 'just text');
  });
  await t.test('a status and nothing else', async () => {
    const { status, body } = await fetchOf(answering({ statusCode: 201 }));
    assert.equal(status, 201);
    assert.equal(body, '');
  });
  await t.test('an error is a 502', async () => {
    const { status, body } = await fetchOf('exports.handler = async () => { throw new Error("secret"); };');
    assert.equal(status, 502);
    assert.equal(body, 'Internal Server Error');
  });
  await t.test('a timeout is a 502 or 504', async () => {
    const { status } = await fetchOf('exports.handler = () => new Promise(() => setTimeout(() => {}, 1e6));', {}, { Timeout: 1 });
    assert.ok([502, 504].includes(status));
  });
  await t.test('HEAD has no body', async () => {
    const { status, body } = await fetchOf(answering({ statusCode: 200, body: 'text' }), { method: 'HEAD' });
    assert.equal(status, 200);
    assert.equal(body, '');
  });
  await t.test('more than 6 MB is a 502', async () => {
    const { status } = await fetchOf('exports.handler = async () => "x".repeat(6291557);');
    assert.equal(status, 502);
  });
});

test('a body of 6 MB goes in, one of more does not', async () => {
  const { url } = await makeUrl(lambda, 'exports.handler = async (event) => event.body.length;');
  const send = (bytes) => fetchText(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'x'.repeat(bytes) });
  assert.equal((await send(6_000_000)).body, '6000000');
  assert.equal((await send(6_500_000)).status, 413);
});

test('the name that AWS would give works as a Host header', async () => {
  const { url } = await makeUrl(lambda, answering('here'));
  const id = /[a-z0-9]{32}/.exec(url)[0];
  const { status, body } = await fetchText(server.url, { headers: { Host: `${id}.lambda-url.us-east-1.on.aws` } });
  assert.equal(status, 200);
  assert.equal(body, 'here');
});

test('without a permission nobody is let in', async () => {
  const { FunctionName } = await makeFunction(lambda, answering('secret'));
  const { FunctionUrl } = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
  const { status, body } = await fetchText(FunctionUrl);
  assert.equal(status, 403);
  assert.doesNotMatch(body, /secret/);
});

test('CORS: the preflight is answered without the function, answers carry the headers', async () => {
  const Cors = {
    AllowOrigins: ['https://good.example'],
    AllowMethods: ['GET', 'PUT'],
    AllowHeaders: ['x-one', 'x-two'],
    ExposeHeaders: ['x-shown'],
    AllowCredentials: true,
    MaxAge: 300,
  };
  const { url } = await makeUrl(lambda, 'exports.handler = async () => { throw new Error("must not run for a preflight"); };', { Cors });
  const preflight = (Origin, method = 'PUT') =>
    fetchText(url, { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'x-one' } });
  const good = await preflight('https://good.example');
  assert.equal(good.status, 200);
  assert.equal(good.headers['access-control-allow-origin'], 'https://good.example');
  assert.deepEqual(good.headers['access-control-allow-methods'].split(/, */), ['GET', 'PUT']);
  assert.deepEqual(good.headers['access-control-allow-headers'].toLowerCase().split(/, */), ['x-one', 'x-two']);
  assert.equal(good.headers['access-control-allow-credentials'], 'true');
  assert.equal(good.headers['access-control-max-age'], '300');
  assert.equal((await preflight('https://evil.example')).headers['access-control-allow-origin'], undefined);

  const ok = await makeUrl(lambda, answering({ statusCode: 200, body: 'x' }), { Cors });
  const { headers } = await fetchText(ok.url, { headers: { Origin: 'https://good.example' } });
  assert.equal(headers['access-control-allow-origin'], 'https://good.example');
  assert.equal(headers['access-control-expose-headers'], 'x-shown');
  assert.equal(headers['access-control-allow-credentials'], 'true');
});

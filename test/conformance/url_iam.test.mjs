// Function URLs with AWS_IAM: only requests that carry a valid signature are let in.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

import { lambdaClient } from './support/clients.mjs';
import { makeUrl } from './support/functions.mjs';
import { fetchText } from './support/http.mjs';
import { newServer } from './support/server.mjs';

const caller = 'exports.handler = async (event) => event.requestContext.authorizer?.iam ?? null;';
let url, server, keys;
before(async () => {
  // The first access key is shown once, at the first start with --auth=enforce.
  server = newServer({ args: ['--auth=enforce'] });
  await server.start();
  keys = await server.firstKey();
  ({ url } = await makeUrl(lambdaClient(server, { credentials: keys }), caller, { AuthType: 'AWS_IAM' }));
});

async function signed({ at = url, credentials = keys, service = 'lambda', body, change = () => {}, presign = false, date } = {}) {
  const { hostname, port, pathname } = new URL(at);
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service, sha256: Sha256 });
  const request = new HttpRequest({
    protocol: 'http:',
    method: body === undefined ? 'GET' : 'POST',
    hostname,
    port: Number(port),
    path: pathname,
    query: { a: 'b c' },
    headers: { host: `${hostname}:${port}`, ...(body !== undefined && { 'content-type': 'text/plain' }) },
    body,
  });
  const ready = presign ? await signer.presign(request, { expiresIn: 60, signingDate: date }) : await signer.sign(request, { signingDate: date });
  change(ready);
  const query = Object.entries(ready.query).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&');
  return fetchText(`http://${hostname}:${port}${ready.path}?${query}`, { method: ready.method, headers: ready.headers, body: ready.body });
}

test('a signed request is let in, and the handler is told who', async () => {
  const { status, body } = await signed();
  assert.equal(status, 200);
  assert.equal(JSON.parse(body).accessKey, keys.accessKeyId);
  assert.equal(JSON.parse(body).accountId, '000000000000');
});

test('a signed body and a presigned URL', async () => {
  assert.equal((await signed({ body: 'text that is signed' })).status, 200);
  assert.equal((await signed({ presign: true })).status, 200);
});

test('everything else is a 403', async (t) => {
  const attempts = {
    'no signature': () => fetchText(url),
    'a wrong secret': () => signed({ credentials: { ...keys, secretAccessKey: 'x'.repeat(40) } }),
    'an unknown key': () => signed({ credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: keys.secretAccessKey } }),
    'a signature for another service': () => signed({ service: 'execute-api' }),
    'another body than was signed': () => signed({ body: 'one', change: (r) => { r.body = 'two'; } }),
    'another query than was signed': () => signed({ change: (r) => { r.query.a = 'other'; } }),
    'a signature of an hour ago': () => signed({ date: new Date(Date.now() - 3_600_000) }),
    'a presigned URL that has expired': () => signed({ presign: true, date: new Date(Date.now() - 120_000) }),
  };
  for (const [name, attempt] of Object.entries(attempts)) await t.test(name, async () => assert.equal((await attempt()).status, 403));
});

test('it holds on loopback without --auth=enforce too, with the first key of the folder', async () => {
  const open = newServer();
  await open.start();
  const { url: other } = await makeUrl(lambdaClient(open), caller, { AuthType: 'AWS_IAM' });
  assert.equal((await fetchText(other)).status, 403);
  const first = await open.firstKey();
  assert.equal((await signed({ at: other, credentials: first })).status, 200);
});

'use strict';
const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const { redirectAws } = require('../lib/endpoint');

test('requests to AWS hosts reach the endpoint with their Host, others go where they say', async (t) => {
  const seen = [];
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.end('ok');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const port = server.address().port;
  redirectAws(`http://127.0.0.1:${port}`);
  const finished = (request) => new Promise((resolve, reject) => request.on('response', (r) => r.resume().on('end', resolve)).on('error', reject));
  await finished(https.get('https://s3.eu-west-1.amazonaws.com/bucket/key?a=1'));
  await finished(https.request({ hostname: 'sqs.us-east-1.amazonaws.com', port: 443, path: '/q', method: 'PUT' }).end());
  await finished(https.request(new URL('https://kinesis.us-east-1.amazonaws.com/'), { method: 'POST' }).end('x'));
  await finished(http.get(`http://127.0.0.1:${port}/plain`));
  assert.deepStrictEqual(seen, [
    'GET s3.eu-west-1.amazonaws.com /bucket/key?a=1',
    'PUT sqs.us-east-1.amazonaws.com /q',
    'POST kinesis.us-east-1.amazonaws.com /',
    `GET 127.0.0.1:${port} /plain`,
  ]);
});

// Requests that no SDK would make: malformed bodies, wrong types, unknown targets. Each gets AWS's error; the server goes on.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { fetchText } from './support/http.mjs';
import { startServer } from './support/server.mjs';
import { crc32 } from './support/zip.mjs';

let server;
before(async () => {
  server = await startServer();
});

const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';
const headersOf = (target) => ({
  'Content-Type': 'application/x-amz-json-1.0',
  'X-Amz-Target': target,
  'X-Amz-Date': '20260101T000000Z',
  Authorization: authorization,
});
const ask = (operation, body, headers = {}) =>
  fetchText(server.url, { method: 'POST', headers: { ...headersOf(`DynamoDB_20120810.${operation}`), ...headers }, body });

// The error's short name; what DynamoDB sends before the '#' is checked here.
function errorOf({ body }) {
  const error = JSON.parse(body);
  return { name: error.__type.split('#').at(-1), type: error.__type, message: error.message ?? error.Message };
}

test('every answer has a request id and a checksum that is right', async () => {
  for (const [operation, body] of [['ListTables', '{}'], ['DescribeTable', '{"TableName":"nowhere"}'], ['ListTables', '{']]) {
    const answer = await ask(operation, body);
    assert.match(answer.headers['x-amzn-requestid'], /^[A-Z0-9]{52}$|^[0-9a-f-]{36}$/);
    assert.equal(answer.headers['x-amz-crc32'], String(crc32(Buffer.from(answer.body))));
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.0');
    assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.body));
  }
});

test('bodies that are no JSON', async (t) => {
  const bodies = { 'nothing': '', 'half an object': '{"TableName":', 'a list': '[]', 'text': '"text"', 'two objects': '{}{}', 'bytes': '\u0000\u0001', 'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) };
  for (const [name, body] of Object.entries(bodies)) {
    await t.test(name, async () => {
      const answer = await ask('DescribeTable', body);
      assert.equal(answer.status, 400);
      assert.match(errorOf(answer).name, /^(SerializationException|ValidationException)$/);
    });
  }
});

test('JSON that nests without end is refused, not followed', async () => {
  const depth = 100_000;
  const answer = await ask('PutItem', `{"TableName":"nowhere","Item":{"a":${'{"L":['.repeat(depth)}${']}'.repeat(depth)}}}`);
  assert.equal(answer.status, 400);
});

test('members of another type', async (t) => {
  const bodies = {
    'a number for a name': ['DescribeTable', '{"TableName":7}'],
    'text for a limit': ['Scan', '{"TableName":"abc","Limit":"ten"}'],
    'text for a flag': ['GetItem', '{"TableName":"abc","Key":{},"ConsistentRead":"perhaps"}'],
    'a list for a map': ['PutItem', '{"TableName":"abc","Item":[]}'],
    'a value of two types': ['PutItem', '{"TableName":"abc","Item":{"a":{"S":"x","N":"1"}}}'],
    'a value of no type': ['PutItem', '{"TableName":"abc","Item":{"a":{}}}'],
    'bytes that are no base64': ['PutItem', '{"TableName":"abc","Item":{"a":{"B":"%%%"}}}'],
  };
  for (const [name, [operation, body]] of Object.entries(bodies)) {
    await t.test(name, async () => {
      const answer = await ask(operation, body);
      assert.equal(answer.status, 400);
      assert.match(errorOf(answer).name, /^(SerializationException|ValidationException)$/, answer.body);
    });
  }
});

test('members that are missing are named as AWS names them', async () => {
  const { name, type, message } = errorOf(await ask('DescribeTable', '{}'));
  assert.equal(name, 'ValidationException');
  assert.equal(type, 'com.amazon.coral.validate#ValidationException');
  assert.match(message, /TableName|tableName/);
  const several = errorOf(await ask('PutItem', '{"TableName":"a","ReturnValues":"EVERYTHING"}'));
  assert.match(several.message, /^\d validation errors? detected: |The parameter/);
});

test('members that nobody knows are passed over', async () => {
  assert.equal((await ask('ListTables', '{"Unknown":{"deep":[1,2]}}')).status, 200);
});

test('targets that nobody knows', async () => {
  const operation = await ask('MakeCoffee', '{}');
  assert.equal(operation.status, 400);
  assert.equal(errorOf(operation).name, 'UnknownOperationException');
  const service = await fetchText(server.url, { method: 'POST', headers: headersOf('Coffee_20120810.Make'), body: '{}' });
  assert.ok([400, 404].includes(service.status), String(service.status));
  const none = await fetchText(server.url, { method: 'POST', headers: { ...headersOf('x'), 'X-Amz-Target': '' }, body: '{}' });
  assert.ok([400, 404].includes(none.status), String(none.status));
});

test('an operation of the model that is not there says so', async () => {
  const answer = await ask('ListBulkOperations', '{}');
  assert.ok(answer.status >= 400);
  assert.match(answer.body, /NotImplemented|not implemented/);
  assert.match(answer.body, /ListBulkOperations/);
});

test('a path and a method that nobody knows', async () => {
  assert.equal((await fetchText(`${server.url}/2015-03-31/no-such-thing`)).status, 404);
  assert.ok([400, 403, 404, 405].includes((await fetchText(`${server.url}/2015-03-31/functions`, { method: 'PATCH' })).status));
});

test('a request without credentials is asked for them', async () => {
  const answer = await ask('ListTables', '{}', { Authorization: '' });
  assert.ok([400, 403].includes(answer.status));
  assert.match(errorOf(answer).name, /^(MissingAuthenticationTokenException|MissingAuthenticationToken|IncompleteSignatureException)$/);
});

test('a broken Authorization header is said to be broken', async () => {
  const answer = await ask('ListTables', '{}', { Authorization: 'AWS4-HMAC-SHA256 nonsense' });
  assert.ok([400, 403].includes(answer.status));
  assert.match(errorOf(answer).name, /^(IncompleteSignatureException|IncompleteSignature|InvalidSignatureException|MissingAuthenticationTokenException)$/);
});

test('Lambda speaks REST: its errors are in a header and a body', async () => {
  const answer = await fetchText(`${server.url}/2015-03-31/functions/nowhere`, { headers: { Authorization: authorization.replace('/dynamodb/', '/lambda/'), 'X-Amz-Date': '20260101T000000Z' } });
  assert.equal(answer.status, 404);
  assert.match(answer.headers['x-amzn-errortype'], /^ResourceNotFoundException/);
  assert.match(JSON.parse(answer.body).Message ?? JSON.parse(answer.body).message, /Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere/);
  const broken = await fetchText(`${server.url}/2015-03-31/functions`, { method: 'POST', headers: { Authorization: authorization.replace('/dynamodb/', '/lambda/'), 'Content-Type': 'application/json' }, body: '{"FunctionName":' });
  assert.equal(broken.status, 400);
});

test('after all of this the server still serves', async () => {
  assert.equal((await ask('ListTables', '{}')).status, 200, 'the server still serves');
});

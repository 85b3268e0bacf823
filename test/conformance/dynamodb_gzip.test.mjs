// Packed bodies, both ways, and the checksum of what was sent.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { before, test } from 'node:test';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';

import { dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let server, client, TableName;
before(async () => {
  server = await startServer();
  client = dynamodbClient(server);
  ({ TableName } = await makeTable(client, 'id:S'));
  await put(client, TableName, { id: { S: 'big' }, text: { S: 'x'.repeat(50_000) } });
});

const table = Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const checksum = (bytes) => (crc32 ? crc32(bytes) : ~bytes.reduce((crc, byte) => table[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) >>> 0);

function ask(operation, body, headers) {
  return new Promise((resolve, reject) => {
    const asking = request(server.url, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-date': '20260101T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
        ...headers,
      },
    });
    asking.on('error', reject);
    asking.on('response', async (response) => {
      const pieces = [];
      for await (const piece of response) pieces.push(piece);
      resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces) });
    });
    asking.end(body);
  });
}
const getBig = () => JSON.stringify({ TableName, Key: { id: { S: 'big' } } });

test('a big answer is packed for who asks, and its checksum is of the packed bytes', async () => {
  const packed = await ask('GetItem', getBig(), { 'accept-encoding': 'gzip' });
  assert.equal(packed.status, 200);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(packed.bytes.length < 5000);
  assert.equal(Number(packed.headers['x-amz-crc32']), checksum(packed.bytes));
  const plain = await ask('GetItem', getBig(), {});
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(Number(plain.headers['x-amz-crc32']), checksum(plain.bytes));
  assert.deepEqual(JSON.parse(gunzipSync(packed.bytes)), JSON.parse(plain.bytes));
});

test('a packed request is understood', async () => {
  const body = JSON.stringify({ TableName, Item: { id: { S: 'packed' }, text: { S: 'y'.repeat(20_000) } } });
  const answer = await ask('PutItem', gzipSync(body), { 'content-encoding': 'gzip' });
  assert.equal(answer.status, 200);
  const { bytes } = await ask('GetItem', gzipSync(JSON.stringify({ TableName, Key: { id: { S: 'packed' } } })), { 'content-encoding': 'gzip' });
  assert.equal(JSON.parse(bytes).Item.text.S.length, 20_000);
});

test('what is no gzip is refused, and what unpacks to too much is as well', async () => {
  const cut = await ask('GetItem', gzipSync(getBig()).subarray(0, 20), { 'content-encoding': 'gzip' });
  assert.equal(cut.status, 400);
  assert.match(cut.bytes.toString(), /SerializationException/);
  const bomb = await ask('GetItem', gzipSync(Buffer.alloc(100 << 20, 0x20)), { 'content-encoding': 'gzip' });
  assert.equal(bomb.status, 413);
});

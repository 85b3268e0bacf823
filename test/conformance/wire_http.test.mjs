// HTTP/1.1 itself, on a bare connection: keep-alive, pipelining, chunks, 100-continue, limits, garbage, halves.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Raw, fetchText } from './support/http.mjs';
import { startServer } from './support/server.mjs';

let server;
before(async () => {
  server = await startServer();
});

const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0000000000000000000000000000000000000000000000000000000000000000';
const head = (more) =>
  `POST / HTTP/1.1\r\nHost: here\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Type: application/x-amz-json-1.0\r\nAuthorization: ${authorization}\r\n${more}\r\n`;
const whole = head('Content-Length: 2\r\n') + '{}';
const raw = async (t) => {
  const connection = await Raw.to(server.url);
  t.after(() => connection.close());
  return connection;
};
const okAnswers = (n) => (received) => received.split('HTTP/1.1 200 OK\r\n').length === n + 1 && received.split('{"TableNames":[]}').length === n + 1;

test('one connection, many requests', async (t) => {
  const connection = await raw(t);
  for (let n = 1; n <= 3; n++) await connection.send(whole).read(okAnswers(n));
});

test('requests sent at once are answered in order', async (t) => {
  const connection = await raw(t);
  const health = 'GET /_millrace/health HTTP/1.1\r\nHost: here\r\n\r\n';
  connection.send((whole + health).repeat(20));
  await connection.read((received) => received.split('HTTP/1.1 200').length === 41 && received.split('"TableNames"').length === 21);
  const kinds = connection.received.split('HTTP/1.1 200').slice(1).map((answer) => answer.includes('TableNames'));
  assert.deepEqual(kinds, Array.from({ length: 40 }, (_, i) => i % 2 === 0));
});

test('a request that comes byte by byte', async (t) => {
  const connection = await raw(t);
  connection.socket.setNoDelay(true);
  for (const byte of whole) connection.send(byte);
  await connection.read(okAnswers(1));
});

test('a chunked body, with trailers and extensions', async (t) => {
  const connection = await raw(t);
  connection.send(head('Transfer-Encoding: chunked\r\n') + '1;name=value\r\n{\r\n1\r\n}\r\n0\r\nX-Trailer: x\r\n\r\n');
  await connection.read(okAnswers(1));
  await connection.send(whole).read(okAnswers(2));
});

test('100-continue comes before the body is sent', async (t) => {
  const connection = await raw(t);
  connection.send(head('Content-Length: 2\r\nExpect: 100-continue\r\n'));
  await connection.read(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  await connection.send('{}').read(okAnswers(1));
});

test('a client that closes its half still gets its answer', async (t) => {
  const connection = await raw(t);
  connection.send(whole);
  connection.socket.end();
  await connection.read(okAnswers(1));
});

test('Connection: close and HTTP/1.0 close', async (t) => {
  const connection = await raw(t);
  connection.send(head('Connection: close\r\nContent-Length: 2\r\n') + '{}');
  await connection.read(/\{"TableNames":\[\]\}/);
  await connection.ended;
  const old = await raw(t);
  old.send('GET /_millrace/health HTTP/1.0\r\n\r\n');
  await old.read(/^HTTP\/1\.[01] 200/);
  await old.ended;
});

test('what is no HTTP gets a 400 and is closed', async (t) => {
  const garbage = {
    'bytes': '\u0000\u0001\u0002\u0003\r\n\r\n',
    'a TLS hello': '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n',
    'no version': 'GET /\r\n\r\n',
    'another version': 'GET / HTTP/3.0\r\nHost: here\r\n\r\n',
    'a header without a colon': 'GET / HTTP/1.1\r\nHost: here\r\nnonsense\r\n\r\n',
    'a space before the colon': 'GET / HTTP/1.1\r\nHost : here\r\n\r\n',
    'no host': 'GET /_millrace/health HTTP/1.1\r\n\r\n',
    'a length that is no number': head('Content-Length: two\r\n') + '{}',
    'a negative length': head('Content-Length: -2\r\n') + '{}',
    'two lengths': head('Content-Length: 2\r\nContent-Length: 3\r\n') + '{}',
    'a length and chunks': head('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n') + '{}',
    'a chunk size that is none': head('Transfer-Encoding: chunked\r\n') + 'zz\r\n{}\r\n0\r\n\r\n',
    'a chunk size beyond all bounds': head('Transfer-Encoding: chunked\r\n') + 'fffffffffffffffff\r\n',
  };
  for (const [name, text] of Object.entries(garbage)) {
    await t.test(name, async (t) => {
      const connection = await raw(t);
      connection.send(text);
      await connection.read(/^HTTP\/1\.1 (400|501|505)[\s\S]*\r\n\r\n/);
      await connection.ended;
    });
  }
});

test('headers are bounded', async (t) => {
  await t.test('one large header', async (t) => {
    const connection = await raw(t);
    connection.send(`GET / HTTP/1.1\r\nHost: here\r\nX-Large: ${'x'.repeat(1 << 20)}\r\n\r\n`);
    await connection.read(/^HTTP\/1\.1 (400|431)/);
  });
  await t.test('many headers', async (t) => {
    const connection = await raw(t);
    connection.send(`GET / HTTP/1.1\r\nHost: here\r\n${'X-Many: x\r\n'.repeat(100_000)}\r\n`);
    await connection.read(/^HTTP\/1\.1 (400|431)/);
  });
  await t.test('a long path', async (t) => {
    const connection = await raw(t);
    connection.send(`GET /${'x'.repeat(1 << 20)} HTTP/1.1\r\nHost: here\r\n\r\n`);
    await connection.read(/^HTTP\/1\.1 (400|414|431)/);
  });
});

test('bodies are bounded', async (t) => {
  await t.test('by what they announce', async (t) => {
    const connection = await raw(t);
    connection.send(head('Content-Length: 99999999999\r\n'));
    await connection.read(/^HTTP\/1\.1 413/);
  });
  await t.test('by what they are', async () => {
    const { status, body } = await fetchText(server.url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'DynamoDB_20120810.ListTables', 'Content-Type': 'application/x-amz-json-1.0', Authorization: authorization, 'Content-Length': 20_000_000 },
      body: Buffer.alloc(20_000_000, ' '),
    }).catch((error) => ({ status: 413, body: error.message })); // the answer may overtake the body
    assert.equal(status, 413, body.slice(0, 200));
  });
});

test('connections that say nothing do not keep others out', async (t) => {
  const silent = await Promise.all(Array.from({ length: 200 }, () => raw(t)));
  for (const connection of silent.slice(100)) connection.send('POST / HTTP/1.1\r\nHost: he');
  await (await raw(t)).send(whole).read(okAnswers(1));
});

test('clients that leave in the middle are forgotten', async (t) => {
  for (let n = 0; n < 100; n++) {
    const connection = await raw(t);
    connection.send(head('Content-Length: 1000\r\n') + 'half of it');
    connection.socket.resetAndDestroy?.() ?? connection.close();
  }
  await (await raw(t)).send(whole).read(okAnswers(1));
});

test('after all of this the server still serves', async () => {
  assert.equal((await fetchText(`${server.url}/_millrace/health`)).status, 200, 'the server still serves');
});

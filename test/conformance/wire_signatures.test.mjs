// --auth=enforce: only the keys in the store, only signatures that fit, nothing old.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { newServer } from './support/server.mjs';

let server, keys;
before(async () => {
  server = newServer({ args: ['--auth=enforce'] });
  await server.start();
  keys = await server.firstKey();
});

const list = (credentials, more = {}) => dynamodbClient(server, { credentials, ...more }).send(new ListTablesCommand({}));
const nameOf = (promise) => promise.then(() => 'let in', (error) => error.name);

test('the first key is shown at the first start and works', async () => {
  assert.match(keys.accessKeyId, /^AKIA[A-Z0-9]{16}$/);
  assert.equal(keys.secretAccessKey.length, 40);
  assert.deepEqual((await list(keys)).TableNames, []);
  assert.deepEqual((await lambdaClient(server, { credentials: keys }).send(new ListFunctionsCommand({}))).Functions, []);
});

test('other keys and secrets are refused with AWS\'s errors', async () => {
  assert.equal(await nameOf(list({ ...keys, secretAccessKey: 'x'.repeat(40) })), 'InvalidSignatureException');
  assert.equal(await nameOf(list({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: keys.secretAccessKey })), 'UnrecognizedClientException');
  const lambda = lambdaClient(server, { credentials: { ...keys, secretAccessKey: 'x'.repeat(40) } });
  assert.equal(await nameOf(lambda.send(new ListFunctionsCommand({}))), 'InvalidSignatureException');
});

test('a session token that was never given is refused', async () => {
  assert.equal(await nameOf(list({ ...keys, sessionToken: 'made up' })), 'UnrecognizedClientException');
});

test('a clock that is off by an hour is refused, by a minute is not', async () => {
  assert.match(await nameOf(list(keys, { systemClockOffset: -3_600_000 })), /^(InvalidSignatureException|RequestExpired)$/);
  assert.equal(await nameOf(list(keys, { systemClockOffset: 60_000 })), 'let in');
});

test('any region may be signed for', async () => {
  assert.deepEqual((await list(keys, { region: 'eu-central-1' })).TableNames, []);
});

test('the key is kept, and not shown again', async () => {
  await server.end('SIGTERM');
  await server.start();
  const said = server.program.stdout + server.program.stderr;
  assert.ok(!said.includes(keys.secretAccessKey));
  assert.deepEqual((await list(keys)).TableNames, []);
});

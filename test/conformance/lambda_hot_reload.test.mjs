// Code from a folder of this machine: an edit is run by the next invocation, without a deployment.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CreateFunctionCommand, GetFunctionCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction, role } from './support/functions.mjs';
import { startServer } from './support/server.mjs';

let lambda, folder;
before(async () => {
  lambda = lambdaClient(await startServer());
  folder = mkdtempSync(join(tmpdir(), 'hot-'));
  chmodSync(folder, 0o755);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const write = (name, text) => writeFileSync(join(folder, name), text);
const create = (FunctionName, S3Key, more = {}) =>
  lambda.send(new CreateFunctionCommand({ FunctionName, Runtime: 'nodejs20.x', Handler: 'index.handler', Role: role, Code: { S3Bucket: 'hot-reload', S3Key }, Timeout: 10, ...more }));

test('an edit is run at once', async () => {
  write('index.js', 'let n = 0; exports.handler = async () => ["first", ++n];');
  await create('hot', folder);
  assert.deepEqual((await invoke(lambda, 'hot')).payload, ['first', 1]);
  assert.deepEqual((await invoke(lambda, 'hot')).payload, ['first', 2], 'unchanged code stays warm');
  write('index.js', 'exports.handler = async () => require("./other").text;');
  write('other.js', 'exports.text = "second";');
  assert.equal((await invoke(lambda, 'hot')).payload, 'second');
  write('other.js', 'exports.text = "third, of another module";');
  assert.equal((await invoke(lambda, 'hot')).payload, 'third, of another module');
  write('index.js', 'exports.handler = async () => {');
  assert.equal((await invoke(lambda, 'hot')).payload.errorType, 'Runtime.UserCodeSyntaxError');
  write('index.js', 'exports.handler = async () => "mended";');
  assert.equal((await invoke(lambda, 'hot')).payload, 'mended');
  assert.equal((await lambda.send(new GetFunctionCommand({ FunctionName: 'hot' }))).Code.Location, `file://${folder}`);
});

test('Python functions, and functions that were deployed otherwise', async () => {
  write('app.py', 'def handler(e, c): return "python"');
  await create('hot-python', folder, { Runtime: 'python3.12', Handler: 'app.handler' });
  assert.equal((await invoke(lambda, 'hot-python')).payload, 'python');
  write('app.py', 'def handler(e, c): return "another python"');
  assert.equal((await invoke(lambda, 'hot-python')).payload, 'another python');

  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => "zip";');
  assert.equal((await invoke(lambda, FunctionName)).payload, 'zip');
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, S3Bucket: 'hot-reload', S3Key: folder }));
  assert.equal((await invoke(lambda, FunctionName)).payload, 'mended');
});

test('what is no folder is refused', async () => {
  const refused = (S3Key) => assert.rejects(create('cold', S3Key), awsError('InvalidParameterValueException', /absolute path of a folder/));
  await refused('relative/path');
  await refused('/no/such/folder');
  await refused(join(folder, 'index.js'));
});

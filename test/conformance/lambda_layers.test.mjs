// Layers: their versions, and what functions find of them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer } from './support/server.mjs';
import { zip } from './support/zip.mjs';

let lambda;
before(async () => {
  lambda = lambdaClient(await startServer());
});

let count = 0;
const publish = (files, more = {}) =>
  lambda.send(new PublishLayerVersionCommand({ LayerName: `layer-${++count}`, Content: { ZipFile: zip(files) }, ...more }));

test('versions are published, shown, listed, deleted', async () => {
  const LayerName = 'shown';
  const about = { LayerName, Description: 'd', CompatibleRuntimes: ['nodejs20.x'], CompatibleArchitectures: ['x86_64'], LicenseInfo: 'MIT' };
  const first = await publish({ 'nodejs/a.js': '1' }, about);
  assert.equal(first.Version, 1);
  assert.equal(first.LayerArn, 'arn:aws:lambda:us-east-1:000000000000:layer:shown');
  assert.equal(first.LayerVersionArn, `${first.LayerArn}:1`);
  assert.equal(first.Description, 'd');
  const second = await publish({ 'nodejs/a.js': '2' }, { LayerName });
  assert.equal(second.Version, 2);
  const got = await lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }));
  assert.deepEqual(got.CompatibleRuntimes, ['nodejs20.x']);
  assert.equal(got.Content.CodeSha256, first.Content.CodeSha256);
  assert.equal((await (await fetch(got.Content.Location)).arrayBuffer()).byteLength, got.Content.CodeSize);
  assert.equal((await lambda.send(new GetLayerVersionByArnCommand({ Arn: second.LayerVersionArn }))).Version, 2);
  const { LayerVersions } = await lambda.send(new ListLayerVersionsCommand({ LayerName }));
  assert.deepEqual(LayerVersions.map((v) => v.Version), [2, 1]);
  const page = await lambda.send(new ListLayerVersionsCommand({ LayerName, MaxItems: 1 }));
  assert.deepEqual(page.LayerVersions.map((v) => v.Version), [2]);
  assert.deepEqual((await lambda.send(new ListLayerVersionsCommand({ LayerName, Marker: page.NextMarker }))).LayerVersions.map((v) => v.Version), [1]);
  const { Layers } = await lambda.send(new ListLayersCommand({ CompatibleRuntime: 'nodejs20.x' }));
  assert.equal(Layers.find((l) => l.LayerName === LayerName).LatestMatchingVersion.Version, 1);

  await lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 2 }));
  await assert.rejects(lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 2 })), awsError('ResourceNotFoundException'));
  assert.equal((await publish({ 'nodejs/a.js': '3' }, { LayerName })).Version, 3, 'a number does not come again');
});

test('a function finds modules, programs and files of its layers, later ones over earlier ones', async () => {
  const module = (text) => ({ 'nodejs/node_modules/shared/index.js': `module.exports = '${text}';`, 'data.txt': text, [`only-${text}.txt`]: text });
  const first = await publish(module('first'));
  const second = await publish({ ...module('second'), 'nodejs/node_modules/esm/index.mjs': 'export default "esm";', 'nodejs/node_modules/esm/package.json': '{"exports":"./index.mjs"}' });
  const source = `
    const { execSync } = require('child_process');
    const fs = require('fs');
    exports.handler = async () => [require('shared'), (await import('esm')).default, process.env.NODE_PATH.split(':').some((p) => fs.existsSync(p + '/shared'))];`;
  const { FunctionName, Layers } = await makeFunction(lambda, source, { Layers: [first.LayerVersionArn, second.LayerVersionArn] });
  assert.deepEqual(Layers.map((l) => [l.Arn, l.CodeSize]), [first, second].map((l) => [l.LayerVersionArn, l.Content.CodeSize]));
  assert.deepEqual((await invoke(lambda, FunctionName)).payload, ['second', 'esm', true]);

  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [second.LayerVersionArn, first.LayerVersionArn] }));
  assert.equal((await invoke(lambda, FunctionName)).payload[0], 'first');
  await lambda.send(new DeleteLayerVersionCommand({ LayerName: second.LayerArn.split(':').pop(), VersionNumber: 1 }));
  assert.equal((await invoke(lambda, FunctionName)).payload[1], 'esm', 'a deleted version stays with those who use it');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [] }));
  assert.equal((await invoke(lambda, FunctionName)).error, 'Unhandled');
});

test('a Python function imports from its layers', async () => {
  const plain = await publish({ 'python/helper.py': 'x = "helper"' });
  const versioned = await publish({ 'python/lib/python3.12/site-packages/packaged/__init__.py': 'y = "packaged"' });
  const source = 'from helper import x\nfrom packaged import y\ndef handler(e, c): return [x, y]';
  const { FunctionName } = await makeFunction(lambda, { 'app.py': source }, { Runtime: 'python3.12', Handler: 'app.handler', Layers: [plain.LayerVersionArn, versioned.LayerVersionArn] });
  assert.deepEqual((await invoke(lambda, FunctionName)).payload, ['helper', 'packaged']);
});

test('programs of a layer are on PATH', async () => {
  const layer = await publish({ 'bin/hello': { mode: 0o755, text: '#!/bin/sh\necho from a layer\n' } });
  const source = `exports.handler = async () => require('child_process').execSync('hello').toString();`;
  const { FunctionName } = await makeFunction(lambda, source, { Layers: [layer.LayerVersionArn] });
  assert.equal((await invoke(lambda, FunctionName)).payload, 'from a layer\n');
});

test('layers that cannot be used', async () => {
  const layer = await publish({ 'a.txt': 'a' });
  const refused = (Layers, message) => assert.rejects(makeFunction(lambda, 'exports.handler = async () => 1;', { Layers }), awsError('InvalidParameterValueException', message));
  await refused([`${layer.LayerArn}:9`], `Layer version ${layer.LayerArn}:9 does not exist.`);
  await refused([layer.LayerVersionArn, layer.LayerVersionArn], /Two different versions of the same layer/);
  await refused(Array.from({ length: 6 }, (_, i) => `${layer.LayerArn}:${i + 1}`), 'Cannot reference more than 5 layers.');
  await assert.rejects(publish({}), awsError('InvalidParameterValueException'));
});

test('layers of other accounts are kept by name and left out', async () => {
  const arn = 'arn:aws:lambda:us-east-1:111122223333:layer:Elsewhere:7';
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => 1;', { Layers: [arn] });
  assert.deepEqual((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Layers.map((l) => l.Arn), [arn]);
  assert.equal((await invoke(lambda, FunctionName)).payload, 1);
});

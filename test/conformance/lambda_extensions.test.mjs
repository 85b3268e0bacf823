// Extensions in layers: told of every event and of the end, subscribed to telemetry.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { DeleteFunctionCommand, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';

import { lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { startServer, within } from './support/server.mjs';
import { zip } from './support/zip.mjs';

let server;
let lambda;
before(async () => {
  server = await startServer();
  lambda = lambdaClient(server);
});

// An extension, in the words of AWS's examples. Prints what it is told; with a subscription also what it hears.
const program = (types) => `#!/usr/bin/env node
const http = require('http');
const api = process.env.AWS_LAMBDA_RUNTIME_API;
async function call(method, path, headers, body) {
  const answer = await fetch('http://' + api + path, { method, headers, body });
  return { status: answer.status, id: answer.headers.get('lambda-extension-identifier'), text: await answer.text() };
}
(async () => {
  const types = ${JSON.stringify(types)};
  const { id } = await call('POST', '/2020-01-01/extension/register', { 'Lambda-Extension-Name': 'teller' }, JSON.stringify({ events: ['INVOKE', 'SHUTDOWN'] }));
  const me = { 'Lambda-Extension-Identifier': id };
  if (types) {
    const heard = (request, response) => {
      let text = '';
      request.on('data', (d) => (text += d)).on('end', () => {
        for (const { type, record } of JSON.parse(text)) console.log('heard', type, typeof record === 'string' ? record : JSON.stringify(record));
        response.end();
      });
    };
    const why = await new Promise((resolve) => http.createServer(heard).on('error', resolve).listen(4243, 'sandbox.localdomain', resolve));
    if (why) console.log('cannot listen', why.message); // without namespaces there is no such name, and no subscription
    const wish = { schemaVersion: '2022-12-13', types, buffering: { timeoutMs: 25 }, destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243' } };
    const said = await call('PUT', '/2022-07-01/telemetry', me, JSON.stringify(wish));
    console.log('subscribed', said.status, said.text);
  }
  for (;;) {
    const event = JSON.parse((await call('GET', '/2020-01-01/extension/event/next', me)).text);
    console.log('told', event.eventType, event.requestId ?? event.shutdownReason, typeof event.deadlineMs);
    if (event.eventType === 'SHUTDOWN') process.exit(0);
  }
})();
`;

async function watched(source, types) {
  const { LayerVersionArn } = await lambda.send(
    new PublishLayerVersionCommand({ LayerName: 'teller', Content: { ZipFile: zip({ 'extensions/teller': { mode: 0o755, text: program(types) } }) } }),
  );
  const { FunctionName } = await makeFunction(lambda, source, { Layers: [LayerVersionArn] });
  return FunctionName;
}

function logged(FunctionName, text) {
  const look = async () => {
    for (;;) {
      const log = await (await fetch(`${server.url}/_millrace/logs?function=${FunctionName}&limit=1000`)).text();
      if (log.includes(text)) return log;
    }
  };
  return within(30, `line with "${text}"`, look());
}

const source = 'exports.handler = async (event, context) => { console.log("a line"); return context.awsRequestId; };';

test('an external extension is told of every event and of the end', async () => {
  const FunctionName = await watched(source);
  const first = await invoke(lambda, FunctionName);
  const second = await invoke(lambda, FunctionName);
  await logged(FunctionName, `told INVOKE ${first.payload} number`);
  await logged(FunctionName, `told INVOKE ${second.payload} number`);
  assert.match(await logged(FunctionName, 'EXTENSION'), /EXTENSION\tName: teller\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]/);
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await logged(FunctionName, 'told SHUTDOWN spindown number');
});

test('a subscriber hears platform events and lines', async (t) => {
  const FunctionName = await watched(source, ['platform', 'function']);
  const { payload } = await invoke(lambda, FunctionName);
  const said = /subscribed (\d+) (.*)/.exec(await logged(FunctionName, 'subscribed'));
  if (said[1] === '202') return t.skip(`no namespaces on this machine: ${said[2]}`);
  assert.equal(said[2], '"OK"');
  for (const type of ['initStart', 'initRuntimeDone', 'initReport', 'telemetrySubscription', 'extension', 'start', 'runtimeDone']) {
    await logged(FunctionName, `heard platform.${type} {`);
  }
  const log = await logged(FunctionName, 'heard platform.report');
  const report = JSON.parse(/heard platform\.report (.*)/.exec(log)[1]);
  assert.equal(report.requestId, payload);
  assert.equal(report.status, 'success');
  assert.ok(report.metrics.durationMs > 0 && report.metrics.initDurationMs > 0 && report.metrics.memorySizeMB === 128);
  assert.match(log, /heard function .*a line/);
});

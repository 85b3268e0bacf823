// What a handler may be under each runtime id, run by the Node that is installed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction, run } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, reports;
before(async () => {
  lambda = lambdaClient(await startServer());
  reports = await openReports();
});

const ids = ['nodejs16.x', 'nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'];
const before24 = ids.slice(0, -1);

for (const Runtime of ids) {
  test(`${Runtime} runs async handlers`, async () => {
    const { payload } = await run(lambda, 'exports.handler = async (event) => [event.n + 1, process.env.AWS_EXECUTION_ENV];', { Runtime, event: { n: 1 } });
    assert.deepEqual(payload, [2, `AWS_Lambda_${Runtime}`]);
  });
}

for (const Runtime of before24) {
  test(`${Runtime} runs callback handlers`, async () => {
    const { payload } = await run(lambda, 'exports.handler = (event, context, callback) => { setImmediate(() => callback(null, "called back")); };', { Runtime });
    assert.equal(payload, 'called back');
  });
}

test('done, succeed and an answer after both', async () => {
  assert.equal((await run(lambda, 'exports.handler = (e, c) => c.succeed("yes");')).payload, 'yes');
  assert.equal((await run(lambda, 'exports.handler = (e, c) => c.done(null, "done");')).payload, 'done');
  assert.equal((await run(lambda, 'exports.handler = async (e, c, callback) => { callback(null, "first"); return "second"; };')).payload, 'first');
});

test('a callback waits for an empty event loop unless told not to', async () => {
  const source = (wait) => `${reportSource}
    exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = ${wait};
      callback(null, 'answer');
      report('pending').then(() => console.log('all is done'));
    };`;
  const waits = await makeFunction(lambda, source(true), { env: reports.env });
  const waiting = invoke(lambda, waits.FunctionName, {}, { LogType: 'Tail' });
  (await reports.take()).reply();
  assert.match((await waiting).log, /all is done/, 'what was pending came before the answer');

  const leaves = await makeFunction(lambda, source(false), { env: reports.env });
  const { payload, log } = await invoke(lambda, leaves.FunctionName, {}, { LogType: 'Tail' }); // the report is not answered yet
  assert.equal(payload, 'answer');
  assert.doesNotMatch(log, /all is done/);
  (await reports.take()).reply();
});

test('a handler that never answers and does nothing more gives null', async () => {
  assert.equal((await run(lambda, 'exports.handler = (event, context, callback) => { setImmediate(() => {}); };')).payload, null);
});

test('nodejs24.x has no callbacks', async () => {
  const { error, payload } = await run(lambda, 'exports.handler = (event, context, callback) => callback(null, 1);', { Runtime: 'nodejs24.x' });
  assert.equal(error, 'Unhandled');
  assert.equal(payload.errorType, 'Runtime.CallbackHandlerDeprecated');
  assert.deepEqual((await run(lambda, 'exports.handler = async (e, c) => [typeof c.succeed, typeof c.done, "callbackWaitsForEmptyEventLoop" in c];', { Runtime: 'nodejs24.x' })).payload, ['undefined', 'undefined', false]);
});

test('handlers in folders, nested exports, modules', async (t) => {
  const functions = {
    'a file in a folder': [{ 'src/lib/app.js': 'exports.main = async () => "found";' }, 'src/lib/app.main'],
    'a nested export': [{ 'index.js': 'exports.api = { v1: { get: async () => "found" } };' }, 'index.api.v1.get'],
    'a .mjs': [{ 'index.mjs': 'export const handler = async () => "found";' }, 'index.handler'],
    'a .cjs in a module package': [{ 'package.json': '{"type":"module"}', 'index.cjs': 'exports.handler = async () => "found";' }, 'index.handler'],
    'top-level await': [{ 'index.mjs': 'const word = await Promise.resolve("found"); export const handler = async () => word;' }, 'index.handler'],
    'packages of its own': [{ 'index.js': 'exports.handler = async () => require("mine");', 'node_modules/mine/index.js': 'module.exports = "found";' }, 'index.handler'],
    'a neighbour file': [{ 'index.js': 'exports.handler = async () => require("./other").word;', 'other.js': 'exports.word = "found";' }, 'index.handler'],
  };
  for (const [name, [source, Handler]] of Object.entries(functions)) {
    await t.test(name, async () => assert.equal((await run(lambda, source, { Handler })).payload, 'found'));
  }
});

// Functions that fail: AWS's error documents, and nobody else disturbed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction, run } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, reports, neighbour, neighbourProcess;
before(async () => {
  lambda = lambdaClient(await startServer());
  reports = await openReports();
  ({ FunctionName: neighbour } = await makeFunction(lambda, 'exports.handler = async () => (globalThis.token ??= Math.random());'));
  neighbourProcess = (await invoke(lambda, neighbour)).payload;
});

async function fails(source, more) {
  const answer = await run(lambda, source, more);
  assert.equal(answer.status, 200);
  assert.equal(answer.error, 'Unhandled', JSON.stringify(answer.payload));
  return answer;
}

test('a thrown error', async () => {
  const { payload, log } = await fails('class MyError extends Error { constructor(m) { super(m); this.name = "MyError"; } } exports.handler = async () => { throw new MyError("went wrong"); };', { tail: true });
  assert.equal(payload.errorType, 'MyError');
  assert.equal(payload.errorMessage, 'went wrong');
  assert.equal(payload.trace[0], 'MyError: went wrong');
  assert.match(payload.trace[1], /at .*handler/);
  assert.match(log, /\tERROR\tInvoke Error \t\{"errorType":"MyError","errorMessage":"went wrong"/);
});

test('thrown text is an error without a trace', async () => {
  const { payload } = await fails('exports.handler = async () => { throw "just text"; };');
  assert.equal(payload.errorMessage, 'just text');
  assert.equal(payload.errorType, 'string');
});

test('callback(error), a rejected promise and an error of a synchronous handler', async (t) => {
  const sources = {
    callback: 'exports.handler = (e, c, callback) => callback(new TypeError("m"));',
    rejection: 'exports.handler = () => Promise.reject(new TypeError("m"));',
    thrown: 'exports.handler = () => { throw new TypeError("m"); };',
    fail: 'exports.handler = (e, c) => c.fail(new TypeError("m"));',
  };
  for (const [name, source] of Object.entries(sources)) {
    await t.test(name, async () => {
      const { payload } = await fails(source);
      assert.equal(payload.errorType, 'TypeError');
      assert.equal(payload.errorMessage, 'm');
    });
  }
});

test('a function whose module cannot be loaded', async (t) => {
  const sources = {
    'a syntax error': ['exports.handler = async ( => 1;', 'Runtime.UserCodeSyntaxError', /SyntaxError: /],
    'a module that is not there': ['require("not-there"); exports.handler = async () => 1;', 'Runtime.ImportModuleError', /Error: Cannot find module 'not-there'/],
    'an error while loading': ['throw new RangeError("at load");', 'RangeError', /at load/],
    'no such export': ['exports.other = async () => 1;', 'Runtime.HandlerNotFound', /index\.handler is undefined or not exported/],
    'an export that is no function': ['exports.handler = 7;', 'Runtime.HandlerNotFound', /index\.handler is not a function/],
    'no such file': [{ 'main.js': 'exports.handler = async () => 1;' }, 'Runtime.ImportModuleError', /Error: Cannot find module 'index'/],
  };
  for (const [name, [source, type, message]] of Object.entries(sources)) {
    await t.test(name, async () => {
      const { payload } = await fails(source);
      assert.equal(payload.errorType, type);
      assert.match(payload.errorMessage, message);
    });
  }
  await t.test('a handler that is no name', async () => {
    const { payload } = await fails('exports.handler = async () => 1;', { Handler: 'index' });
    assert.match(payload.errorType, /^Runtime\.(MalformedHandlerName|HandlerNotFound)$/);
  });
});

test('a function that takes too long', async () => {
  const { FunctionName } = await makeFunction(lambda, `console.log('loaded'); exports.handler = async (event) => { if (event.hang) { console.log('last words'); await new Promise((r) => setTimeout(r, 1e6)); } return (globalThis.token ??= Math.random()); };`, { Timeout: 1 });
  const first = (await invoke(lambda, FunctionName)).payload;
  const late = await invoke(lambda, FunctionName, { hang: true }, { LogType: 'Tail' });
  assert.equal(late.error, 'Unhandled');
  assert.match(late.payload.errorMessage, /Task timed out after 1\.00 seconds/);
  assert.match(late.log, /last words/);
  assert.match(late.log, /Task timed out after 1\.00 seconds/);
  const second = (await invoke(lambda, FunctionName)).payload;
  assert.notEqual(second, first, 'a new sandbox took over');
});

test('a function that never yields', async () => {
  const { payload } = await fails('exports.handler = async () => { for (;;); };', { Timeout: 1 });
  assert.match(payload.errorMessage, /Task timed out after 1\.00 seconds/);
});

test('a function that ends its process', async (t) => {
  const ways = {
    'exit 1': ['process.exit(1)', /Runtime exited with error: exit status 1/],
    'exit 0': ['process.exit(0)', /Runtime exited without providing a reason/],
    'a signal': ['process.kill(process.pid, "SIGKILL")', /Runtime exited with error: signal: killed/],
  };
  for (const [name, [way, message]] of Object.entries(ways)) {
    await t.test(name, async () => {
      const { FunctionName } = await makeFunction(lambda, `exports.handler = async (event) => { if (event.die) { ${way}; await new Promise(() => {}); } return 'alive'; };`);
      const answer = await invoke(lambda, FunctionName, { die: true });
      assert.equal(answer.error, 'Unhandled');
      assert.equal(answer.payload.errorType, 'Runtime.ExitError');
      assert.match(answer.payload.errorMessage, message);
      assert.equal((await invoke(lambda, FunctionName)).payload, 'alive');
    });
  }
});

test('an error that nobody catches', async (t) => {
  await t.test('in a callback', async () => {
    const { payload } = await fails('exports.handler = () => new Promise(() => setImmediate(() => { throw new RangeError("loose"); }));');
    assert.equal(payload.errorType, 'RangeError');
    assert.equal(payload.errorMessage, 'loose');
  });
  await t.test('in a promise', async () => {
    const { payload } = await fails('exports.handler = () => new Promise(() => { Promise.reject(new RangeError("loose")); });');
    assert.equal(payload.errorType, 'Runtime.UnhandledPromiseRejection');
    assert.equal(payload.errorMessage, 'RangeError: loose');
  });
});

test('an answer over 6 MB', async () => {
  const { payload } = await fails('exports.handler = async () => "x".repeat(6291556);');
  assert.equal(payload.errorType, 'Function.ResponseSizeTooLarge');
  assert.match(payload.errorMessage, /Response payload size( \(\d+ bytes\))? exceeded maximum allowed payload size \(6291556 bytes\)\./);
});

test('an answer that is no JSON', async () => {
  for (const value of ['const a = {}; a.a = a; return a;', 'return 10n;']) {
    const { payload } = await fails(`exports.handler = async () => { ${value} };`);
    assert.equal(payload.errorMessage, 'Unable to stringify response body');
  }
});

test('a function that wants more memory than it has', async () => {
  const { payload } = await fails('exports.handler = async () => { const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length)); };', { MemorySize: 128, Timeout: 60 });
  assert.match(payload.errorType, /^Runtime\.(ExitError|OutOfMemory)$/);
});

test('a failure leaves the other invocations of the function alone', async () => {
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = async (event) => { await report('in', event); if (event.die) process.exit(3); return 'fine'; };`, { env: reports.env });
  const fine = invoke(lambda, FunctionName, { die: false });
  const dies = invoke(lambda, FunctionName, { die: true });
  const both = [await reports.take(), await reports.take()];
  both.find((r) => r.value.die).reply();
  assert.equal((await dies).payload.errorType, 'Runtime.ExitError');
  both.find((r) => !r.value.die).reply();
  assert.equal((await fine).payload, 'fine');
});

test('the neighbour was never disturbed', async () => {
  assert.equal((await invoke(lambda, neighbour)).payload, neighbourProcess, 'the neighbour was never disturbed');
});

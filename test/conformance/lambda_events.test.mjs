// Event invocations: accepted means kept, whatever happens to the server then.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { InvokeCommand } from '@aws-sdk/client-lambda';

import { lambdaClient } from './support/clients.mjs';
import { makeFunction } from './support/functions.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { newServer } from './support/server.mjs';

let reports;
before(async () => {
  reports = await openReports();
});

test('accepted events are run after a kill -9, those at work again', async () => {
  const server = await newServer().start();
  const lambda = lambdaClient(server);
  const source = `${reportSource} exports.handler = async (event) => { await report('ran', event.n); };`;
  const { FunctionName } = await makeFunction(lambda, source, { env: reports.env, Timeout: 60 });
  const send = async (n) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ n }) }));
    assert.equal(answer.StatusCode, 202);
  };
  await send(0);
  const held = await reports.take(); // the first handler is at work and will not end
  assert.equal(held.value, 0);
  await Promise.all(Array.from({ length: 20 }, (_, i) => send(i + 1)));
  await server.end('SIGKILL');
  while (reports.waiting.length > 0) await reports.take(); // what the first server began of the others

  const seen = new Set();
  await server.start();
  while (seen.size < 21) {
    const report = await reports.take(40);
    seen.add(report.value);
    report.reply();
  }
  assert.deepEqual([...seen].sort((a, b) => a - b), Array.from({ length: 21 }, (_, i) => i));
});

// The program: its options, its one line when ready, its pages, its end, and what it says when it cannot start.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { GetItemCommand } from '@aws-sdk/client-dynamodb';

import { dynamodbClient, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { fetchText } from './support/http.mjs';
import { openReports, reportSource } from './support/reports.mjs';
import { Program, newServer, temporaryFolder } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

const serve = (settings) => {
  const server = newServer(settings);
  return server.start();
};

test('--version and --help', async () => {
  const version = await new Program(['--version']).ended();
  assert.equal(version.code, 0);
  assert.match(version.said, /^millrace \d+\.\d+\.\d+/);
  const help = await new Program(['serve', '--help']).ended();
  assert.equal(help.code, 0);
  for (const option of ['--port', '--bind', '--data', '--auth', '--durability', '--account', '--insecure']) assert.match(help.said, new RegExp(option));
});

test('one line on stdout when ready, health and metrics', async () => {
  const server = await serve();
  assert.match(server.program.stdout, /^[^\n]*http:\/\/127\.0\.0\.1:\d+[^\n]*\n$/);
  const health = await fetchText(`${server.url}/_millrace/health`);
  assert.equal(health.status, 200);
  await makeTable(dynamodbClient(server), 'id:S');
  const metrics = await fetchText(`${server.url}/_millrace/metrics`);
  assert.equal(metrics.status, 200);
  assert.match(metrics.headers['content-type'], /^text\/plain/);
  assert.match(metrics.body, /^# TYPE \w+ (counter|gauge|histogram)$/m);
  assert.match(metrics.body, /CreateTable/);
});

test('options from the environment and from a file', async () => {
  const file = join(temporaryFolder(), 'millrace.toml');
  writeFileSync(file, 'account = "111122223333"\n');
  const server = await serve({ args: ['--config', file], env: { MILLRACE_DURABILITY: 'os' } });
  const { TableArn } = await makeTable(dynamodbClient(server), 'id:S');
  assert.match(TableArn, /:111122223333:table\//);
});

test('listening beyond loopback is refused unless it is safe or spelled out', async () => {
  const refused = await new Program(['serve', '--port', '0', '--bind', '0.0.0.0', '--data', temporaryFolder()]).ended();
  assert.notEqual(refused.code, 0);
  assert.match(refused.said, /--auth=enforce/);
  assert.match(refused.said, /--insecure/);
  for (const args of [['--bind', '0.0.0.0', '--auth=enforce'], ['--bind', '0.0.0.0', '--insecure']]) await serve({ args });
});

test('options that make no sense', async () => {
  for (const args of [['serve', '--port', 'many'], ['serve', '--durability', 'maybe'], ['serve', '--account', '12'], ['serve', '--no-such-option'], ['grind'], []]) {
    const { code, said } = await new Program(args).ended();
    assert.notEqual(code, 0, args.join(' '));
    assert.ok(said.length > 10, args.join(' '));
  }
});

test('SIGTERM ends it, after what was accepted', async () => {
  const server = await serve();
  const reports = await openReports();
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, `${reportSource} exports.handler = async () => report('running');`, { env: reports.env });
  const answer = invoke(lambda, FunctionName);
  const running = await reports.take();
  const ended = server.end('SIGTERM');
  for (;;) { // it takes no new connections from some moment on
    const late = await fetchText(`${server.url}/_millrace/health`).then((a) => a.status, () => 'refused');
    if (late !== 200) break;
  }
  running.reply('finished');
  assert.equal((await answer).payload, 'finished');
  const { code, signal } = await ended;
  assert.deepEqual([code, signal], [0, null]);
});

test('SIGINT ends it as well', async () => {
  const { code, signal } = await (await serve()).end('SIGINT');
  assert.deepEqual([code, signal], [0, null]);
});

test('what was written is there after a restart', async () => {
  const server = await serve();
  const client = dynamodbClient(server);
  const { TableName } = await makeTable(client, 'id:S');
  await put(client, TableName, { id: { S: 'kept' }, a: { S: 'x' } });
  await server.end('SIGTERM');
  await server.start();
  assert.equal((await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'kept' } } }))).Item.a.S, 'x');
});

test('a port in use', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address();
  const { code, said } = await new Program(['serve', '--port', String(port), '--data', temporaryFolder()]).ended();
  assert.notEqual(code, 0);
  assert.match(said, new RegExp(`${port}`));
  assert.match(said, /in use/i);
  assert.match(said, /--port/, 'says what to do');
});

test('a data folder that another server has open', async () => {
  const server = await serve();
  const { code, said } = await new Program(['serve', '--port', '0', '--data', server.data]).ended();
  assert.notEqual(code, 0);
  assert.match(said, /another|already|in use|lock/i);
  assert.equal((await fetchText(`${server.url}/_millrace/health`)).status, 200);
});

test('a data folder that cannot be written', async () => {
  // Root may write anywhere but in /proc and /sys, which are read-only to everyone.
  const data = process.getuid() === 0 ? '/proc/millrace-data' : join(temporaryFolder(), 'locked');
  if (process.getuid() !== 0) mkdirSync(data, { mode: 0o500 });
  const { code, said } = await new Program(['serve', '--port', '0', '--data', data]).ended();
  assert.notEqual(code, 0);
  assert.ok(said.includes(data), said);
  assert.match(said, /--data|permission|write|create/i);
});

test('a data folder that is a file', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'x');
  const { code, said } = await new Program(['serve', '--port', '0', '--data', file]).ended();
  assert.notEqual(code, 0);
  assert.ok(said.includes(file), said);
});

test('a data folder of a newer version', async () => {
  const server = await serve();
  await server.end('SIGTERM');
  const version = join(server.data, 'store', 'FORMAT');
  const text = readFileSync(version, 'utf8');
  writeFileSync(version, text.replace(/\d+/, '9999'));
  const { code, said } = await new Program(['serve', '--port', '0', '--data', server.data]).ended();
  assert.notEqual(code, 0);
  assert.match(said, /newer/i);
  writeFileSync(version, text);
  await server.start();
});

test('the folder is made when it is missing', async () => {
  const data = join(temporaryFolder(), 'deep', 'er');
  const server = await serve({ data });
  assert.ok(existsSync(data));
  assert.equal(server.program.child.exitCode, null);
});

test('Node that is not there is said when a function needs it', async () => {
  const server = await serve({ args: ['--node', '/nowhere/node'] });
  const lambda = lambdaClient(server);
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => 1;');
  const failed = await invoke(lambda, FunctionName).then((a) => JSON.stringify(a), (error) => `${error.name}: ${error.message}`);
  assert.match(failed, /node/i);
  assert.equal((await fetchText(`${server.url}/_millrace/health`)).status, 200);
});

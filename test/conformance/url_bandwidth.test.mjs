// --url-bandwidth-shape: streams at AWS's pace, 6 MB at once and then 2 MB/s. Off by default, as url_streaming's 200 MB show.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lambdaClient } from './support/clients.mjs';
import { makeUrl } from './support/functions.mjs';
import { open } from './support/http.mjs';
import { newServer } from './support/server.mjs';

test('what follows the first 6 MB comes at 2 MB/s', async () => {
  const server = newServer({ args: ['--url-bandwidth-shape'] });
  await server.start();
  const source = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const block = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 8; i++) if (!stream.write(block)) await require('node:events').once(stream, 'drain');
    stream.end();
  });`;
  const { url } = await makeUrl(lambdaClient(server), source, { InvokeMode: 'RESPONSE_STREAM', Timeout: 60 });
  let bytes = 0;
  let free;
  for await (const chunk of (await open(url)).response) {
    bytes += chunk.length;
    if (bytes >= 6 << 20) free ??= performance.now();
  }
  assert.equal(bytes, 8 << 20);
  assert.ok(performance.now() - free >= 800, 'the last 2 MB took about a second');
});

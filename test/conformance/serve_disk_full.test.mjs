// A disk that fills up: writes are refused with a message, reads go on, nothing acknowledged is lost.
// A limit on the size of files stands in for the disk; it needs no mount and no rights.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { GetItemCommand } from '@aws-sdk/client-dynamodb';

import { dynamodbClient } from './support/clients.mjs';
import { fetchText } from './support/http.mjs';
import { newServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

test('writes are refused when nothing more can be written, and what was acknowledged stays', async () => {
  // SIGXFSZ is ignored so that a write over the limit is an error, as on a full disk, and no signal.
  const server = newServer({ shell: "trap '' XFSZ; ulimit -f 8192; exec" }); // files of at most 8 MB
  await server.start();
  const client = dynamodbClient(server);
  const { TableName } = await makeTable(client, 'id:S');
  const data = { S: 'x'.repeat(300_000) };
  let written = 0;
  let refusal;
  for (; written < 200 && !refusal; written++) {
    await put(client, TableName, { id: { S: `item-${written}` }, data }).catch((error) => { refusal = error; });
  }
  assert.ok(refusal, 'a write was refused at last');
  written--;
  assert.ok(refusal.$metadata.httpStatusCode >= 500, `${refusal.name}: ${refusal.message}`);
  assert.equal((await fetchText(`${server.url}/_millrace/health`)).status >= 200, true);

  await server.end('SIGKILL');
  server.settings.shell = undefined; // there is room again
  await server.start();
  for (let n = 0; n < written; n++) {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: `item-${n}` } } }));
    assert.equal(Item?.data.S.length, data.S.length, `item-${n}`);
  }
  await put(client, TableName, { id: { S: 'after' } });
});

// A table leaves the server twice: once as one buffered answer, once as a stream whose first bytes arrive at once.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';

import { dynamodb, freshFunction, freshTable, publicUrl, sdk } from '../lib/deploy.mjs';
import { megabytes, millis, progress, seconds, table } from '../lib/terminal.mjs';
import { users } from './users.mjs';

const { BatchWriteItemCommand } = sdk('@aws-sdk/client-dynamodb');
const TableName = 'stream-user-table';
const USERS = Number(process.env.DEMO_USERS ?? 6100);
const PART = Math.round(USERS * 0.36); // about 4.9 MB of the 14 MB

async function writeBatch(requests) {
  let left = requests;
  while (left.length > 0) {
    const answer = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: left } }));
    left = answer.UnprocessedItems?.[TableName] ?? [];
  }
}

async function load() {
  const bar = progress('Loading users ', USERS, (n) => `${n} items`);
  const began = performance.now();
  const everyone = [...users(USERS)];
  let next = 0;
  let written = 0;
  let bytes = 0;
  const worker = async () => {
    while (next < everyone.length) {
      const batch = everyone.slice(next, next + 25);
      next += batch.length;
      await writeBatch(batch.map((Item) => ({ PutRequest: { Item } })));
      written += batch.length;
      bytes += batch.reduce((sum, item) => sum + JSON.stringify(item).length, 0);
      bar.update(written);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  bar.done(`${written} items, ${megabytes(bytes)} in ${seconds(performance.now() - began)}`);
}

function fetchTimed(url) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let firstByte;
    let bytes = 0;
    get(url, (response) => {
      response.on('data', (chunk) => {
        firstByte ??= performance.now() - began;
        bytes += chunk.length;
      });
      response.on('end', () => resolve({ status: response.statusCode, firstByte, total: performance.now() - began, bytes }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

// Peak resident memory of the server process since it started, from the kernel.
function serverPeak() {
  try {
    const status = readFileSync(`/proc/${process.env.MILLRACE_PID}/status`, 'utf8');
    return megabytes(Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024);
  } catch {
    return 'unknown';
  }
}

await freshTable({
  TableName,
  AttributeDefinitions: [{ AttributeName: 'userId', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }],
});
await load();

await freshFunction('bufferResponseLambda', new URL('functions/buffer/', import.meta.url));
await freshFunction('streamResponseLambda', new URL('functions/stream/', import.meta.url));
const bufferUrl = await publicUrl('bufferResponseLambda', 'BUFFERED');
const streamUrl = await publicUrl('streamResponseLambda', 'RESPONSE_STREAM');
mkdirSync('build/demo', { recursive: true });
writeFileSync('build/demo/stream-url', streamUrl);

const runs = [
  ['buffered', `${bufferUrl}?items=${PART}`, '4.94 MB', '5.76 s', '14.73 s'],
  ['streamed', `${streamUrl}?items=${PART}`, '4.94 MB', '1.02 s', '6.55 s'],
  ['streamed, whole table', streamUrl, '14 MB', '1.01 s', '13.96 s'],
];
const rows = [['answer', 'bytes', 'first byte', 'total', 'server peak', 'AWS: bytes', 'first byte', 'total']];
for (const [name, url, awsBytes, awsFirst, awsTotal] of runs) {
  const result = await fetchTimed(url);
  if (result.status !== 200) throw new Error(`${name}: HTTP ${result.status}`);
  rows.push([name, megabytes(result.bytes), millis(result.firstByte), seconds(result.total), serverPeak(), awsBytes, awsFirst, awsTotal]);
}
console.log('\nA table scanned 15 items at a time by a function, over HTTP (AWS: as the seed system reports it)');
table(rows);
console.log(`\nFunction URLs: ${bufferUrl}  ${streamUrl}\n`);

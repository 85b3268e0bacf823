// Bids written to a table turn a function. Prints how long each took, hop by hop, and shows that order held.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { dynamodb, freshFunction, freshMapping, freshTable, sdk } from '../lib/deploy.mjs';
import { histogramSvg } from '../lib/plot.mjs';
import { millis, progress, table } from '../lib/terminal.mjs';

const { PutItemCommand } = sdk('@aws-sdk/client-dynamodb');
const TableName = 'EventSourceTable';
const BIDS = Number(process.env.DEMO_BIDS ?? 2000);
const RATE = Number(process.env.DEMO_BID_RATE ?? 200); // a second
const AUCTIONS = 10;
const clock = () => performance.timeOrigin + performance.now();

const reports = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
reports.bind(0, '127.0.0.1');
await once(reports, 'listening');

const definition = await freshTable({
  TableName,
  AttributeDefinitions: [
    { AttributeName: 'auctionId', AttributeType: 'S' },
    { AttributeName: 'bid', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'auctionId', KeyType: 'HASH' },
    { AttributeName: 'bid', KeyType: 'RANGE' },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
});
await freshFunction('on-bid', new URL('functions/on-bid/', import.meta.url), {
  Environment: { Variables: { REPORT_PORT: String(reports.address().port) } },
});
const mapping = await freshMapping('on-bid', definition.LatestStreamArn, { BatchSize: 100 });

const bids = new Map(); // "auction/bid" -> times; negative numbers are the warm-up's
const seen = new Map(); // auction -> bids in the order the handler saw them
let handled = 0;
let warmed = 0;
let whenWarm;
const allWarm = new Promise((resolve) => (whenWarm = resolve));
const allHandled = new Promise((resolve) => {
  reports.on('message', (message) => {
    const report = JSON.parse(message);
    for (const { auction, bid } of report.bids) {
      const entry = bids.get(`${auction}/${bid}`);
      if (!entry || entry.startedMs) continue; // at least once: a repeat is not a second bid
      entry.startedMs = report.startedMs;
      if (bid < 0) {
        if (++warmed === AUCTIONS) whenWarm();
        continue;
      }
      seen.set(auction, [...(seen.get(auction) ?? []), bid]);
      if (++handled === BIDS) resolve();
    }
  });
});

async function place(number) {
  const auction = `auction-${(number + AUCTIONS) % AUCTIONS}`;
  const entry = { sentMs: clock() };
  bids.set(`${auction}/${number}`, entry);
  await dynamodb.send(
    new PutItemCommand({ TableName, Item: { auctionId: { S: auction }, bid: { N: String(number) }, bidder: { S: `bidder-${number % 37}` } } }),
  );
  entry.answeredMs = clock();
}

// The server's own histogram of the mapping: how many took at most so many milliseconds (powers of two).
async function serverLag() {
  const text = await (await fetch(`${process.env.AWS_ENDPOINT_URL}/_millrace/metrics`)).text();
  return [...text.matchAll(/^millrace_trigger_lag_bucket\{mapping="([^"]+)",le="([^"]+)"\} (\d+)$/gm)]
    .filter(([, uuid]) => uuid === mapping.UUID)
    .map(([, , le, count]) => ({ ms: Number(le.replace('+Inf', 'Infinity')) * 1000, count: Number(count) }));
}

// One bid per auction first, so that what is measured is the warm path; a cold start costs some 50 to 300 ms once per shard.
for (let auction = 0; auction < AUCTIONS; auction++) place(auction - AUCTIONS);
await Promise.race([allWarm, delay(30_000, undefined, { ref: false })]);
bids.clear();
seen.clear();
const lagOfWarmUp = await serverLag();

const bar = progress(`Placing bids  `, BIDS, (n) => `${n} bids`);
const began = clock();
const inOrder = new Map(); // the bids of one auction are placed one after another, as an order to keep
for (let number = 0; number < BIDS; number++) {
  const due = began + (number * 1000) / RATE;
  const wait = due - clock();
  if (wait > 1) await delay(wait);
  const auction = number % AUCTIONS;
  inOrder.set(auction, (inOrder.get(auction) ?? Promise.resolve()).then(() => place(number)));
  bar.update(number);
}
await Promise.all(inOrder.values());
bar.done(`${BIDS} bids at ${RATE}/s to ${AUCTIONS} auctions`);

const patience = delay(30_000, 'late', { ref: false });
if ((await Promise.race([allHandled, patience])) === 'late') throw new Error(`only ${handled} of ${BIDS} bids reached the handler in 30 s`);
reports.close();

const times = [...bids.values()];
const outOfOrder = [...seen.values()].filter((order) => order.some((bid, i) => i > 0 && bid < order[i - 1]));
const distribution = (values) => {
  const sorted = values.toSorted ? values.toSorted((a, b) => a - b) : [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at(0.5), at(0.99), sorted.at(-1)];
};
function upperBounds(before, after) {
  const buckets = after.map(({ ms, count }) => ({ ms, count: count - (before.find((b) => b.ms === ms)?.count ?? 0) }));
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return ['', '', ''];
  return [0.5, 0.99, 1].map((share) => `< ${millis(buckets.find(({ count }) => count >= share * total).ms)}`);
}
const hop = (name, pick, seed) => [name, ...distribution(times.map(pick)).map(millis), seed];
const lag = times.map((t) => t.startedMs - t.sentMs);
console.log('\nFrom a bid to the handler it turns (one table, its stream, one event source mapping)');
table([
  ['hop', 'p50', 'p99', 'max', 'the seed system, on AWS'],
  hop('request to handler start', (t) => t.startedMs - t.sentMs, '548 ms to 3062 ms; goal 300 ms'),
  ['  write to handler start, in the server', ...upperBounds(lagOfWarmUp, await serverLag()), ''],
  hop('request to its answer', (t) => t.answeredMs - t.sentMs, ''),
]);
console.log(`order: ${outOfOrder.length === 0 ? `held in all ${seen.size} auctions` : `BROKEN in ${outOfOrder.length} auctions`}`);

mkdirSync('build/demo', { recursive: true });
const [p50, p99, max] = distribution(lag);
writeFileSync(
  'build/demo/bid-lag.svg',
  histogramSvg(lag, {
    title: 'Bid to handler',
    subtitle: `${BIDS} bids at ${RATE}/s: p50 ${millis(p50)}, p99 ${millis(p99)}, max ${millis(max)}`,
    marks: [
      { at: 300, label: 'the goal: 300 ms', color: '#2c8a3c' },
      { at: 548, label: "AWS's best: 548 ms" },
      { at: 3062, label: "AWS's worst: 3.06 s" },
    ],
  }),
);
console.log('plot: build/demo/bid-lag.svg\n');
if (outOfOrder.length > 0) process.exit(1);

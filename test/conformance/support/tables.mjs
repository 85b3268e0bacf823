// Tables for tests, and short ways to fill and read them.
import { CreateTableCommand, DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

let count = 0;

// makeTable(client, 'pk:S', 'sk:N', {more}) -> its TableDescription, ACTIVE.
export async function makeTable(client, hash, range, more = {}) {
  const keys = [hash, range].filter((key) => key !== undefined).map((key) => key.split(':'));
  const TableName = more.TableName ?? `table-${process.pid}-${++count}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys.map(([AttributeName], i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      ...more,
    }),
  );
  return waitActive(client, TableName);
}

// States last no longer than the work, so asking again at once is enough; the deadline is for what is broken.
export async function waitActive(client, TableName) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table.TableStatus === 'ACTIVE') return Table;
  }
  throw new Error(`${TableName} did not become ACTIVE`);
}

export const put = (client, TableName, Item, more = {}) => client.send(new PutItemCommand({ TableName, Item, ...more }));

// eachOf(64, items, work): at most so many at once.
export async function eachOf(width, items, work) {
  const source = items[Symbol.iterator]();
  const lane = async () => {
    for (let step = source.next(); !step.done; step = source.next()) await work(step.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

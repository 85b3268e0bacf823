// Numbers: 38 digits exactly, sorted by value, and the edges of what a number may be.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put } from './support/tables.mjs';

let client, TableName;
before(async () => {
  client = dynamodbClient(await startServer());
  ({ TableName } = await makeTable(client, 'pk:S', 'n:N'));
});

async function roundTrip(N) {
  await put(client, TableName, { pk: { S: 'trip' }, n: { N: '0' }, value: { N } });
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'trip' }, n: { N: '0' } } }));
  return Item.value.N;
}

const digits38 = '12345678901234567890123456789012345678';

test('numbers come back in normal form', async () => {
  const forms = {
    0: '0',
    '-0': '0',
    '0.000': '0',
    '007': '7',
    '1.10': '1.1',
    '1e3': '1000',
    '1E-3': '0.001',
    '-1.5e1': '-15',
    [digits38]: digits38,
    [`-0.${digits38}`]: `-0.${digits38}`,
    [`${digits38}000`]: `${digits38}000`,
  };
  for (const [written, read] of Object.entries(forms)) assert.equal(await roundTrip(written), read, written);
});

test('the largest and the smallest are kept', async () => {
  const nines = '9'.repeat(38);
  const value = (text) => text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  for (const written of [`9.${'9'.repeat(37)}E+125`, '1E-130', `-9.${'9'.repeat(37)}E+125`, '-1E-130']) {
    const read = await roundTrip(written);
    assert.ok([nines, '1'].includes(value(read.replace(/E.*$/i, ''))), read);
    assert.equal(read.startsWith('-'), written.startsWith('-'));
    assert.equal(await roundTrip(read), read);
  }
});

test('what is too long, too large or too small is refused', async (t) => {
  const refused = {
    [`${digits38}9`]: /more than 38 significant digits/,
    '1E126': /Number overflow\. Attempting to store a number with magnitude larger than supported range/,
    '1E-131': /Number underflow\. Attempting to store a number with magnitude smaller than supported range/,
    abc: /cannot be converted to a numeric value/,
    '1,5': /cannot be converted to a numeric value/,
    '': /cannot be converted to a numeric value/,
    NaN: /cannot be converted to a numeric value/,
    '0x10': /cannot be converted to a numeric value/,
  };
  for (const [N, message] of Object.entries(refused)) {
    await t.test(N || 'empty', () => assert.rejects(roundTrip(N), awsError('ValidationException', message)));
  }
});

test('keys sort by value', async () => {
  const sorted = ['-1E+100', '-100', '-99.9', '-1', '-0.1', '-1E-100', '0', '1E-130', '0.0999', '0.1', '1', '1.0000000000000000000000000000000000001', '2', '9', '10', '1E+125'];
  const shuffled = [...sorted].sort((a, b) => (a.length * 7 + a.charCodeAt(0)) % 5 - (b.length * 7 + b.charCodeAt(0)) % 5);
  for (const N of shuffled) await put(client, TableName, { pk: { S: 'sorted' }, n: { N } });
  const ask = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'sorted' } } };
  const up = await client.send(new QueryCommand(ask));
  assert.deepEqual(up.Items.map((item) => Number(item.n.N)), sorted.map(Number));
  const down = await client.send(new QueryCommand({ ...ask, ScanIndexForward: false }));
  assert.deepEqual(down.Items.map((item) => item.n.N), up.Items.map((item) => item.n.N).reverse());
});

test('sums are exact', async () => {
  const Key = { pk: { S: 'sum' }, n: { N: '1' } };
  const add = async (by) => {
    const { Attributes } = await client.send(
      new UpdateItemCommand({ TableName, Key, UpdateExpression: 'ADD amount :by', ExpressionAttributeValues: { ':by': { N: by } }, ReturnValues: 'UPDATED_NEW' }),
    );
    return Attributes.amount.N;
  };
  assert.equal(await add('0.1'), '0.1');
  assert.equal(await add('0.2'), '0.3');
  assert.equal(await add('99999999999999999999999999999999999.7'), '100000000000000000000000000000000000');
  assert.equal(await add('-100000000000000000000000000000000000'), '0');
});

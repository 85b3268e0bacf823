// Global secondary indexes whose partition and sort keys have several attributes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateTableCommand,
  DeleteItemCommand,
  ExecuteStatementCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable, put, waitActive } from './support/tables.mjs';

let client;
before(async () => {
  client = dynamodbClient(await startServer());
});

const attributes = (...names) => names.map((name) => name.split(':')).map(([AttributeName, type = 'S']) => ({ AttributeName, AttributeType: type }));
const keys = (hash, range = []) => [
  ...hash.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
  ...range.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' })),
];
const index = (KeySchema, more = {}) => ({ IndexName: 'multi', KeySchema, Projection: { ProjectionType: 'ALL' }, ...more });
const matches = (TableName, more = {}) =>
  makeTable(client, 'id', undefined, {
    TableName,
    AttributeDefinitions: attributes('id', 'game', 'region', 'round:N', 'bracket'),
    GlobalSecondaryIndexes: [index(keys(['game', 'region'], ['round', 'bracket']))],
    ...more,
  });
const match = (id, game, region, round, bracket) => ({
  id: { S: id },
  ...(game && { game: { S: game } }),
  ...(region && { region: { S: region } }),
  ...(round && { round: { N: round } }),
  ...(bracket && { bracket: { S: bracket } }),
});
const values = { ':g': { S: 'chess' }, ':r': { S: 'eu' }, ':n': { N: '2' }, ':m': { N: '10' }, ':b': { S: 'u' } };
const query = async (TableName, KeyConditionExpression, more = {}) => {
  const ExpressionAttributeValues = Object.fromEntries(Object.entries(values).filter(([name]) => KeyConditionExpression.includes(name)));
  const out = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'multi',
      KeyConditionExpression: KeyConditionExpression.replaceAll('region', '#region'),
      ...(KeyConditionExpression.includes('region') && { ExpressionAttributeNames: { '#region': 'region' } }),
      ExpressionAttributeValues,
      ...more,
    }),
  );
  return { ids: out.Items.map((item) => item.id.S), last: out.LastEvaluatedKey };
};

test('an index keeps the items that have all its attributes, in their order', async () => {
  const { TableName } = await matches('Matches');
  for (const item of [
    match('1', 'chess', 'eu', '10', 'lower'),
    match('2', 'chess', 'eu', '2', 'upper'),
    match('3', 'chess', 'eu', '2', 'lower'),
    match('4', 'chess', 'us', '1', 'lower'),
    match('5', 'chess', 'eu', '1'),
    match('6', 'chess', null, '1', 'lower'),
  ])
    await put(client, TableName, item);
  const both = 'game = :g AND region = :r';
  assert.deepEqual((await query(TableName, both)).ids, ['3', '2', '1']);
  assert.deepEqual((await query(TableName, both, { ScanIndexForward: false })).ids, ['1', '2', '3']);
  assert.deepEqual((await query(TableName, `${both} AND round = :n`)).ids, ['3', '2']);
  assert.deepEqual((await query(TableName, `${both} AND round > :n`)).ids, ['1']);
  assert.deepEqual((await query(TableName, `${both} AND round BETWEEN :n AND :m`)).ids, ['3', '2', '1']);
  assert.deepEqual((await query(TableName, `begins_with(bracket, :b) AND round = :n AND ${both}`)).ids, ['2']);
  assert.equal((await client.send(new ScanCommand({ TableName, IndexName: 'multi' }))).Count, 4);

  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: '3' } } }));
  await client.send(
    new UpdateItemCommand({ TableName, Key: { id: { S: '5' } }, UpdateExpression: 'SET bracket = :b', ExpressionAttributeValues: { ':b': { S: 'x' } } }),
  );
  assert.deepEqual((await query(TableName, both)).ids, ['5', '2', '1']);
  await client.send(new UpdateItemCommand({ TableName, Key: { id: { S: '2' } }, UpdateExpression: 'REMOVE #r', ExpressionAttributeNames: { '#r': 'region' } }));
  assert.deepEqual((await query(TableName, both)).ids, ['5', '1']);
});

test('pages go on where they ended, with every key attribute in the last key', async () => {
  const { TableName } = await matches('Pages');
  for (let i = 0; i < 7; ++i) await put(client, TableName, match(`${i}`, 'chess', 'eu', `${i % 3}` === '0' ? '5' : '2', `b${i % 2}`));
  const whole = (await query(TableName, 'game = :g AND region = :r')).ids;
  const seen = [];
  let ExclusiveStartKey;
  do {
    const page = await query(TableName, 'game = :g AND region = :r', { Limit: 2, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    seen.push(...page.ids);
    ExclusiveStartKey = page.last;
    if (ExclusiveStartKey) assert.deepEqual(Object.keys(ExclusiveStartKey).sort(), ['bracket', 'game', 'id', 'region', 'round']);
  } while (ExclusiveStartKey);
  assert.deepEqual(seen, whole);
  const start = { ...match('1', 'chess', 'eu', '2', 'b1') };
  delete start.bracket;
  await assert.rejects(
    query(TableName, 'game = :g AND region = :r', { ExclusiveStartKey: start }),
    awsError('ValidationException', /^The provided starting key is invalid/),
  );
  await assert.rejects(
    query(TableName, 'game = :g AND region = :r', { ExclusiveStartKey: match('1', 'chess', 'us', '2', 'b1') }),
    awsError('ValidationException', /outside query boundaries/),
  );
  await assert.rejects(
    query(TableName, 'game = :g AND region = :r AND round = :n AND bracket > :b', { ExclusiveStartKey: match('1', 'chess', 'eu', '3', 'v') }),
    awsError('ValidationException', 'The provided starting key does not match the range key predicate'),
  );
});

test('conditions go from the left, and only the last is a range', async () => {
  const { TableName } = await matches('Conditions');
  const gap = 'RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute bracket';
  for (const [condition, message] of [
    ['game = :g', 'Query condition missed key schema element: region'],
    ['region = :r AND round = :n', 'Query condition missed key schema element: game'],
    ['game = :g AND region > :r', 'Query key condition not supported'],
    ['game = :g AND region = :r AND bracket = :b', gap],
    ['game = :g AND region = :r AND round > :n AND bracket = :b', gap],
  ])
    await assert.rejects(query(TableName, condition), awsError('ValidationException', message), condition);
  const legacy = (KeyConditions) => client.send(new QueryCommand({ TableName, IndexName: 'multi', KeyConditions }));
  const eq = (value) => ({ ComparisonOperator: 'EQ', AttributeValueList: [value] });
  await put(client, TableName, match('1', 'chess', 'eu', '2', 'upper'));
  const conditions = { game: eq({ S: 'chess' }), region: eq({ S: 'eu' }), round: eq({ N: '2' }) };
  assert.equal((await legacy({ ...conditions, bracket: { ComparisonOperator: 'GT', AttributeValueList: [{ S: 'a' }] } })).Count, 1);
  const { round, ...skipped } = conditions;
  await assert.rejects(legacy({ ...skipped, bracket: eq({ S: 'a' }) }), awsError('ValidationException', gap));
  await assert.rejects(
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'id = :g AND a = :g AND b = :g',
        ExpressionAttributeValues: { ':g': { S: 'x' } },
      }),
    ),
    awsError('ValidationException', 'Conditions can be of length 1 or 2 only'),
  );
});

test('what a key schema may be', async () => {
  const many = ['a', 'b', 'c', 'd', 'e'];
  const make = (KeySchema, more = {}) =>
    client.send(
      new CreateTableCommand({
        TableName: 'Refused',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: attributes(...new Set(['id', ...KeySchema.map((one) => one.AttributeName).filter((name) => name !== 'nope'), ...(more.KeySchema ?? []).map((one) => one.AttributeName)])),
        KeySchema: keys(['id']),
        GlobalSecondaryIndexes: [index(KeySchema)],
        ...more,
      }),
    );
  const invalid = 'One or more parameter values were invalid: ';
  for (const [schema, message] of [
    [keys(many), `${invalid}The KeySchema exceeds the maximum allowed number of HASH key attributes`],
    [keys(['f'], many), `${invalid}The KeySchema exceeds the maximum allowed number of RANGE key attributes`],
    [[...keys(['a'], ['b']), ...keys(['c'])], `${invalid}All HASH key attributes must precede RANGE key attributes in the KeySchema`],
    [keys(['a', 'a']), 'The KeySchema contains multiple key attributes with the same name'],
    [keys(['a'], ['b', 'a']), 'The KeySchema contains multiple key attributes with the same name'],
    [keys([], ['a', 'b', 'c']), 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'],
    [keys(['a', 'nope']), /Some index key attributes are not defined in AttributeDefinitions/],
  ])
    await assert.rejects(make(schema), awsError('ValidationException', message), JSON.stringify(schema));
  await assert.rejects(make(keys(['a']), { KeySchema: keys(['id', 'a', 'b']) }), awsError('ValidationException', /'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2/));
  await assert.rejects(
    make(keys(['a']), { KeySchema: keys(['id'], ['a']), LocalSecondaryIndexes: [{ ...index(keys(['id'], ['b', 'c'])), IndexName: 'local' }] }),
    awsError('ValidationException', /'localSecondaryIndexes.1.member.keySchema' failed to satisfy constraint: Member must have length less than or equal to 2/),
  );
  const KeySchema = keys(['a', 'b', 'c', 'd'], ['e', 'f', 'g', 'h']);
  const table = await makeTable(client, 'id', undefined, {
    AttributeDefinitions: attributes('id', ...many, 'f', 'g', 'h'),
    GlobalSecondaryIndexes: [index(KeySchema)],
  });
  assert.deepEqual(table.GlobalSecondaryIndexes[0].KeySchema, KeySchema);
});

test('an index added later is filled, and its attributes are checked from then on', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  for (let i = 0; i < 300; ++i) await put(client, TableName, match(`${i}`, 'chess', i % 2 ? 'eu' : null, `${i}`, 'x'));
  const create = (KeySchema) =>
    client.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: attributes('id', 'game', 'region', 'round:N', 'bracket'),
        GlobalSecondaryIndexUpdates: [{ Create: index(KeySchema) }],
      }),
    );
  await assert.rejects(create(keys(['game'], ['round', 'bracket', 'round'])), awsError('ValidationException', /same name/));
  await create(keys(['game', 'region'], ['round', 'bracket']));
  for (let active = false; !active; ) {
    const table = await waitActive(client, TableName);
    active = table.GlobalSecondaryIndexes.every((one) => one.IndexStatus === 'ACTIVE');
  }
  assert.equal((await query(TableName, 'game = :g AND region = :r')).ids.length, 150);
  const refused = (bad) => client.send(new PutItemCommand({ TableName, Item: { ...match('x', 'chess', 'eu', '1', 'b'), ...bad } }));
  await assert.rejects(refused({ round: { S: 'one' } }), awsError('ValidationException', /Type mismatch for Index Key round Expected: N Actual: S IndexName: multi/));
  await assert.rejects(refused({ bracket: { S: '' } }), awsError('ValidationException', /IndexName: multi, IndexKey: bracket/));
  await assert.rejects(
    refused({ game: { S: 'g'.repeat(1500) }, region: { S: 'r'.repeat(1500) } }),
    awsError('ValidationException', /Size of hashkey has exceeded/),
  );
});

test('PartiQL does not read such an index, and reads the table beside it', async () => {
  const { TableName } = await matches('Partiql');
  await put(client, TableName, match('1', 'chess', 'eu', '2', 'upper'));
  await assert.rejects(
    client.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}"."multi" WHERE game = 'chess' AND region = 'eu'` })),
    awsError('ValidationException', /multi-attribute/),
  );
  const { Items } = await client.send(new ExecuteStatementCommand({ Statement: `SELECT id FROM "${TableName}" WHERE id = '1'` }));
  assert.deepEqual(Items, [{ id: { S: '1' } }]);
});

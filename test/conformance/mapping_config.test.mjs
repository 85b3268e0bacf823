// Event source mappings as things: made, read, listed, changed, turned off and on, removed.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';

import { awsError, dynamodbClient, lambdaClient } from './support/clients.mjs';
import { makeFunction } from './support/functions.mjs';
import { inState, mapped, streamed } from './support/mappings.mjs';
import { openReports } from './support/reports.mjs';
import { startServer } from './support/server.mjs';

let lambda, dynamodb, reports, world;
before(async () => {
  const server = await startServer();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
  reports = await openReports();
  world = { lambda, dynamodb, reports };
});

test('a mapping has AWS\'s defaults', async () => {
  const { made, UUID, FunctionArn, StreamArn } = await mapped(world);
  assert.match(UUID, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.match(made.State, /^(Creating|Enabled)$/);
  const got = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  const wanted = {
    UUID,
    FunctionArn,
    EventSourceArn: StreamArn,
    State: 'Enabled',
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    BisectBatchOnFunctionError: false,
    TumblingWindowInSeconds: 0,
  };
  for (const [name, value] of Object.entries(wanted)) assert.deepEqual(got[name], value, name);
  assert.deepEqual(got.FunctionResponseTypes ?? [], []);
});

test('every setting is kept, and changed by an update', async () => {
  const settings = {
    BatchSize: 7,
    MaximumBatchingWindowInSeconds: 3,
    ParallelizationFactor: 4,
    MaximumRecordAgeInSeconds: 120,
    MaximumRetryAttempts: 5,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
  };
  const { UUID } = await mapped({ ...world, ...settings });
  const got = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  for (const [name, value] of Object.entries(settings)) assert.deepEqual(got[name], value, name);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 9, MaximumRetryAttempts: 0, FunctionResponseTypes: [], FilterCriteria: {} }));
  const changed = await inState(lambda, UUID, 'Enabled');
  assert.equal(changed.BatchSize, 9);
  assert.equal(changed.MaximumRetryAttempts, 0);
  assert.equal(changed.ParallelizationFactor, 4);
  assert.deepEqual(changed.FunctionResponseTypes ?? [], []);
  assert.equal(changed.FilterCriteria?.Filters?.length ?? 0, 0);
});

test('listed by function, by stream, page by page', async () => {
  const table = await streamed(dynamodb);
  const first = await mapped({ ...world, table });
  const second = await mapped({ ...world, table });
  const uuids = async (input) => (await lambda.send(new ListEventSourceMappingsCommand(input))).EventSourceMappings.map((m) => m.UUID).sort();
  assert.deepEqual(await uuids({ EventSourceArn: first.StreamArn }), [first.UUID, second.UUID].sort());
  assert.deepEqual(await uuids({ FunctionName: first.FunctionName }), [first.UUID]);
  const page = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: first.StreamArn, MaxItems: 1 }));
  assert.equal(page.EventSourceMappings.length, 1);
  const rest = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: first.StreamArn, Marker: page.NextMarker }));
  assert.equal(rest.EventSourceMappings.length, 1);
});

test('turned off and on, and removed', async () => {
  const { UUID } = await mapped({ ...world, Enabled: false });
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  await inState(lambda, UUID, 'Enabled');
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await inState(lambda, UUID, 'Disabled');
  const { State } = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  assert.equal(State, 'Deleting');
  const gone = async () => {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  };
  await assert.rejects(gone(), awsError('ResourceNotFoundException', 'The resource you requested does not exist.'));
});

test('what cannot be a mapping is refused', async (t) => {
  const { FunctionName, StreamArn } = await mapped(world);
  const { FunctionName: other } = await makeFunction(lambda, 'exports.handler = async () => 1;');
  const make = (more) => lambda.send(new CreateEventSourceMappingCommand({ FunctionName: other, EventSourceArn: StreamArn, StartingPosition: 'LATEST', ...more }));
  const refused = {
    'the same pair twice': [{ FunctionName }, 'ResourceConflictException'],
    'a function that is not there': [{ FunctionName: 'nowhere' }, 'InvalidParameterValueException|ResourceNotFoundException'],
    'a stream that is not there': [{ EventSourceArn: `${StreamArn.slice(0, -4)}0000` }, 'InvalidParameterValueException|ResourceNotFoundException'],
    'no starting position': [{ StartingPosition: undefined }, 'InvalidParameterValueException'],
    'a batch of 10,001': [{ BatchSize: 10_001 }, 'InvalidParameterValueException|ValidationException'],
    'a window of 301 s': [{ MaximumBatchingWindowInSeconds: 301 }, 'InvalidParameterValueException|ValidationException'],
    'eleven lanes': [{ ParallelizationFactor: 11 }, 'InvalidParameterValueException|ValidationException'],
    'a filter that is no JSON': [{ FilterCriteria: { Filters: [{ Pattern: 'nonsense' }] } }, 'InvalidParameterValueException'],
    'an age of 30 s': [{ MaximumRecordAgeInSeconds: 30 }, 'InvalidParameterValueException|ValidationException'],
  };
  for (const [name, [more, error]] of Object.entries(refused)) {
    await t.test(name, () =>
      assert.rejects(make(more), (got) => {
        assert.match(got.name, new RegExp(`^(${error})$`), `${got.name}: ${got.message}`);
        return true;
      }));
  }
  await assert.rejects(lambda.send(new GetEventSourceMappingCommand({ UUID: '00000000-0000-0000-0000-000000000000' })), awsError('ResourceNotFoundException'));
});

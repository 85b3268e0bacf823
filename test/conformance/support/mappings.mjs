// Event source mappings for tests: a table with a stream, a function, and the mapping between them.
import { CreateEventSourceMappingCommand, GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';

import { makeFunction } from './functions.mjs';
import { reportSource } from './reports.mjs';
import { makeTable, put } from './tables.mjs';

export const streamed = (client, hash = 'pk:S', range = 'sk:N', view = 'NEW_AND_OLD_IMAGES') =>
  makeTable(client, hash, range, { StreamSpecification: { StreamEnabled: true, StreamViewType: view } });

// What a handler reports of its batch: [pk, sk, event name] of each record; it returns what the test answers,
// or throws when that is {"throw": text}.
export const reportingHandler = `${reportSource}
exports.handler = async (event) => {
  const batch = event.Records.map((r) => [r.dynamodb.Keys.pk.S, Number(r.dynamodb.Keys.sk?.N), r.eventName, r.dynamodb.SequenceNumber]);
  const answer = await report('batch', batch);
  if (answer && answer.throw) throw new Error(answer.throw);
  return answer;
};`;

// A mapping that is on: {UUID, FunctionName, TableName, StreamArn}.
export async function mapped({ lambda, dynamodb, reports, table, source = reportingHandler, functionMore = {}, ...settings }) {
  const { TableName, LatestStreamArn } = table ?? (await streamed(dynamodb));
  const { FunctionName, FunctionArn } = await makeFunction(lambda, source, { env: reports.env, Timeout: 30, ...functionMore });
  const made = await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: LatestStreamArn, StartingPosition: 'TRIM_HORIZON', ...settings }),
  );
  await inState(lambda, made.UUID, settings.Enabled === false ? 'Disabled' : 'Enabled');
  return { UUID: made.UUID, FunctionName, FunctionArn, TableName, StreamArn: LatestStreamArn, made };
}

// A mapping's state lasts as long as the work behind it: ask until it is there.
export async function inState(lambda, UUID, State) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const got = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (got.State === State) return got;
  }
  throw new Error(`the mapping did not become ${State}`);
}

export const write = (dynamodb, TableName, pk, sk, more = {}) => put(dynamodb, TableName, { pk: { S: pk }, sk: { N: String(sk) }, ...more });

// Buckets, which are folders of the data folder: packages come from them, and what functions did not handle goes to them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { GetEventSourceMappingCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';

import { awsError, dynamodbClient, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction } from './support/functions.mjs';
import { mapped, write } from './support/mappings.mjs';
import { openReports } from './support/reports.mjs';
import { newServer } from './support/server.mjs';
import { zip } from './support/zip.mjs';

let server, lambda, dynamodb;
before(async () => {
  server = await newServer().start();
  lambda = lambdaClient(server);
  dynamodb = dynamodbClient(server);
});
const bucket = (name) => {
  const folder = join(server.data, 'objects', name);
  mkdirSync(folder, { recursive: true });
  return folder;
};
// Every file below a folder.
const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));

test('a package from a bucket', async () => {
  const code = bucket('packages');
  writeFileSync(join(code, 'one.zip'), zip({ 'index.js': 'exports.handler = async () => "from a bucket"' }));
  const Code = { S3Bucket: 'packages', S3Key: 'one.zip' };
  const { FunctionName } = await makeFunction(lambda, '', { Code });
  assert.equal((await invoke(lambda, FunctionName)).payload, 'from a bucket');
  const refused = (more, message) => assert.rejects(makeFunction(lambda, '', { Code: { ...Code, ...more } }), awsError('InvalidParameterValueException', message));
  await refused({ S3Key: 'none.zip' }, /NoSuchKey/);
  await refused({ S3Bucket: 'none' }, /NoSuchBucket/);
});

test('what a mapping gives up on is written to its bucket, with the event', async () => {
  const failed = bucket('failed');
  const reports = await openReports();
  const OnFailure = { Destination: 'arn:aws:s3:::failed' };
  const { TableName, UUID, StreamArn } = await mapped({ lambda, dynamodb, reports, BatchSize: 1, MaximumRetryAttempts: 1, DestinationConfig: { OnFailure } });
  assert.deepEqual((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).DestinationConfig, { OnFailure });
  await write(dynamodb, TableName, 'k', 1);
  await write(dynamodb, TableName, 'k', 2);
  for (let attempt = 0; attempt < 2; ++attempt) (await reports.take()).reply({ throw: 'never' });
  const next = await reports.take(); // the position has moved on: the document was there before
  assert.deepEqual(next.value.map(([, n]) => n), [2]);
  next.reply();
  const [file, ...more] = files(failed);
  assert.deepEqual(more, []);
  assert.match(file.slice(failed.length), new RegExp(`^/aws/lambda/${UUID}/shardId-[^/]+/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-[0-9a-f-]+$`));
  const document = JSON.parse(readFileSync(file));
  assert.equal(document.requestContext.condition, 'RetryAttemptsExhausted');
  assert.equal(document.requestContext.approximateInvokeCount, 2);
  assert.equal(document.DDBStreamBatchInfo.batchSize, 1);
  assert.equal(document.DDBStreamBatchInfo.streamArn, StreamArn);
  const { Records } = JSON.parse(document.payload);
  assert.equal(Records.length, 1);
  assert.equal(Records[0].dynamodb.SequenceNumber, document.DDBStreamBatchInfo.startSequenceNumber);
});

test('failures of asynchronous invocations may go to a bucket, successes may not', async () => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async () => {}');
  const Destination = 'arn:aws:s3:::failed';
  const config = await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnFailure: { Destination } } }));
  assert.equal(config.DestinationConfig.OnFailure.Destination, Destination);
  await assert.rejects(lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnSuccess: { Destination } } })), awsError('InvalidParameterValueException'));
});

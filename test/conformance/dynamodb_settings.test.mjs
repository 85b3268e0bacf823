// What is kept and returned but changes nothing here, and what is refused because saying yes would be a lie.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateGlobalTableCommand,
  DeleteResourcePolicyCommand,
  DescribeContributorInsightsCommand,
  DescribeGlobalTableCommand,
  DescribeKinesisStreamingDestinationCommand,
  DisableKinesisStreamingDestinationCommand,
  EnableKinesisStreamingDestinationCommand,
  GetResourcePolicyCommand,
  ListContributorInsightsCommand,
  ListGlobalTablesCommand,
  PutResourcePolicyCommand,
  UpdateContributorInsightsCommand,
} from '@aws-sdk/client-dynamodb';

import { awsError, dynamodbClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';
import { makeTable } from './support/tables.mjs';

let client;
before(async () => {
  client = dynamodbClient(await startServer());
});

const policy = (Effect) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Principal: '*', Action: 'dynamodb:GetItem', Resource: '*' }] });

test('a resource policy is kept with a revision', async () => {
  const { TableArn: ResourceArn } = await makeTable(client, 'id:S');
  await assert.rejects(client.send(new GetResourcePolicyCommand({ ResourceArn })), awsError('PolicyNotFoundException'));
  const first = await client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy('Allow'), ExpectedRevisionId: 'NO_POLICY' }));
  const got = await client.send(new GetResourcePolicyCommand({ ResourceArn }));
  assert.equal(got.Policy, policy('Allow'));
  assert.equal(got.RevisionId, first.RevisionId);
  const again = await client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy('Allow') }));
  assert.equal(again.RevisionId, first.RevisionId);
  const second = await client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy('Deny'), ExpectedRevisionId: first.RevisionId }));
  assert.notEqual(second.RevisionId, first.RevisionId);
  for (const ExpectedRevisionId of [first.RevisionId, 'NO_POLICY'])
    await assert.rejects(
      client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy('Allow'), ExpectedRevisionId })),
      awsError('PolicyNotFoundException'),
    );
  assert.equal((await client.send(new DeleteResourcePolicyCommand({ ResourceArn }))).RevisionId, second.RevisionId);
  assert.equal((await client.send(new DeleteResourcePolicyCommand({ ResourceArn }))).RevisionId, undefined);
  await assert.rejects(client.send(new GetResourcePolicyCommand({ ResourceArn })), awsError('PolicyNotFoundException'));
});

test('a stream has a policy of its own', async () => {
  const { TableArn, LatestStreamArn } = await makeTable(client, 'id:S', undefined, { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } });
  await client.send(new PutResourcePolicyCommand({ ResourceArn: LatestStreamArn, Policy: policy('Allow') }));
  assert.equal((await client.send(new GetResourcePolicyCommand({ ResourceArn: LatestStreamArn }))).Policy, policy('Allow'));
  await assert.rejects(client.send(new GetResourcePolicyCommand({ ResourceArn: TableArn })), awsError('PolicyNotFoundException'));
});

test('policies that are no policies, and of tables that are not there', async () => {
  const { TableArn: ResourceArn } = await makeTable(client, 'id:S');
  await assert.rejects(client.send(new PutResourcePolicyCommand({ ResourceArn, Policy: 'no' })), awsError('ValidationException'));
  const nobody = ResourceArn.replace(/[^/]*$/, 'Nobody');
  await assert.rejects(client.send(new GetResourcePolicyCommand({ ResourceArn: nobody })), awsError('ResourceNotFoundException'));
});

test('contributor insights are switched on and off', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  const describe = async () => (await client.send(new DescribeContributorInsightsCommand({ TableName }))).ContributorInsightsStatus;
  assert.equal(await describe(), 'DISABLED');
  const on = await client.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: 'ENABLE' }));
  assert.equal(on.ContributorInsightsStatus, 'ENABLING');
  assert.equal(await describe(), 'ENABLED');
  const listed = await client.send(new ListContributorInsightsCommand({ TableName }));
  assert.deepEqual(listed.ContributorInsightsSummaries.map((one) => one.TableName), [TableName]);
  await client.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: 'DISABLE' }));
  assert.equal(await describe(), 'DISABLED');
  await assert.rejects(
    client.send(new UpdateContributorInsightsCommand({ TableName, IndexName: 'nobody', ContributorInsightsAction: 'ENABLE' })),
    awsError('ResourceNotFoundException'),
  );
});

test('Kinesis destinations and global tables are refused, and none are listed', async () => {
  const { TableName } = await makeTable(client, 'id:S');
  const StreamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/changes';
  await assert.rejects(client.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn })), awsError('ValidationException', /no Kinesis/));
  await assert.rejects(client.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn })), awsError('ResourceNotFoundException'));
  assert.deepEqual((await client.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))).KinesisDataStreamDestinations, []);
  await assert.rejects(
    client.send(new CreateGlobalTableCommand({ GlobalTableName: TableName, ReplicationGroup: [{ RegionName: 'eu-west-1' }] })),
    awsError('ValidationException', /no global tables/),
  );
  await assert.rejects(client.send(new DescribeGlobalTableCommand({ GlobalTableName: TableName })), awsError('GlobalTableNotFoundException'));
  assert.deepEqual((await client.send(new ListGlobalTablesCommand({}))).GlobalTables, []);
});

// Log groups and streams: made, listed, tagged, kept for so long, deleted; and what AWS says when it cannot be done.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';

import { awsError, logsClient } from './support/clients.mjs';
import { startServer } from './support/server.mjs';

let server, logs;
before(async () => {
  server = await startServer();
  logs = logsClient(server);
});
const send = (Command, input) => logs.send(new Command(input));
const noGroup = awsError('ResourceNotFoundException', 'The specified log group does not exist.');

test('a group, from making to deleting', async () => {
  const logGroupName = '/app/one';
  await send(CreateLogGroupCommand, { logGroupName, tags: { stage: 'test' } });
  await assert.rejects(send(CreateLogGroupCommand, { logGroupName }), awsError('ResourceAlreadyExistsException', 'The specified log group already exists'));
  const { logGroups } = await send(DescribeLogGroupsCommand, { logGroupNamePrefix: logGroupName });
  assert.equal(logGroups.length, 1);
  const [group] = logGroups;
  assert.equal(group.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:/app/one:*');
  assert.equal(group.logGroupArn, 'arn:aws:logs:us-east-1:000000000000:log-group:/app/one');
  assert.equal(group.storedBytes, 0);
  assert.equal(group.metricFilterCount, 0);
  assert.equal(group.logGroupClass, 'STANDARD');
  assert.equal(group.retentionInDays, undefined);
  assert.ok(Math.abs(Date.now() - group.creationTime) < 60_000);
  await send(DeleteLogGroupCommand, { logGroupName });
  await assert.rejects(send(DeleteLogGroupCommand, { logGroupName }), noGroup);
});

test('prefix, pattern and pages', async () => {
  for (const logGroupName of ['/p/a', '/p/b', '/p/c', '/q/b']) await send(CreateLogGroupCommand, { logGroupName });
  const names = async (input) => (await send(DescribeLogGroupsCommand, input)).logGroups.map((g) => g.logGroupName);
  assert.deepEqual(await names({ logGroupNamePrefix: '/p/' }), ['/p/a', '/p/b', '/p/c']);
  assert.deepEqual(await names({ logGroupNamePattern: '/b' }), ['/p/b', '/q/b']);
  const first = await send(DescribeLogGroupsCommand, { logGroupNamePrefix: '/p/', limit: 2 });
  assert.equal(first.logGroups.length, 2);
  const second = await send(DescribeLogGroupsCommand, { logGroupNamePrefix: '/p/', limit: 2, nextToken: first.nextToken });
  assert.deepEqual(second.logGroups.map((g) => g.logGroupName), ['/p/c']);
  assert.equal(second.nextToken, undefined);
  await assert.rejects(send(DescribeLogGroupsCommand, { logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }), awsError('InvalidParameterException', /mutually exclusive/));
  await assert.rejects(send(DescribeLogGroupsCommand, { nextToken: 'x' }), awsError('InvalidParameterException', 'The specified nextToken is invalid.'));
});

test('what is no name is told as AWS tells it', async () => {
  await assert.rejects(
    send(CreateLogGroupCommand, { logGroupName: 'a b' }),
    awsError(
      'InvalidParameterException',
      "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    ),
  );
  await assert.rejects(send(DescribeLogStreamsCommand, {}), awsError('InvalidParameterException'));
});

test('retention and deletion protection', async () => {
  const logGroupName = '/kept';
  await assert.rejects(send(PutRetentionPolicyCommand, { logGroupName, retentionInDays: 7 }), noGroup);
  await send(CreateLogGroupCommand, { logGroupName });
  await send(PutRetentionPolicyCommand, { logGroupName, retentionInDays: 7 });
  const describe = async () => (await send(DescribeLogGroupsCommand, { logGroupNamePrefix: logGroupName })).logGroups[0];
  assert.equal((await describe()).retentionInDays, 7);
  await assert.rejects(send(PutRetentionPolicyCommand, { logGroupName, retentionInDays: 8 }), awsError('InvalidParameterException'));
  await send(DeleteRetentionPolicyCommand, { logGroupName });
  assert.equal((await describe()).retentionInDays, undefined);
  await send(PutLogGroupDeletionProtectionCommand, { logGroupIdentifier: logGroupName, deletionProtectionEnabled: true });
  await assert.rejects(send(DeleteLogGroupCommand, { logGroupName }), awsError('ValidationException'));
  await send(PutLogGroupDeletionProtectionCommand, { logGroupIdentifier: logGroupName, deletionProtectionEnabled: false });
  await send(DeleteLogGroupCommand, { logGroupName });
});

test('tags by ARN and by name', async () => {
  const logGroupName = '/tagged';
  const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/tagged';
  await send(CreateLogGroupCommand, { logGroupName, tags: { a: '1' } });
  await send(TagResourceCommand, { resourceArn, tags: { b: '2' } });
  await send(TagLogGroupCommand, { logGroupName, tags: { c: '3' } });
  assert.deepEqual((await send(ListTagsForResourceCommand, { resourceArn })).tags, { a: '1', b: '2', c: '3' });
  await send(UntagResourceCommand, { resourceArn, tagKeys: ['a'] });
  await send(UntagLogGroupCommand, { logGroupName, tags: ['b'] });
  assert.deepEqual((await send(ListTagsLogGroupCommand, { logGroupName })).tags, { c: '3' });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'v']));
  await assert.rejects(send(TagResourceCommand, { resourceArn, tags: many }), awsError('TooManyTagsException'));
  await assert.rejects(send(ListTagsForResourceCommand, { resourceArn: `${resourceArn}x` }), noGroup);
});

test('streams: order, pages, deletion', async () => {
  const logGroupName = '/streams';
  await assert.rejects(send(CreateLogStreamCommand, { logGroupName, logStreamName: 'a' }), noGroup);
  await send(CreateLogGroupCommand, { logGroupName });
  for (const logStreamName of ['a', 'b', 'c']) await send(CreateLogStreamCommand, { logGroupName, logStreamName });
  await assert.rejects(send(CreateLogStreamCommand, { logGroupName, logStreamName: 'a' }), awsError('ResourceAlreadyExistsException', 'The specified log stream already exists'));
  const now = Date.now();
  await send(PutLogEventsCommand, { logGroupName, logStreamName: 'b', logEvents: [{ timestamp: now, message: 'x' }] });
  await send(PutLogEventsCommand, { logGroupName, logStreamName: 'a', logEvents: [{ timestamp: now - 5000, message: 'x' }, { timestamp: now - 1000, message: 'y' }] });
  const list = async (input) => (await send(DescribeLogStreamsCommand, { logGroupName, ...input })).logStreams;
  const names = async (input) => (await list(input)).map((s) => s.logStreamName);
  assert.deepEqual(await names(), ['a', 'b', 'c']);
  assert.deepEqual(await names({ orderBy: 'LastEventTime', descending: true }), ['b', 'a', 'c']);
  assert.deepEqual(await names({ logStreamNamePrefix: 'b' }), ['b']);
  const [stream] = await list({ logStreamNamePrefix: 'a' });
  assert.equal(stream.firstEventTimestamp, now - 5000);
  assert.equal(stream.lastEventTimestamp, now - 1000);
  assert.equal(stream.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:/streams:log-stream:a');
  assert.ok(stream.lastIngestionTime >= now - 1000);
  assert.equal((await list({ logStreamNamePrefix: 'c' }))[0].lastEventTimestamp, undefined);
  await assert.rejects(send(DescribeLogStreamsCommand, { logGroupName, orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }), awsError('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.'));
  const walk = [];
  for (let nextToken; ; ) {
    const page = await send(DescribeLogStreamsCommand, { logGroupIdentifier: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`, orderBy: 'LastEventTime', descending: true, limit: 1, nextToken });
    walk.push(...page.logStreams.map((s) => s.logStreamName));
    if (!(nextToken = page.nextToken)) break;
  }
  assert.deepEqual(walk, ['b', 'a', 'c']);
  await send(DeleteLogStreamCommand, { logGroupName, logStreamName: 'a' });
  assert.deepEqual(await names(), ['b', 'c']);
  await assert.rejects(send(DeleteLogStreamCommand, { logGroupName, logStreamName: 'a' }), awsError('ResourceNotFoundException', 'The specified log stream does not exist.'));
});

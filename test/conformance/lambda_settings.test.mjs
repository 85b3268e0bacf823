// What deploy tools set and read beside the function itself: code signing, layer permissions, runtime management, event invoke
// configurations, tags of other resources, scaling.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  AddLayerVersionPermissionCommand,
  CreateCodeSigningConfigCommand,
  CreateFunctionCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionScalingConfigCommand,
  GetLayerVersionPolicyCommand,
  GetRuntimeManagementConfigCommand,
  InvokeAsyncCommand,
  ListCodeSigningConfigsCommand,
  ListFunctionEventInvokeConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionCodeSigningConfigCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionScalingConfigCommand,
  PutRuntimeManagementConfigCommand,
  RemoveLayerVersionPermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCodeSigningConfigCommand,
} from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { makeFunction, role } from './support/functions.mjs';
import { startServer, within } from './support/server.mjs';
import { zip } from './support/zip.mjs';

let server;
let lambda;
before(async () => {
  server = await startServer();
  lambda = lambdaClient(server);
});

const one = 'exports.handler = async () => 1;';
const publisher = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/mine/abcdefghij';
const nobody = 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-00000000000000000';

async function makeSigning(more = {}) {
  const { CodeSigningConfig } = await lambda.send(
    new CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: [publisher] }, ...more }),
  );
  return CodeSigningConfig;
}

test('code signing configurations are made, changed, listed, deleted', async () => {
  const made = await makeSigning({ Description: 'd', Tags: { k: 'v' } });
  assert.match(made.CodeSigningConfigArn, /^arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-[a-z0-9]{17}$/);
  assert.equal(made.CodeSigningConfigId, made.CodeSigningConfigArn.split(':').at(-1));
  assert.deepEqual(made.AllowedPublishers.SigningProfileVersionArns, [publisher]);
  assert.equal(made.CodeSigningPolicies.UntrustedArtifactOnDeployment, 'Warn');
  const CodeSigningConfigArn = made.CodeSigningConfigArn;
  const { CodeSigningConfig: updated } = await lambda.send(
    new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' } }),
  );
  assert.equal(updated.Description, 'd');
  assert.deepEqual((await lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }))).CodeSigningConfig, updated);
  assert.equal(updated.CodeSigningPolicies.UntrustedArtifactOnDeployment, 'Enforce');
  const { CodeSigningConfigs } = await lambda.send(new ListCodeSigningConfigsCommand({}));
  assert.ok(CodeSigningConfigs.some((c) => c.CodeSigningConfigArn === CodeSigningConfigArn));
  await lambda.send(new TagResourceCommand({ Resource: CodeSigningConfigArn, Tags: { l: 'w' } }));
  await lambda.send(new UntagResourceCommand({ Resource: CodeSigningConfigArn, TagKeys: ['k'] }));
  assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource: CodeSigningConfigArn }))).Tags, { l: 'w' });
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
  for (const command of [GetCodeSigningConfigCommand, DeleteCodeSigningConfigCommand, UpdateCodeSigningConfigCommand, ListFunctionsByCodeSigningConfigCommand]) {
    await assert.rejects(lambda.send(new command({ CodeSigningConfigArn })), awsError('ResourceNotFoundException'));
  }
});

test('what a configuration must be', async () => {
  const none = { SigningProfileVersionArns: [] };
  const many = { SigningProfileVersionArns: Array.from({ length: 21 }, (_, i) => publisher + i) };
  for (const AllowedPublishers of [none, many]) {
    await assert.rejects(lambda.send(new CreateCodeSigningConfigCommand({ AllowedPublishers })), awsError('ValidationException'));
  }
  await assert.rejects(lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: 'arn:aws:lambda:us-east-1:000000000000:function:f' })), awsError('ValidationException'));
});

test('a function is given a configuration, which then cannot be deleted', async () => {
  const { CodeSigningConfigArn } = await makeSigning();
  const { FunctionName, FunctionArn } = await makeFunction(lambda, one);
  const without = await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
  assert.equal(without.CodeSigningConfigArn, undefined);
  await assert.rejects(
    lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn: nobody })),
    awsError('CodeSigningConfigNotFoundException'),
  );
  await assert.rejects(
    lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName: 'nobody', CodeSigningConfigArn })),
    awsError('ResourceNotFoundException'),
  );
  const put = await lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
  assert.equal(put.CodeSigningConfigArn, CodeSigningConfigArn);
  assert.equal(put.FunctionName, FunctionName);
  assert.equal((await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }))).CodeSigningConfigArn, CodeSigningConfigArn);
  assert.deepEqual((await lambda.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn }))).FunctionArns, [FunctionArn]);
  await assert.rejects(lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn })), awsError('ResourceConflictException'));
  await lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName }));
  assert.equal((await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }))).CodeSigningConfigArn, undefined);
  await lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
});

test('CreateFunction takes a configuration that is there', async () => {
  const create = (CodeSigningConfigArn) =>
    lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'signed', Runtime: 'nodejs20.x', Handler: 'index.handler', Role: role, Code: { ZipFile: zip({ 'index.js': one }) }, CodeSigningConfigArn,
      }),
    );
  await assert.rejects(create(nobody), awsError('CodeSigningConfigNotFoundException'));
  const { CodeSigningConfigArn } = await makeSigning();
  await create(CodeSigningConfigArn);
  assert.equal((await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'signed' }))).CodeSigningConfigArn, CodeSigningConfigArn);
});

test('layer permissions', async () => {
  const LayerName = 'permitted';
  await lambda.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zip({ a: '1' }) } }));
  const of = { LayerName, VersionNumber: 1 };
  await assert.rejects(lambda.send(new GetLayerVersionPolicyCommand(of)), awsError('ResourceNotFoundException'));
  const add = (more) => lambda.send(new AddLayerVersionPermissionCommand({ ...of, Action: 'lambda:GetLayerVersion', ...more }));
  const added = await add({ StatementId: 'all', Principal: '*', OrganizationId: 'o-abcdefghij' });
  const statement = JSON.parse(added.Statement);
  assert.equal(statement.Sid, 'all');
  assert.deepEqual(statement.Condition, { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } });
  await assert.rejects(add({ StatementId: 'all', Principal: '*' }), awsError('ResourceConflictException'));
  await assert.rejects(add({ StatementId: 'more', Principal: '*', RevisionId: 'stale' }), awsError('PreconditionFailedException'));
  await add({ StatementId: 'account', Principal: '123456789012', RevisionId: added.RevisionId });
  const { Policy, RevisionId } = await lambda.send(new GetLayerVersionPolicyCommand(of));
  assert.deepEqual(JSON.parse(Policy).Statement.map((s) => s.Sid), ['all', 'account']);
  assert.deepEqual(JSON.parse(Policy).Statement[1].Principal, { AWS: 'arn:aws:iam::123456789012:root' });
  await lambda.send(new RemoveLayerVersionPermissionCommand({ ...of, StatementId: 'all', RevisionId }));
  await assert.rejects(lambda.send(new RemoveLayerVersionPermissionCommand({ ...of, StatementId: 'all' })), awsError('ResourceNotFoundException'));
  await assert.rejects(lambda.send(new GetLayerVersionPolicyCommand({ LayerName, VersionNumber: 2 })), awsError('ResourceNotFoundException'));
});

test('runtime management, by version', async () => {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, one);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const get = (more) => lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName, ...more }));
  assert.equal((await get()).UpdateRuntimeOn, 'Auto');
  const put = (more) => lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, ...more }));
  assert.equal((await put({ UpdateRuntimeOn: 'FunctionUpdate' })).FunctionArn, FunctionArn);
  assert.equal((await get()).UpdateRuntimeOn, 'FunctionUpdate');
  assert.equal((await get({ Qualifier: '1' })).UpdateRuntimeOn, 'Auto');
  await assert.rejects(put({ UpdateRuntimeOn: 'Manual' }), awsError('InvalidParameterValueException'));
  const RuntimeVersionArn = 'arn:aws:lambda:us-east-1::runtime:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
  await put({ Qualifier: '1', UpdateRuntimeOn: 'Manual', RuntimeVersionArn });
  assert.equal((await get({ Qualifier: '1' })).RuntimeVersionArn, RuntimeVersionArn);
});

test('event invoke configurations of a function and its versions are listed', async () => {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, one);
  const list = (more) => lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName, ...more }));
  assert.deepEqual((await list()).FunctionEventInvokeConfigs, []);
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 }));
  const { FunctionEventInvokeConfigs } = await list();
  assert.equal(FunctionEventInvokeConfigs.length, 1);
  assert.equal(FunctionEventInvokeConfigs[0].FunctionArn, `${FunctionArn}:$LATEST`);
  assert.equal(FunctionEventInvokeConfigs[0].MaximumRetryAttempts, 1);
  await assert.rejects(lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'nobody' })), awsError('ResourceNotFoundException'));
});

test('InvokeAsync: taken at once, run afterwards', async () => {
  const { FunctionName } = await makeFunction(lambda, "exports.handler = async (event) => { console.log('ran with ' + event.n); };");
  const answer = await lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: JSON.stringify({ n: 7 }) }));
  assert.equal(answer.Status, 202);
  const ran = async () => {
    while (!(await (await fetch(`${server.url}/_millrace/logs?function=${FunctionName}&limit=50`)).text()).includes('ran with 7'));
  };
  await within(30, 'run', ran());
  await assert.rejects(lambda.send(new InvokeAsyncCommand({ FunctionName: 'nobody', InvokeArgs: '{}' })), awsError('ResourceNotFoundException'));
});

test('scaling is for functions on a capacity provider, and there is none', async () => {
  const { FunctionName } = await makeFunction(lambda, one);
  const of = { FunctionName, Qualifier: '$LATEST.PUBLISHED' };
  const got = await lambda.send(new GetFunctionScalingConfigCommand(of));
  assert.equal(got.AppliedFunctionScalingConfig, undefined);
  await assert.rejects(
    lambda.send(new PutFunctionScalingConfigCommand({ ...of, FunctionScalingConfig: { MinExecutionEnvironments: 1 } })),
    awsError('InvalidParameterValueException'),
  );
  await assert.rejects(
    makeFunction(lambda, one, { DurableConfig: { ExecutionTimeout: 60 } }),
    awsError('InvalidParameterValueException', /DurableConfig/),
  );
});

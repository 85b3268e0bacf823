// Functions as things: made, described, listed, changed, removed; permissions.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';

import {
  AddPermissionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  ListFunctionsCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';

import { awsError, lambdaClient } from './support/clients.mjs';
import { invoke, makeFunction, role } from './support/functions.mjs';
import { startServer } from './support/server.mjs';
import { zip } from './support/zip.mjs';

const answering = (value) => `exports.handler = async () => ${JSON.stringify(value)};`;
let lambda;
before(async () => {
  lambda = lambdaClient(await startServer());
});

test('a function is described as it was made', async () => {
  const made = await makeFunction(lambda, answering(1), { FunctionName: 'described', Description: 'text', MemorySize: 256, Timeout: 7, env: { WHO: '1' }, Architectures: ['arm64'] });
  const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'described' }));
  for (const about of [made, configuration]) {
    assert.equal(about.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:described');
    assert.equal(about.Runtime, 'nodejs20.x');
    assert.equal(about.Handler, 'index.handler');
    assert.equal(about.Role, role);
    assert.equal(about.Description, 'text');
    assert.equal(about.MemorySize, 256);
    assert.equal(about.Timeout, 7);
    assert.equal(about.Version, '$LATEST');
    assert.deepEqual(about.Environment, { Variables: { WHO: '1' } });
    assert.deepEqual(about.Architectures, ['arm64']);
    assert.equal(about.PackageType, 'Zip');
    assert.match(about.LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    assert.match(about.RevisionId, /^[0-9a-f-]{36}$/);
  }
  const code = zip({ 'index.js': answering(1) });
  assert.equal(made.CodeSha256, createHash('sha256').update(code).digest('base64'));
  assert.equal(made.CodeSize, code.length);
  assert.equal(configuration.State, 'Active');
  assert.equal(configuration.LastUpdateStatus, 'Successful');
});

test('a function is found by name, by ARN and by partial ARN, and its code can be fetched', async () => {
  const { FunctionArn } = await makeFunction(lambda, answering(1), { FunctionName: 'addressed', Tags: { team: 'mill' } });
  for (const FunctionName of ['addressed', FunctionArn, '000000000000:function:addressed', `${FunctionArn}:$LATEST`]) {
    const { Configuration, Code, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(Configuration.FunctionName, 'addressed');
    assert.deepEqual(Tags, { team: 'mill' });
    assert.equal(Code.RepositoryType, 'S3');
    const fetched = Buffer.from(await (await fetch(Code.Location)).arrayBuffer());
    assert.deepEqual(fetched, zip({ 'index.js': answering(1) }));
  }
});

test('new code answers from the next invocation on', async () => {
  const { FunctionName, CodeSha256, RevisionId } = await makeFunction(lambda, answering('old'));
  assert.equal((await invoke(lambda, FunctionName)).payload, 'old');
  const dry = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.js': answering('new') }), DryRun: true }));
  assert.notEqual(dry.CodeSha256, CodeSha256);
  assert.equal((await invoke(lambda, FunctionName)).payload, 'old');
  await assert.rejects(
    lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.js': answering('new') }), RevisionId: '00000000-0000-0000-0000-000000000000' })),
    awsError('PreconditionFailedException'),
  );
  const { RevisionId: current } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.js': answering('new') }), RevisionId: current }));
  assert.notEqual(updated.RevisionId, RevisionId);
  assert.equal((await invoke(lambda, FunctionName)).payload, 'new');
});

test('a new configuration holds from the next invocation on', async () => {
  const { FunctionName } = await makeFunction(lambda, 'exports.handler = async (e, c) => [process.env.WHO, c.memoryLimitInMB]; exports.other = async () => "other";', {
    env: { WHO: 'before' },
  });
  assert.deepEqual((await invoke(lambda, FunctionName)).payload, ['before', '128']);
  const updated = await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 512, Environment: { Variables: { WHO: 'after' } } }));
  assert.equal(updated.MemorySize, 512);
  assert.deepEqual((await invoke(lambda, FunctionName)).payload, ['after', '512']);
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Handler: 'index.other' }));
  assert.equal((await invoke(lambda, FunctionName)).payload, 'other');
  const { MemorySize, Timeout } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.equal(MemorySize, 512);
  assert.equal(Timeout, 10);
});

test('functions are listed, page by page', async () => {
  for (const name of ['list-1', 'list-2', 'list-3']) await makeFunction(lambda, answering(1), { FunctionName: name });
  const names = [];
  let Marker;
  do {
    const page = await lambda.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
    assert.ok(page.Functions.length <= 2);
    names.push(...page.Functions.map((f) => f.FunctionName));
    Marker = page.NextMarker;
  } while (Marker);
  assert.equal(new Set(names).size, names.length);
  for (const name of ['list-1', 'list-2', 'list-3']) assert.ok(names.includes(name));
});

test('a removed function is gone, and its name is free', async () => {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, answering(1));
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  const gone = awsError('ResourceNotFoundException', `Function not found: ${FunctionArn}`);
  await assert.rejects(lambda.send(new GetFunctionCommand({ FunctionName })), gone);
  await assert.rejects(invoke(lambda, FunctionName), gone);
  await assert.rejects(lambda.send(new DeleteFunctionCommand({ FunctionName })), awsError('ResourceNotFoundException'));
  await makeFunction(lambda, answering(2), { FunctionName });
  assert.equal((await invoke(lambda, FunctionName)).payload, 2);
});

test('a permission is added, read and removed', async () => {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, answering(1));
  await assert.rejects(lambda.send(new GetPolicyCommand({ FunctionName })), awsError('ResourceNotFoundException'));
  const added = await lambda.send(
    new AddPermissionCommand({ FunctionName, StatementId: 's1', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn: 'arn:aws:events:us-east-1:000000000000:rule/r' }),
  );
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  const [statement] = JSON.parse(Policy).Statement;
  assert.deepEqual(statement, JSON.parse(added.Statement));
  assert.deepEqual(statement, {
    Sid: 's1',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: FunctionArn,
    Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:events:us-east-1:000000000000:rule/r' } },
  });
  await assert.rejects(
    lambda.send(new AddPermissionCommand({ FunctionName, StatementId: 's1', Action: 'lambda:InvokeFunction', Principal: '*' })),
    awsError('ResourceConflictException'),
  );
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 's1' }));
  await assert.rejects(lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 's1' })), awsError('ResourceNotFoundException'));
});

test('what cannot be a function is refused', async (t) => {
  const refused = {
    'a name that is taken': [{ FunctionName: 'described' }, 'ResourceConflictException', 'Function already exist: described'],
    'no zip': [{ Code: { ZipFile: Buffer.from('this is no archive') } }, 'InvalidParameterValueException', /Could not unzip uploaded file\. Please check your file, then try to upload again\./],
    'an empty zip': [{ Code: { ZipFile: zip({}) } }, 'InvalidParameterValueException', /./],
    'a path out of the package': [{ Code: { ZipFile: zip({ '../../evil.js': 'x' }) } }, 'InvalidParameterValueException', /./],
    'no code': [{ Code: {} }, 'InvalidParameterValueException', /Please provide a source for function code/],
    'a timeout of 901 s': [{ Timeout: 901 }, 'ValidationException', /timeout/i],
    'too little memory': [{ MemorySize: 64 }, 'ValidationException', /memorySize/i],
    'a role that is none': [{ Role: 'somebody' }, 'ValidationException', /role/i],
    'a runtime that is none': [{ Runtime: 'cobol85' }, 'InvalidParameterValueException|ValidationException', /runtime/i],
    'a reserved variable': [{ Environment: { Variables: { AWS_REGION: 'x' } } }, 'InvalidParameterValueException', /reserved keys/],
    'no handler': [{ Handler: undefined }, 'InvalidParameterValueException', /Runtime and Handler are mandatory parameters for functions created with deployment packages/],
    'a name that is too long': [{ FunctionName: 'x'.repeat(65) }, 'ValidationException|InvalidParameterValueException', /functionName|length/i],
  };
  for (const [name, [more, error, message]] of Object.entries(refused)) {
    await t.test(name, () =>
      assert.rejects(makeFunction(lambda, answering(1), more), (got) => {
        assert.match(got.name, new RegExp(`^(${error})$`), `${got.name}: ${got.message}`);
        return awsError(got.name, message)(got);
      }));
  }
});

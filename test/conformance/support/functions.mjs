// Functions for tests: made from source text, invoked, addressed by URL.
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
} from '@aws-sdk/client-lambda';

import { zip } from './zip.mjs';

let count = 0;
export const role = 'arn:aws:iam::000000000000:role/test';

// makeFunction(lambda, 'exports.handler = ...', {Timeout: 5}) -> its configuration. `source` is index.js, or files by name.
export async function makeFunction(lambda, source, { env, ...more } = {}) {
  const files = typeof source === 'string' ? { 'index.js': source } : source;
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName: `function-${process.pid}-${++count}`,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: role,
      Timeout: 10,
      Code: { ZipFile: zip(files) },
      ...(env && { Environment: { Variables: env } }),
      ...more,
    }),
  );
}

// Invokes and decodes: { payload, error (FunctionError), log, status }.
export async function invoke(lambda, FunctionName, event = {}, more = {}) {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
  const text = Buffer.from(answer.Payload ?? []).toString();
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    payload: text === '' ? undefined : JSON.parse(text),
    log: answer.LogResult && Buffer.from(answer.LogResult, 'base64').toString(),
  };
}

// Runs source once and answers with what came of it.
export async function run(lambda, source, { event, tail, ...more } = {}) {
  const { FunctionName } = await makeFunction(lambda, source, more);
  return invoke(lambda, FunctionName, event, tail ? { LogType: 'Tail' } : {});
}

// A URL that anyone may call.
export async function makeUrl(lambda, source, { InvokeMode = 'BUFFERED', Cors, AuthType = 'NONE', ...more } = {}) {
  const { FunctionName, FunctionArn } = await makeFunction(lambda, source, more);
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType, InvokeMode, Cors }));
  if (AuthType === 'NONE') {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'public',
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
      }),
    );
  }
  return { url: made.FunctionUrl, FunctionName, FunctionArn };
}

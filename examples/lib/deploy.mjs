// Creating what a demonstration needs through the public APIs, as a deploy tool would; running it twice is harmless.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The SDK that Millrace's set-up installs for functions serves its demonstrations too.
const sdkFolder = new URL('../../runtimes/node/sdk/', import.meta.url);
export const sdk = createRequire(new URL('package.json', sdkFolder));

const { DynamoDBClient, CreateTableCommand, DeleteTableCommand, DescribeTableCommand } = sdk('@aws-sdk/client-dynamodb');
const { waitUntilTableExists, waitUntilTableNotExists } = sdk('@aws-sdk/client-dynamodb');
const lambdaSdk = sdk('@aws-sdk/client-lambda');

export const dynamodb = new DynamoDBClient({});
export const lambda = new lambdaSdk.LambdaClient({});

async function ignore(name, promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name !== name) throw error;
    return undefined;
  }
}

export async function freshTable(definition) {
  const TableName = definition.TableName;
  if (await ignore('ResourceNotFoundException', dynamodb.send(new DescribeTableCommand({ TableName })))) {
    await dynamodb.send(new DeleteTableCommand({ TableName }));
    await waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
  }
  await dynamodb.send(new CreateTableCommand({ BillingMode: 'PAY_PER_REQUEST', ...definition }));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
  return (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
}

export function zipFolder(folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-zip-'));
  const zip = join(scratch, 'code.zip');
  execFileSync('python3', ['-m', 'zipfile', '-c', zip, '.'], { cwd: fileURLToPath(folder) });
  const bytes = readFileSync(zip);
  rmSync(scratch, { recursive: true });
  return bytes;
}

// Creates the function anew; returns its ARN.
export async function freshFunction(FunctionName, folder, settings = {}) {
  await ignore('ResourceNotFoundException', lambda.send(new lambdaSdk.DeleteFunctionCommand({ FunctionName })));
  const created = await lambda.send(
    new lambdaSdk.CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/demo',
      Timeout: 30,
      MemorySize: 1024,
      Code: { ZipFile: zipFolder(folder) },
      ...settings,
    }),
  );
  return created.FunctionArn;
}

// A public function URL; returns it.
export async function publicUrl(FunctionName, InvokeMode) {
  const url = await lambda.send(new lambdaSdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', InvokeMode }));
  await lambda.send(
    new lambdaSdk.AddPermissionCommand({
      FunctionName,
      StatementId: 'public-url',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  return url.FunctionUrl;
}

// The mapping from a table's stream to a function; older ones of the same pair are removed.
export async function freshMapping(FunctionName, EventSourceArn, settings = {}) {
  const { EventSourceMappings } = await lambda.send(new lambdaSdk.ListEventSourceMappingsCommand({ FunctionName }));
  for (const { UUID } of EventSourceMappings) await lambda.send(new lambdaSdk.DeleteEventSourceMappingCommand({ UUID }));
  return lambda.send(
    new lambdaSdk.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON', ...settings }),
  );
}

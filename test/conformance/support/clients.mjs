// The SDK's clients, pointed at a server. One attempt each, so that a test sees the answer the server gave.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };

export function settingsFor(server, more = {}) {
  return { endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1, ...more };
}

export const dynamodbClient = (server, more) => new DynamoDBClient(settingsFor(server, more));
export const streamsClient = (server, more) => new DynamoDBStreamsClient(settingsFor(server, more));
export const lambdaClient = (server, more) => new LambdaClient(settingsFor(server, more));
export const logsClient = (server, more) => new CloudWatchLogsClient(settingsFor(server, more));
export const metricsClient = (server, more) => new CloudWatchClient(settingsFor(server, more));
export const documentClient = (server, more) => DynamoDBDocumentClient.from(dynamodbClient(server, more));

// rejects with this error name (and text), which is what programs match on.
export function awsError(name, message) {
  return (error) => {
    const textFits = message === undefined || (message instanceof RegExp ? message.test(error.message) : error.message === message);
    if (error.name === name && textFits) return true;
    throw new Error(`expected ${name}${message === undefined ? '' : `: ${message}`}\n     got ${error.name}: ${error.message}`);
  };
}

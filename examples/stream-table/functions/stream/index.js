// Scans the table page by page and writes each page to the client as soon as it is read.
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, ScanCommand } = require('@aws-sdk/lib-dynamodb');

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const wanted = Number(event.queryStringParameters?.items ?? Infinity);
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' },
  });
  let sent = 0;
  let ExclusiveStartKey;
  do {
    const page = await client.send(new ScanCommand({ TableName: 'stream-user-table', Limit: 15, ExclusiveStartKey }));
    stream.write(JSON.stringify(page.Items));
    sent += page.Items.length;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey && sent < wanted);
  stream.end();
});

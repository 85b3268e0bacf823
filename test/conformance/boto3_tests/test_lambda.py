"""Lambda through boto3: waiters, paginators, the event stream, errors."""
import base64
import io
import json
import urllib.request
import zipfile

import pytest

ROLE = "arn:aws:iam::000000000000:role/test"


def package(source, name="index.js"):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, source)
    return memory.getvalue()


@pytest.fixture
def make(functions, name):
    def create(source, **more):
        functions.create_function(
            FunctionName=name, Runtime="nodejs20.x", Handler="index.handler", Role=ROLE, Code={"ZipFile": package(source)}, **more
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return name

    return create


def test_invoke(functions, make):
    name = make("exports.handler = async (event) => { console.log('seen'); return { n: event.n * 2 }; };")
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"n": 21}), LogType="Tail")
    assert answer["StatusCode"] == 200
    assert json.load(answer["Payload"]) == {"n": 42}
    assert "seen" in base64.b64decode(answer["LogResult"]).decode()


def test_a_failing_function(functions, make):
    name = make("exports.handler = async () => { throw new Error('broke'); };")
    answer = functions.invoke(FunctionName=name)
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorMessage"] == "broke"


def test_update_and_wait(functions, make):
    name = make("exports.handler = async () => 'old';")
    functions.update_function_code(FunctionName=name, ZipFile=package("exports.handler = async () => 'new';"))
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    assert json.load(functions.invoke(FunctionName=name)["Payload"]) == "new"


def test_a_response_stream(functions, make):
    name = make("exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); stream.write('b'); stream.end('c'); });")
    events = list(functions.invoke_with_response_stream(FunctionName=name)["EventStream"])
    assert b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event) == b"abc"
    assert "InvokeComplete" in events[-1]


def test_paginators(functions, make):
    name = make("exports.handler = async () => 1;")
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert name in [function["FunctionName"] for page in pages for function in page["Functions"]]


def test_a_function_url(functions, make):
    name = make("exports.handler = async (event) => ({ statusCode: 200, body: event.rawPath });")
    url = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    functions.add_permission(FunctionName=name, StatementId="public", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    with urllib.request.urlopen(url + "path", timeout=20) as answer:
        assert answer.read().endswith(b"/path")


def test_a_trigger(functions, make, table):
    name = make(
        "const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb'); const client = new DynamoDBClient({});"
        "exports.handler = async (event) => { for (const { dynamodb, eventName } of event.Records) if (eventName === 'INSERT' && dynamodb.Keys.pk.S === 'in')"
        "  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { ...dynamodb.NewImage, pk: { S: 'out' } } })); };",
        Environment={"Variables": {"TABLE": table.name}},
        Timeout=20,
    )
    functions.create_event_source_mapping(FunctionName=name, EventSourceArn=table.latest_stream_arn, StartingPosition="TRIM_HORIZON")
    table.put_item(Item={"pk": "in", "sk": 7})
    for _ in range(2000):  # each ask is a request; the answer is expected within a few
        if "Item" in table.get_item(Key={"pk": "out", "sk": 7}, ConsistentRead=True):
            return
    raise AssertionError("the function was not turned")


def test_errors_are_the_modelled_classes(functions):
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName="nowhere")
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.create_function(FunctionName="x", Runtime="nodejs20.x", Handler="i.h", Role=ROLE, Code={"ZipFile": b"no zip"})

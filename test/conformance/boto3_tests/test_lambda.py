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


def test_provisioned_concurrency_in_pages(functions, make):
    name = make("exports.handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=1)
    for _ in range(2000):  # each ask is a request
        if functions.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)["Status"] == "READY":
            break
    assert json.load(functions.invoke(FunctionName=name, Qualifier=version)["Payload"]) == "provisioned-concurrency"
    pages = functions.get_paginator("list_provisioned_concurrency_configs").paginate(FunctionName=name)
    assert [config["Status"] for page in pages for config in page["ProvisionedConcurrencyConfigs"]] == ["READY"]
    functions.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
    with pytest.raises(functions.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        functions.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)


def test_code_signing(functions, make):
    name = make("exports.handler = async () => 1;")
    publishers = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/mine/abcdefghij"]}
    arns = [functions.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]["CodeSigningConfigArn"] for _ in range(3)]
    pages = functions.get_paginator("list_code_signing_configs").paginate(PaginationConfig={"PageSize": 1})
    assert set(arns) <= {config["CodeSigningConfigArn"] for page in pages for config in page["CodeSigningConfigs"]}
    assert "CodeSigningConfigArn" not in functions.get_function_code_signing_config(FunctionName=name)
    functions.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=arns[0])
    pages = functions.get_paginator("list_functions_by_code_signing_config").paginate(CodeSigningConfigArn=arns[0])
    assert [arn.rsplit(":", 1)[1] for page in pages for arn in page["FunctionArns"]] == [name]
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.delete_code_signing_config(CodeSigningConfigArn=arns[0])
    with pytest.raises(functions.exceptions.CodeSigningConfigNotFoundException):
        functions.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=arns[0][:-17] + "0" * 17)

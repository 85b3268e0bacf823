"""DynamoDB through boto3: botocore verifies each answer's CRC-32, and the resource API converts every type."""
from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError


def test_every_type_through_the_resource_api(table):
    item = {
        "pk": "types", "sk": Decimal("-1.5"), "text": "Käse ☃", "whole": Decimal(10) ** 30, "bytes": b"\x00\xff", "yes": True, "none": None,
        "list": [Decimal(1), "two", [], {}], "map": {"deep": {"er": [None]}}, "strings": {"a", "b"}, "numbers": {Decimal(1), Decimal("2.5")}, "blobs": {b"x"},
    }
    table.put_item(Item=item)
    got = table.get_item(Key={"pk": "types", "sk": Decimal("-1.5")})["Item"]
    assert got["bytes"].value == b"\x00\xff"
    assert {blob.value for blob in got.pop("blobs")} == item.pop("blobs")
    assert {**got, "bytes": None} == {**item, "bytes": None}


def test_38_digits_are_kept(table):
    digits = Decimal("1234567890123456789012345678.9012345678")
    table.put_item(Item={"pk": "digits", "sk": 1, "n": digits})
    assert table.get_item(Key={"pk": "digits", "sk": 1})["Item"]["n"] == digits


def test_conditions_and_filters_that_boto3_builds(table):
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put_item(Item={"pk": "many", "sk": n, "even": n % 2 == 0, "word": f"word-{n}"})
    found = table.query(KeyConditionExpression=Key("pk").eq("many") & Key("sk").between(10, 19), FilterExpression=Attr("even").eq(True))
    assert [int(item["sk"]) for item in found["Items"]] == [10, 12, 14, 16, 18]
    assert found["ScannedCount"] == 10
    scanned = table.scan(FilterExpression=Attr("word").begins_with("word-5") & ~Attr("sk").eq(5) | Attr("nothing").exists())
    assert scanned["Count"] == 10  # 50 to 59


def test_paginators(table, dynamodb):
    with table.batch_writer() as batch:
        for n in range(95):
            batch.put_item(Item={"pk": "pages", "sk": n})
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table.name, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "pages"}}, PaginationConfig={"PageSize": 20}
    )
    assert [page["Count"] for page in pages] == [20, 20, 20, 20, 15]
    scans = dynamodb.get_paginator("scan").paginate(TableName=table.name, PaginationConfig={"PageSize": 10})
    assert sum(page["Count"] for page in scans) == 95
    names = [name for page in dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1}) for name in page["TableNames"]]
    assert table.name in names and len(set(names)) == len(names)


def test_waiters(dynamodb, name):
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def test_errors_are_the_modelled_classes(table, dynamodb):
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.describe_table(TableName="nowhere")
    table.put_item(Item={"pk": "guard", "sk": 1, "n": 1})
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
        table.put_item(Item={"pk": "guard", "sk": 1}, ConditionExpression=Attr("n").eq(2), ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failed.value.response["Item"]["n"] == {"N": "1"}
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError) as refused:
        table.get_item(Key={"pk": "guard"})
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": "The provided key element does not match the schema"}


def test_update_and_return_values(table):
    key = {"pk": "update", "sk": 1}
    table.put_item(Item={**key, "a": {}})
    made = table.update_item(Key=key, UpdateExpression="SET a.b = :x", ExpressionAttributeValues={":x": 1}, ReturnValues="UPDATED_NEW")
    assert made["Attributes"] == {"a": {"b": Decimal(1)}}
    gone = table.delete_item(Key=key, ReturnValues="ALL_OLD")
    assert gone["Attributes"] == {**key, "a": {"b": Decimal(1)}}


def test_streams(table, client):
    streams = client("dynamodbstreams")
    table.put_item(Item={"pk": "s", "sk": 1, "data": b"bytes"})
    table.delete_item(Key={"pk": "s", "sk": 1})
    description = streams.describe_stream(StreamArn=table.latest_stream_arn)["StreamDescription"]
    records = []
    for shard in description["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=table.latest_stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]
    assert records[0]["dynamodb"]["NewImage"]["data"] == {"B": b"bytes"}

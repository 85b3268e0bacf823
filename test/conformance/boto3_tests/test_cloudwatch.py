"""CloudWatch through botocore, in each protocol that it has for it, and through the AWS CLI."""
import datetime
import json
import os
import pathlib
import subprocess
import sys

import botocore.config
import botocore.exceptions
import botocore.session
import pytest


@pytest.fixture(params=["smithy-rpc-v2-cbor", "json", "query"])
def cloudwatch(request, endpoint):
    session = botocore.session.Session()
    session.set_credentials("AKIDTEST", "secret")
    # The loader keeps what it read, so the client made below sees one protocol only.
    metadata = session.get_component("data_loader").load_service_model("cloudwatch", "service-2")["metadata"]
    metadata["protocol"], metadata["protocols"] = request.param, [request.param]
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    client = session.create_client("cloudwatch", region_name="us-east-1", endpoint_url=endpoint, config=config)
    assert client.meta.service_model.resolved_protocol == request.param
    return client


def minutes_ago(minutes):
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    return now - datetime.timedelta(minutes=minutes)


def test_values_come_back(cloudwatch, name):
    dimensions = [{"Name": "Host", "Value": "grün & blue"}]
    cloudwatch.put_metric_data(
        Namespace=name,
        MetricData=[
            {"MetricName": "m", "Dimensions": dimensions, "Timestamp": minutes_ago(2), "Values": [1.0, 3.5], "Counts": [2.0, 1.0], "Unit": "Count"},
            {"MetricName": "m", "Dimensions": dimensions, "Timestamp": minutes_ago(1), "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}, "Unit": "Count"},
        ],
    )
    metrics = [m for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=name) for m in page["Metrics"]]
    assert metrics == [{"Namespace": name, "MetricName": "m", "Dimensions": dimensions}]
    told = cloudwatch.get_metric_statistics(
        Namespace=name, MetricName="m", Dimensions=dimensions, StartTime=minutes_ago(10), EndTime=minutes_ago(-1), Period=60,
        Statistics=["Average", "SampleCount", "Minimum", "Maximum", "Sum"],
    )
    assert told["Datapoints"] == [
        {"Timestamp": minutes_ago(2), "SampleCount": 3.0, "Average": 5.5 / 3, "Sum": 5.5, "Minimum": 1.0, "Maximum": 3.5, "Unit": "Count"},
        {"Timestamp": minutes_ago(1), "SampleCount": 2.0, "Average": 5.0, "Sum": 10.0, "Minimum": 4.0, "Maximum": 6.0, "Unit": "Count"},
    ]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        StartTime=minutes_ago(10), EndTime=minutes_ago(-1), MaxDatapoints=1,
        MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": {"Namespace": name, "MetricName": "m", "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}}],
    )
    assert [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]] == [10.0, 5.5]


def test_errors(cloudwatch, name):
    with pytest.raises(cloudwatch.exceptions.InvalidParameterCombinationException) as caught:
        cloudwatch.put_metric_data(Namespace=name, MetricData=[{"MetricName": "m", "Value": 1.5, "Values": [1.0]}])
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterCombination"
    assert error["Message"] == "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        cloudwatch.list_metrics(Namespace=":no")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        cloudwatch.list_dashboards()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_command_line(endpoint, name):
    program = pathlib.Path(sys.executable).parent / "aws"
    if not program.exists():
        pytest.skip("no AWS CLI beside this Python")
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}

    def aws(*arguments):
        run = subprocess.run([program, "--endpoint-url", endpoint, "cloudwatch", *arguments], env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) if run.stdout else None

    aws("put-metric-data", "--namespace", name, "--metric-name", "m", "--value", "3", "--dimensions", "Host=one")
    assert aws("list-metrics", "--namespace", name)["Metrics"][0]["MetricName"] == "m"
    told = aws("get-metric-statistics", "--namespace", name, "--metric-name", "m", "--dimensions", "Name=Host,Value=one", "--statistics", "Sum",
               "--period", "60", "--start-time", minutes_ago(5).isoformat(), "--end-time", minutes_ago(-5).isoformat())
    assert [point["Sum"] for point in told["Datapoints"]] == [3.0]

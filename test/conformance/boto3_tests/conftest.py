"""One server for the whole run, and clients for it."""
import itertools
import os
import pathlib
import re
import subprocess
import tempfile

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = os.environ.get("MILLRACE_BINARY", str(ROOT / "build" / "dev" / "src" / "millrace"))


@pytest.fixture(scope="session")
def endpoint():
    if "MILLRACE_TEST_ENDPOINT" in os.environ:
        yield os.environ["MILLRACE_TEST_ENDPOINT"]
        return
    with tempfile.TemporaryDirectory(prefix="millrace-test-") as data:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MILLRACE_"))}
        server = subprocess.Popen(
            [BINARY, "serve", "--port", "0", "--data", data, "--log-level", "warn"], stdout=subprocess.PIPE, text=True, env=environment
        )
        try:
            line = server.stdout.readline()  # the one line, or nothing when it could not start
            yield re.search(r"http://[^\s/]+", line).group(0)
        finally:
            server.terminate()
            assert server.wait(timeout=40) == 0


@pytest.fixture(scope="session")
def session():
    return boto3.Session(aws_access_key_id="AKIDTEST", aws_secret_access_key="secret", region_name="us-east-1")


@pytest.fixture(scope="session")
def client(session, endpoint):
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    return lambda service, **more: session.client(service, endpoint_url=endpoint, config=config, **more)


@pytest.fixture(scope="session")
def dynamodb(client):
    return client("dynamodb")


@pytest.fixture(scope="session")
def functions(client):
    return client("lambda")


numbers = itertools.count(1)


@pytest.fixture
def name():
    """A name that nothing else has."""
    return f"boto-{os.getpid()}-{next(numbers)}"


@pytest.fixture
def table(session, endpoint, name):
    """A table of the resource API, with a partition key pk (S), a sort key sk (N) and a stream."""
    resource = session.resource("dynamodb", endpoint_url=endpoint)
    made = resource.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    made.wait_until_exists()
    made.reload()
    return made

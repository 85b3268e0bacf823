"""The context object. https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

import json
import os
import time


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self, given=None):
        given = given or {}
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")

    def __repr__(self):
        return _shown(self, self.__slots__)


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]

    def __init__(self, given):
        for name in self.__slots__:
            setattr(self, name, given.get(name))

    def __repr__(self):
        return _shown(self, self.__slots__)


class ClientContext:
    __slots__ = ["custom", "env", "client"]

    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        client = given.get("client")
        self.client = Client(client) if isinstance(client, dict) else None

    def __repr__(self):
        return _shown(self, self.__slots__)


class LambdaContext:
    def __init__(self, head):
        environment = os.environ
        self.aws_request_id = head["id"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = head.get("arn")
        self.tenant_id = head.get("tenant")
        self.client_context = _client_context(head.get("clientContext"))
        self.identity = CognitoIdentity(_parsed(head.get("identity")))
        self._epoch_deadline_time_in_ms = head["deadline"]

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        import sys

        sys.stdout.write(str(message))

    def __repr__(self):
        return _shown(
            self,
            [
                "aws_request_id",
                "log_group_name",
                "log_stream_name",
                "function_name",
                "memory_limit_in_mb",
                "function_version",
                "invoked_function_arn",
                "client_context",
                "identity",
                "tenant_id",
            ],
        )


def _shown(thing, names):
    return type(thing).__name__ + "([" + ",".join(f"{name}={getattr(thing, name)}" for name in names) + "])"


def _parsed(text):
    return json.loads(text) if text else None


def _client_context(text):
    given = _parsed(text)
    return ClientContext(given) if isinstance(given, dict) else None

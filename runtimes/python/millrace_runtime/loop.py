"""From INIT to the last event: takes on the function, then one event at a time. Behaviour follows AWS's own client for Python."""

import decimal
import json
import os
import resource
import sys

from . import channel as frames
from . import errors, loader, logs
from .context import LambdaContext


def memory_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class _Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, decimal.Decimal):
            return float(value)
        return super().default(value)


def _take_environment(environment):
    """Replaces all of it, so that a process started ahead looks as if it had been started for this function."""
    for name in list(os.environ):
        if name not in environment:
            del os.environ[name]
    os.environ.update(environment)


def _set_paths(task_root, module_path):
    """AWS's order: the package, layers, Python's own modules, the SDK that is there without bundling."""
    standard = list(sys.path)
    sys.path[:] = [task_root]
    for folder in module_path.split(":") + standard:
        if folder and folder not in sys.path:
            sys.path.append(folder)


class Loop:
    def __init__(self, channel, telemetry):
        self.channel = channel
        self.telemetry = telemetry
        self.handler = None
        self.encoder = None
        self.log_error = None

    def init(self, order):
        environment = order["environment"]
        _take_environment(environment)
        os.chdir(order["taskRoot"])
        sys.stdout = sys.__stdout__ = logs.printed_text(self.telemetry, 1, "<stdout>")
        sys.stderr = sys.__stderr__ = logs.printed_text(self.telemetry, 2, "<stderr>")
        _set_paths(order["taskRoot"], environment.get("PYTHONPATH", ""))
        self.log_error = logs.set_up(
            self.telemetry, environment.get("AWS_LAMBDA_LOG_FORMAT"), environment.get("AWS_LAMBDA_LOG_LEVEL")
        )
        # From 3.12 on answers are UTF-8; before, everything beyond ASCII was escaped.
        self.encoder = _Encoder(ensure_ascii=_minor_of(order["runtimeId"]) < 12)
        try:
            self.handler = loader.load_handler(order["handler"])
        except Exception as error:
            self.init_failed(errors.document_of(error))
        self.channel.send(frames.INIT_DONE, b"b", memory_kb())

    def init_failed(self, found):
        self.log_error(found)
        self.channel.send(frames.INIT_ERROR, json.dumps(found).encode())
        os._exit(1)

    def invoke(self, payload):
        head_bytes, event_bytes = frames.split_event(payload)
        head = json.loads(head_bytes)
        logs.State.request_id = head["id"]
        if head.get("trace"):
            os.environ["_X_AMZN_TRACE_ID"] = head["trace"]
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        kind, body = self.answer(head, event_bytes)
        self.channel.send(kind, body, memory_kb())

    def answer(self, head, event_bytes):
        try:
            result = self.handler(self.parsed(event_bytes), self.context(head))
            return frames.RESPONSE, self.encoded(result)
        except Exception as error:
            found = errors.document_of(error, head["id"])
        self.log_error(found)
        return frames.ERROR, json.dumps(found).encode()

    @staticmethod
    def parsed(event_bytes):
        try:
            return json.loads(event_bytes)
        except ValueError as error:
            raise errors.RuntimeFault("UnmarshalError", f"Unable to unmarshal input: {error}") from None

    @staticmethod
    def context(head):
        try:
            return LambdaContext(head)
        except ValueError as error:
            raise errors.RuntimeFault("LambdaContextUnmarshalError", f"Unable to parse the context: {error}") from None

    def encoded(self, result):
        try:
            return self.encoder.encode(result).encode("utf-8", "surrogatepass")
        except Exception as error:
            raise errors.RuntimeFault("MarshalError", f"Unable to marshal response: {error}") from None


def _minor_of(runtime_id):
    _, _, minor = runtime_id.partition("python3.")
    return int(minor) if minor.isdigit() else sys.version_info[1]


def run(channel_fd, telemetry_fd):
    for fd in (channel_fd, telemetry_fd):
        os.set_inheritable(fd, False)  # children of a handler have no business with them
    loop = Loop(frames.Channel(channel_fd), logs.Telemetry(telemetry_fd))
    while True:
        try:
            kind, payload = loop.channel.read()
        except (frames.Closed, OSError):
            os._exit(0)
        if kind == frames.INVOKE:
            loop.invoke(payload)
        elif kind == frames.INIT:
            loop.init(json.loads(payload))

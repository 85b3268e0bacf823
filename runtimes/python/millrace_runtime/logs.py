"""print, logging and errors as log events. All go over the telemetry descriptor, in the order in which they were written, in frames
of a 16-byte header (type, length, microseconds; big endian). A log record is one event however many lines it has; what is printed is
raw bytes, one event per line, and nothing of it waits in this process, so that a killed function loses none of it.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

import io
import json
import logging
import os
import struct
import threading
import time

_FRAME = struct.Struct(">IIQ")
RAW, TEXT, JSON = 0xA55A0001, 0xA55A0003, 0xA55A0002
_LEVELS = {"TRACE": "DEBUG", "DEBUG": "DEBUG", "INFO": "INFO", "WARN": "WARNING", "ERROR": "ERROR", "FATAL": "CRITICAL"}
_STANDARD = set(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "aws_request_id"}


class Telemetry:
    def __init__(self, fd):
        self._fd = fd
        self._lock = threading.RLock()

    def send(self, kind, body):
        rest = _FRAME.pack(kind, len(body), time.time_ns() // 1000) + body
        with self._lock:
            while rest:
                rest = rest[os.write(self._fd, rest):]


class PrintedBytes(io.RawIOBase):
    """Where sys.stdout and sys.stderr end."""

    def __init__(self, telemetry, fd, name):
        super().__init__()
        self._telemetry = telemetry
        self._descriptor = fd
        self.name = name
        self.mode = "wb"

    def writable(self):
        return True

    def fileno(self):
        return self._descriptor  # for children that inherit it

    def write(self, data):
        body = bytes(data)
        if body:
            self._telemetry.send(RAW, body)
        return len(body)


def printed_text(telemetry, fd, name):
    stream = io.TextIOWrapper(
        PrintedBytes(telemetry, fd, name), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    stream.mode = "w"
    return stream


class State:
    """Whose records these are."""

    request_id = None


class _Filter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = State.request_id or ""
        return True


class _TextFormatter(logging.Formatter):
    converter = time.gmtime

    def __init__(self):
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )


class _JsonFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        event = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1] is not None:
            import traceback

            error = record.exc_info[1]
            event["stackTrace"] = traceback.format_list(traceback.extract_tb(error.__traceback__))
            event["errorType"] = type(error).__name__
            event["errorMessage"] = str(error)
            event["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        if record.aws_request_id:
            event["requestId"] = record.aws_request_id
        for name, value in record.__dict__.items():
            if name not in _STANDARD and name not in event:
                event[name] = value
        return json.dumps(event, ensure_ascii=False, default=str)


class _Handler(logging.Handler):
    def __init__(self, telemetry, kind):
        super().__init__()
        self._telemetry = telemetry
        self._kind = kind

    def emit(self, record):
        try:
            self._telemetry.send(self._kind, self.format(record).encode("utf-8", "backslashreplace"))
        except Exception:
            self.handleError(record)


def set_up(telemetry, log_format, level):
    """Gives the root logger Lambda's handler. Level: WARNING in text, INFO in JSON, unless the function says otherwise."""
    as_json = str(log_format).upper() == "JSON"
    handler = _Handler(telemetry, JSON if as_json else TEXT)
    handler.setFormatter(_JsonFormatter() if as_json else _TextFormatter())
    handler.addFilter(_Filter())
    root = logging.getLogger()
    root.addHandler(handler)
    wanted = _LEVELS.get(str(level or "").upper())
    if wanted or as_json:
        root.setLevel(wanted or "INFO")

    def log_error(found):
        from .errors import log_text

        if as_json:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            body = json.dumps({"timestamp": now, "level": "ERROR", **found}, ensure_ascii=False)
            telemetry.send(JSON, body.encode("utf-8", "backslashreplace"))
        else:
            telemetry.send(TEXT, log_text(found).encode("utf-8", "backslashreplace"))

    return log_error

"""Errors of the runtime itself, and the JSON document that AWS makes of any exception in Python:
{errorMessage, errorType, requestId, stackTrace}."""

import os
import traceback

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class RuntimeFault(Exception):
    """What the runtime itself finds wrong, under AWS's name for it."""

    def __init__(self, kind, message, stack=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.stack = stack or []


def document(message, kind, stack=None, request_id=None):
    return {
        "errorMessage": message or "",
        "errorType": kind or "",
        "requestId": request_id or "",
        "stackTrace": stack or [],
    }


def stack_of(error):
    """The frames of the handler's side, as AWS shows them: those of the runtime program are left out."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((at for at, frame in enumerate(frames) if not frame.filename.startswith(_OURS)), len(frames))
    return traceback.format_list(frames[first:])


def document_of(error, request_id=None):
    if isinstance(error, RuntimeFault):
        return document(str(error), error.kind, error.stack, request_id)
    return document(str(error), type(error).__name__, stack_of(error), request_id)


def log_text(found):
    """"[ERROR] Type: message" and the trace, one event of many lines."""
    title = ": ".join(part for part in (found["errorType"], found["errorMessage"]) if part)
    lines = ["[ERROR] " + title] if title else ["[ERROR]"]
    lines.append("Traceback (most recent call last):")
    lines += [entry.rstrip("\n") for entry in found["stackTrace"]]
    return "\n".join(lines)

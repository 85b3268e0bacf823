"""The channel to the server: frames over the inherited socket. A frame is a big-endian u32 (bytes that follow the header), one byte
of type, then the payload. src/runtime/frame.h is the other end."""

import os
import struct

INIT, INVOKE, CANCEL = 1, 2, 3
INIT_DONE, INIT_ERROR, RESPONSE, ERROR = 16, 17, 18, 19

_HEADER = struct.Struct(">IB")
_U32 = struct.Struct(">I")


class Closed(Exception):
    """The server is gone."""


class Channel:
    def __init__(self, fd):
        self._fd = fd
        self._unread = bytearray()

    def _take(self, size):
        """Exactly `size` bytes."""
        while len(self._unread) < size:
            if size - len(self._unread) > 65536:
                return self._take_large(size)
            part = os.read(self._fd, 65536)
            if not part:
                raise Closed
            self._unread += part
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    def _take_large(self, size):
        whole = bytearray(size)
        have = len(self._unread)
        whole[:have] = self._unread
        self._unread.clear()
        with memoryview(whole) as view:
            while have < size:
                count = os.readv(self._fd, [view[have:]])
                if count == 0:
                    raise Closed
                have += count
        return bytes(whole)

    def read(self):
        """The next frame: (type, payload)."""
        length, kind = _HEADER.unpack(self._take(_HEADER.size))
        return kind, self._take(length)

    def send(self, kind, body, memory_kb=None):
        prefix = b"" if memory_kb is None else _U32.pack(memory_kb & 0xFFFFFFFF)
        head = _HEADER.pack(len(prefix) + len(body), kind) + prefix
        sent = os.writev(self._fd, [head, body])
        if sent < len(head):
            self._send_rest(head[sent:])
            sent = len(head)
        self._send_rest(memoryview(body)[sent - len(head):])

    def _send_rest(self, rest):
        while len(rest) > 0:
            rest = rest[os.write(self._fd, rest):]


def split_event(payload):
    """(head as bytes, event as bytes) of an INVOKE frame."""
    head_end = 4 + _U32.unpack_from(payload)[0]
    return payload[4:head_end], payload[head_end:]

"""python3 -m unittest discover -s runtimes/python/test"""

import os
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from millrace_runtime import channel, errors, loader, logs  # noqa: E402


class ChannelTest(unittest.TestCase):
    def setUp(self):
        self.near, self.far = socket.socketpair()
        self.channel = channel.Channel(self.near.fileno())

    def tearDown(self):
        self.near.close()
        self.far.close()

    def test_frames_cut_anywhere(self):
        for cut in range(1, 12):
            frame = b"\0\0\0\x06\x02abcdef"
            self.far.sendall(frame[:cut])
            later = threading.Timer(0, self.far.sendall, [frame[cut:]])
            later.start()
            self.assertEqual(self.channel.read(), (2, b"abcdef"))
            later.join()

    def test_two_frames_in_one_read(self):
        self.far.sendall(b"\0\0\0\x01\x02a\0\0\0\x02\x01bc")
        self.assertEqual(self.channel.read(), (2, b"a"))
        self.assertEqual(self.channel.read(), (1, b"bc"))

    def test_large_frames_both_ways(self):
        body = os.urandom(3 << 20)
        sender = threading.Thread(target=lambda: self.far.sendall(len(body).to_bytes(4, "big") + b"\x02" + body))
        sender.start()
        self.assertEqual(self.channel.read(), (2, body))
        sender.join()
        answer = threading.Thread(target=lambda: self.channel.send(channel.RESPONSE, body, 7))
        answer.start()
        got = b""
        while len(got) < len(body) + 9:
            got += self.far.recv(1 << 20)
        answer.join()
        self.assertEqual(got[:9], (len(body) + 4).to_bytes(4, "big") + b"\x12" + b"\0\0\0\x07")
        self.assertEqual(got[9:], body)

    def test_a_closed_channel(self):
        self.far.close()
        with self.assertRaises(channel.Closed):
            self.channel.read()


class ErrorsTest(unittest.TestCase):
    def test_the_document_has_the_handlers_frames_only(self):
        try:
            raise KeyError("x")
        except KeyError as error:
            found = errors.document_of(error, "id")
        self.assertEqual(list(found), ["errorMessage", "errorType", "requestId", "stackTrace"])
        self.assertEqual((found["errorMessage"], found["errorType"]), ("'x'", "KeyError"))
        self.assertEqual(len(found["stackTrace"]), 1)
        self.assertIn("test_channel.py", found["stackTrace"][0])

    def test_handler_names(self):
        for text, kind in [("nodot", "MalformedHandlerName"), ("sys.exit", "BuiltInModuleConflict"),
                           ("absent_module.f", "ImportModuleError"), ("json.absent", "HandlerNotFound"),
                           ("json.__doc__", "HandlerNotFound")]:
            with self.assertRaises(errors.RuntimeFault) as raised:
                loader.load_handler(text)
            self.assertEqual(raised.exception.kind, "Runtime." + kind)
        import json

        self.assertIs(loader.load_handler("json/decoder.JSONDecoder"), json.JSONDecoder)


class PrintTest(unittest.TestCase):
    def test_nothing_waits_for_a_newline(self):
        reading, writing = os.pipe()
        stream = logs.printed_text(logs.Telemetry(writing), 1, "<stdout>")
        print("no newline", end="", file=stream)
        self.assertEqual(os.read(reading, 100)[16:], b"no newline")
        self.assertEqual(stream.fileno(), 1)
        os.close(reading)
        os.close(writing)


if __name__ == "__main__":
    unittest.main()

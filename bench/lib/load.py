"""Load: wrk for throughput, a plain socket for latencies of one request after another."""
import re
import socket
import subprocess
import time

from lib import proc

SEPARATOR = b"\n\x1e\n"


def write_requests(path, requests):
    path.write_bytes(SEPARATOR.join(requests))


def _run_wrk(port, seconds, script, arguments, connections):
    """What it printed. Any answer but 2xx is an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", str(script),
               f"http://127.0.0.1:{port}/", "--", *map(str, arguments)]
    done = subprocess.run(proc.pinned(proc.CLIENT_CORE, command), capture_output=True, text=True, check=True)
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    broken = re.search(r"Socket errors: (.*)", done.stdout)
    if failures or broken:
        raise RuntimeError(f"wrk saw errors: {(failures or broken).group(0)}")
    return done.stdout


def _rate(output):
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def wrk(port, seconds, script, arguments=(), connections=64, pid=None):
    """Requests per second and, of process `pid`, CPU microseconds per request."""
    before = proc.cpu_seconds(pid) if pid else 0
    output = _run_wrk(port, seconds, script, arguments, connections)
    used = proc.cpu_seconds(pid) - before if pid else 0
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    return _rate(output), used / requests * 1e6


def wrk_p99(port, seconds, script, arguments=(), connections=64):
    """Requests per second, and the 99th percentile of their latency in milliseconds."""
    output = _run_wrk(port, seconds, script, arguments, connections)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return _rate(output), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


class Connection:
    """Raw bytes out, one answer with Content-Length or chunks in: as little of Python's own time as can be."""

    def __init__(self, port, timeout=120):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request):
        """(seconds, status, body)"""
        before = time.perf_counter()
        self.socket.sendall(request)
        data = self.socket.recv(65536)
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        lowered = head.lower()
        length = re.search(rb"content-length: (\d+)", lowered)
        if length:
            while len(body) < int(length.group(1)):
                body += self._more()
        elif b"chunked" in lowered:
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        return time.perf_counter() - before, int(head.split(b" ", 2)[1]), body

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data

    def stream(self, request):
        """(seconds to the first byte of the body, seconds in all, bytes of the raw body) of an answer that ends its connection
        or its chunks."""
        before = time.perf_counter()
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        if int(head.split(b" ", 2)[1]) != 200:
            raise RuntimeError(f"not streamed: {data[:300]!r}")
        while not body:
            body = self._more()
        first = time.perf_counter() - before
        length = re.search(rb"content-length: (\d+)", head.lower())
        total, tail = len(body), body[-8:]
        buffer = bytearray(1 << 20)
        while not (total >= int(length.group(1)) if length else tail.endswith(b"0\r\n\r\n")):
            got = self.socket.recv_into(buffer)
            if got == 0:
                raise RuntimeError("the answer was cut")
            total += got
            tail = (tail + bytes(buffer[max(0, got - 8):got]))[-8:]
        return first, time.perf_counter() - before, total

    def close(self):
        self.socket.close()

"""Warm and cold invocations of small Node functions through HTTP, beside a bare Node HTTP server and a bare Node start."""
import subprocess
import time

from lib import aws, functions, load, proc, stats
from lib.group import Group
from lib.report import Measure, at_most, ratio_at_most

YARDSTICK = functions.FOLDER / "yardstick.mjs"


def node_start_ms():
    before = time.perf_counter()
    subprocess.run(["node", "-e", "0"], check=True)
    return (time.perf_counter() - before) * 1000


class Invoke(Group):
    title = "Invocations of small Node functions"

    def __init__(self, env):
        super().__init__(env)
        self.overhead = Measure("warm Invoke beyond a bare Node round trip, p50", "ms", "bare round trip, p50 ms", at_most(0.3))
        self.warm = Measure("warm Invoke, p50", "ms", "bare round trip, p50 ms")
        self.cold = Measure("cold start, nothing pre-started", "ms", "node -e 0, ms", ratio_at_most(2.0))
        self.prestarted = Measure("cold start, pre-started runtime", "ms", "node -e 0, ms", at_most(60))
        self.measures = [self.warm, self.overhead, self.cold, self.prestarted]

    def open(self):
        self.node = self.keep(proc.NodeServer(YARDSTICK))
        self.ready = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / "invoke", options=["--prestarted", "1"]))
        self.bare = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / "invoke-cold", options=["--prestarted", "0"]))
        self.apis = {server: aws.Api(server) for server in (self.ready, self.bare)}
        self.made = 0
        functions.create(self.apis[self.ready], "warm", "empty")
        self._invoke(self.ready, "warm", 50)

    def _invoke(self, server, name, count):
        signer = aws.Signer("bench", "bench", "lambda")
        request = signer.request_bytes("POST", f"/2015-03-31/functions/{name}/invocations", f"127.0.0.1:{server.port}", b"{}",
                                       {"content-type": "application/json"})
        connection = load.Connection(server.port)
        times = []
        for _ in range(count):
            seconds, status, body = connection.exchange(request)
            if status != 200 or body != b"{}":
                raise RuntimeError(f"Invoke: {status} {body[:300]!r}")
            times.append(seconds * 1000)
        connection.close()
        return times

    def _cold(self, server):
        self.made += 1
        name = f"cold-{self.made}"
        functions.create(self.apis[server], name, "empty")
        time.sleep(0.3)  # a pre-started runtime has its time to start, as it would between deployments
        times = self._invoke(server, name, 1)
        functions.delete(self.apis[server], name)
        return times[0]

    def repeat(self):
        request = f"POST /empty HTTP/1.1\r\nHost: localhost:{self.node.port}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        connection = load.Connection(self.node.port)
        for _ in range(50):
            connection.exchange(request)
        bare, warm = [], []
        for _ in range(10):  # small turns, so that both meet the same weather
            bare += [connection.exchange(request)[0] * 1000 for _ in range(50)]
            warm += self._invoke(self.ready, "warm", 50)
        connection.close()
        self.warm.add(stats.median(warm), stats.median(bare))
        self.overhead.add(stats.median(warm) - stats.median(bare), stats.median(bare))
        node = stats.median([node_start_ms() for _ in range(3)])
        self.cold.add(stats.median([self._cold(self.bare) for _ in range(3)]), node)
        self.prestarted.add(stats.median([self._cold(self.ready) for _ in range(3)]), node)

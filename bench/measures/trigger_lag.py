"""From the client's PutItem to the start of a warm handler, 200 writes a second, every commit synced."""
import json
import os
import socket
import threading
import time

from lib import aws, functions, load, proc, stats
from lib.group import Group
from lib.report import Measure, at_most

RATE = 200


def synced_append_ms(folder, count=50):
    """What the disk itself takes: 1 KB appended and fdatasync, alone."""
    path = folder / "append.bin"
    times = []
    with open(path, "wb") as file:
        for _ in range(count):
            before = time.perf_counter()
            os.write(file.fileno(), b"x" * 1024)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - before) * 1000)
    path.unlink()
    return stats.median(times)


class TriggerLag(Group):
    title = "A write turns a function: table stream to warm Node handler, 200 writes/s, synced"

    def __init__(self, env):
        super().__init__(env)
        self.p50 = Measure("write to handler start, p50", "ms", "1 KB append + fdatasync, p50 ms", at_most(1.0))
        self.p99 = Measure("write to handler start, p99", "ms", "", at_most(10.0))
        self.answered = Measure("commit answered to handler start, p50", "ms")
        self.measures = [self.p50, self.p99, self.answered]

    def open(self):
        self.server = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / "lag", options=["--durability", "sync"]))
        self.api = aws.Api(self.server)
        self.reports = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.reports.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.reports.bind(("127.0.0.1", 0))
        self.reports.settimeout(20)
        table = self.api.create_table("lag", stream=True)
        functions.create(self.api, "on-put", "on-put", {"REPORT_PORT": str(self.reports.getsockname()[1])})
        mapping = self.api.lambda_("POST", "/2015-03-31/event-source-mappings", {
            "FunctionName": "on-put", "EventSourceArn": table["LatestStreamArn"], "StartingPosition": "TRIM_HORIZON", "BatchSize": 100})
        while mapping["State"] != "Enabled":
            mapping = self.api.lambda_("GET", f"/2015-03-31/event-source-mappings/{mapping['UUID']}")
        self.next_id = 0
        self._run(20)  # warm

    def _collect(self, wanted, started):
        while len(started) < wanted:
            report = json.loads(self.reports.recv(65536))
            for key in report["ids"]:
                started.setdefault(key, int(report["now"]))

    def _run(self, count):
        signer = aws.Signer("bench", "bench", "dynamodb")
        keys = [f"id-{self.next_id + i:08d}" for i in range(count)]
        self.next_id += count
        requests = [aws.dynamodb_bytes(signer, self.api.host, "PutItem", {
            "TableName": "lag", "Item": {"id": {"S": key}, "text": {"S": "x" * 900}}}) for key in keys]
        connection = load.Connection(self.server.port)
        started, sent, answered = {}, {}, {}
        collector = threading.Thread(target=self._collect, args=(count, started))
        collector.start()
        began = time.monotonic()
        for number, (key, request) in enumerate(zip(keys, requests)):
            wait = began + number / RATE - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            sent[key] = time.monotonic_ns()
            status = connection.exchange(request)[1]
            answered[key] = time.monotonic_ns()
            if status != 200:
                raise RuntimeError(f"PutItem: {status}")
        collector.join()
        connection.close()
        return ([(started[key] - sent[key]) / 1e6 for key in keys], [(started[key] - answered[key]) / 1e6 for key in keys])

    def repeat(self):
        append = synced_append_ms(self.env.scratch)
        lags, after = self._run(RATE * self.env.seconds)
        self.p50.add(stats.percentile(lags, 0.5), append)
        self.p99.add(stats.percentile(lags, 0.99))
        self.answered.add(stats.percentile(after, 0.5))

"""From starting the process to its ready line; idle memory; the size of the binary."""
import os
import pathlib
import subprocess
import time

from lib import aws, proc
from lib.group import Group
from lib.report import Measure, at_most


def children(pid):
    try:
        return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []


class Startup(Group):
    title = "Start, idle memory, size"

    def __init__(self, env):
        super().__init__(env)
        true_start = "a start of /bin/true, ms"
        self.empty = Measure("start to ready, empty folder", "ms", true_start, at_most(30))
        self.full = Measure(f"start to ready, {env.data_gb:g} GB of data", "ms", true_start, at_most(100))
        self.memory = Measure("idle memory of the server", "MB", "", at_most(40))
        self.size = Measure("stripped binary", "MB", "", at_most(30))
        self.measures = [self.empty, self.full, self.memory, self.size]
        self.runs = 0

    def open(self):
        self.data = self.env.scratch / "start-full"
        server = self.keep(proc.Millrace(self.env.millrace, self.data, options=["--durability", "os", "--prestarted", "0"]))
        api = aws.Api(server)
        api.create_table("full")
        text = os.urandom(150_000).hex()  # does not compress away to nothing
        for number in range(int(self.env.data_gb * 1e9 / 1.2e6)):
            puts = [{"PutRequest": {"Item": {"id": {"S": f"{number}-{i}"}, "text": {"S": text}}}} for i in range(4)]
            api.dynamodb("BatchWriteItem", {"RequestItems": {"full": puts}})
        api.close()
        server.stop()
        stripped = self.env.scratch / "stripped"
        subprocess.run(["strip", "-o", stripped, self.env.millrace], check=True)
        self.size.add(stripped.stat().st_size / 1e6)

    def _start(self, data):
        server = self.keep(proc.Millrace(self.env.millrace, data, options=["--prestarted", "0"]))
        return server, server.seconds_to_ready * 1000

    def repeat(self):
        before = time.perf_counter()
        subprocess.run(["/bin/true"], check=True)
        bare = (time.perf_counter() - before) * 1000
        self.runs += 1
        server, ready = self._start(self.env.scratch / f"start-empty-{self.runs}")
        self.empty.add(ready, bare)
        time.sleep(0.5)
        self.memory.add(proc.memory_mb(server.pid) + sum(proc.memory_mb(child, "RssAnon") for child in children(server.pid)))
        server.stop()
        server, ready = self._start(self.data)
        self.full.add(ready, bare)
        server.stop()

"""Functions by runtime: how many invocations a second, how long a cold start, how much memory a sandbox, a crowd of cold starts.
Beside each the nearest thing without Millrace: a bare Node HTTP server, a bare start of the interpreter."""
import concurrent.futures
import pathlib
import re
import subprocess
import time
import urllib.request

from lib import aws, functions, load, proc, stats
from lib.group import Group
from lib.report import Measure, at_most
from measures.startup import children

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "lua" / "signed.lua"
CROWD = 100
MANY = 16
PATH = "/2015-03-31/functions/{}/invocations"


def start_ms(command):
    before = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - before) * 1000


def descendants(pid):
    found = children(pid)
    return found + [below for child in found for below in descendants(child)]


class Runtime:
    def __init__(self, name, identifier, code, bare, package=None):
        self.name, self.identifier, self.code, self.bare, self.package = name, identifier, code, bare, package
        self.one = Measure(f"{name}: invocations through one sandbox", "/s", "bare Node server, one connection, /s")
        self.many = Measure(f"{name}: invocations through {MANY} sandboxes", "/s", f"bare Node server, {MANY} connections, /s")
        bounds = {"C++": at_most(15), "Python": at_most(45)}
        self.cold = Measure(f"{name}: cold start, runtime started ahead" if not package else f"{name}: cold start", "ms",
                            f"{' '.join(bare)}, ms", bounds.get(name))
        self.memory = Measure(f"{name}: memory of an idle sandbox", "MB", "")

    def measures(self):
        return [self.one, self.many, self.cold, self.memory]

    def create(self, api, name):
        functions.create(api, name, self.code, runtime=self.identifier, package=self.package)


class Functions(Group):
    title = "Functions by runtime"

    def __init__(self, env):
        super().__init__(env)
        self.runtimes = [Runtime("Node", "nodejs20.x", "empty", ["node", "-e", "0"]),
                         Runtime("Python", "python3.12", "empty-python", ["python3", "-c", "0"])]
        if env.cpp_function:
            self.runtimes.append(Runtime("C++", "provided.al2023", None, ["/bin/true"], env.cpp_function))
        self.crowd = Measure(f"{CROWD} invocations at once of a cold Node function of 1 s, until the last has answered, beyond that second", "ms",
                             f"{CROWD} times node -e 0, two at a time, ms")
        self.measures = [measure for runtime in self.runtimes for measure in runtime.measures()] + [self.crowd]
        self.made = 0

    def open(self):
        self.node = self.keep(proc.NodeServer(functions.FOLDER / "yardstick.mjs"))
        self.server = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / "functions",
                                              options=["--prestarted", "1", "--max-sandboxes", str(CROWD + 3 * MANY)]))
        self.api = aws.Api(self.server)
        for runtime in self.runtimes:
            for name in (f"one-{runtime.name.strip('+')}", f"many-{runtime.name.strip('+')}"):
                runtime.create(self.api, name)
        for runtime in self.runtimes:  # before the others' sandboxes are there
            self._measure_memory(runtime)

    def _request(self, name):
        signer = aws.Signer("bench", "bench", "lambda")
        return signer.request_bytes("POST", PATH.format(name), f"127.0.0.1:{self.server.port}", b"{}", {"content-type": "application/json"})

    def _memory(self):
        return sum(proc.memory_mb(pid, "RssAnon") for pid in descendants(self.server.pid))

    def _sandboxes(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/_millrace/metrics") as answer:
            return float(re.search(r"^millrace_sandboxes (\S+)", answer.read().decode(), re.MULTILINE).group(1))

    # What idle sandboxes have for themselves: pages that they share with others of their kind are not theirs.
    def _measure_memory(self, runtime):
        name = f"many-{runtime.name.strip('+')}"
        before, sandboxes = self._memory(), self._sandboxes()
        self._rate(self.server.port, self._request(name), MANY)
        time.sleep(1)  # a runtime that is started ahead is there again
        started = self._sandboxes() - sandboxes
        if started > 0:
            runtime.memory.add((self._memory() - before) / started)

    # Whole requests per second over so many connections, each one after the other.
    def _rate(self, port, request, connections):
        file = self.env.scratch / "functions.bin"
        load.write_requests(file, [request])
        return load.wrk(port, max(1, self.env.seconds // 3), SCRIPT, [file], connections=connections)[0]

    def _cold_once(self, runtime):
        self.made += 1
        name = f"cold-{self.made}"
        runtime.create(self.api, name)
        time.sleep(0.3)  # a runtime that is started ahead has its time, as between deployments
        connection = load.Connection(self.server.port)
        seconds, status, body = connection.exchange(self._request(name))
        connection.close()
        functions.delete(self.api, name)
        if status != 200:
            raise RuntimeError(f"cold start: {status} {body[:300]!r}")
        return seconds * 1000

    def _measure_crowd(self):
        self.made += 1
        name = f"crowd-{self.made}"
        functions.create(self.api, name, "one-second")
        request = self._request(name)

        def call():
            connection = load.Connection(self.server.port)
            _, status, body = connection.exchange(request)
            connection.close()
            if status != 200:
                raise RuntimeError(f"one of a crowd: {status} {body[:300]!r}")

        before = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
            for future in [pool.submit(call) for _ in range(CROWD)]:
                future.result()
        took = (time.perf_counter() - before) * 1000 - 1000
        functions.delete(self.api, name)
        before = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(start_ms, [["node", "-e", "0"]] * 10))
        self.crowd.add(took, (time.perf_counter() - before) * 1000 * CROWD / 10)

    def repeat(self):
        bare_request = f"POST /empty HTTP/1.1\r\nHost: localhost:{self.node.port}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        for runtime in self.runtimes:
            for measure, name, connections in ((runtime.one, "one", 1), (runtime.many, "many", MANY)):
                bare = self._rate(self.node.port, bare_request, connections)
                measure.add(self._rate(self.server.port, self._request(f"{name}-{runtime.name.strip('+')}"), connections), bare)
            runtime.cold.add(stats.median([self._cold_once(runtime) for _ in range(3)]),
                             stats.median([start_ms(runtime.bare) for _ in range(3)]))
        self._measure_crowd()

"""A streamed answer of 200 MB relayed from a Node function to a client, beside nginx proxying the same bytes from Node."""
import urllib.parse

from lib import aws, functions, load, proc, stats
from lib.group import Group
from lib.report import Measure, at_most, ratio_at_least

PIECES = 3200
YARDSTICK = functions.FOLDER / "yardstick.mjs"


class Relay(Group):
    title = "Relay of a streamed answer, 200 MB"

    def __init__(self, env):
        super().__init__(env)
        self.rate = Measure("relay of 200 MB", "MB/s", "nginx proxying Node, MB/s", ratio_at_least(0.5))
        self.first = Measure("first byte beyond nginx's", "ms", "nginx proxying Node, ms", at_most(1.0))
        self.memory = Measure("memory grown while relaying", "MB", "", at_most(16))
        self.cpu = Measure("relay, server CPU", "s/GB", "nginx, s/GB")
        self.measures = [self.rate, self.cpu, self.first, self.memory]

    def open(self):
        self.node = self.keep(proc.NodeServer(YARDSTICK))
        self.nginx = self.keep(proc.Nginx(self.env.scratch / "nginx-relay",
                                f"location / {{ proxy_pass http://127.0.0.1:{self.node.port}; proxy_http_version 1.1; "
                                "proxy_max_temp_file_size 0; proxy_buffers 8 64k; proxy_buffer_size 64k; }", core=None))
        self.server = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / "relay"))
        api = aws.Api(self.server)
        functions.create(api, "stream", "stream")
        url = urllib.parse.urlsplit(functions.public_url(api, "stream", "RESPONSE_STREAM"))
        self.host, self.path = url.netloc, url.path
        api.close()
        self._stream(self.server.port, self.host, self.path, 1)

    @staticmethod
    def _stream(port, host, path, pieces):
        connection = load.Connection(port)
        answer = connection.stream(f"GET {path}?pieces={pieces} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        connection.close()
        if answer[2] < pieces * 65536:
            raise RuntimeError(f"only {answer[2]} bytes came")
        return answer

    def repeat(self):
        proxied, relayed = [], []
        for _ in range(20):
            proxied.append(self._stream(self.nginx.port, "localhost", "/stream", 1)[0] * 1000)
            relayed.append(self._stream(self.server.port, self.host, self.path, 1)[0] * 1000)
        self.first.add(stats.median(relayed) - stats.median(proxied), stats.median(proxied))
        nginx_cpu, our_cpu = proc.cpu_seconds(self.nginx.pid), proc.cpu_seconds(self.server.pid)
        _, seconds, size = self._stream(self.nginx.port, "localhost", "/stream", PIECES)
        before = proc.memory_mb(self.server.pid)
        proc.forget_peak_memory(self.server.pid)
        _, our_seconds, our_size = self._stream(self.server.port, self.host, self.path, PIECES)
        self.rate.add(our_size / our_seconds / 1e6, size / seconds / 1e6)
        self.cpu.add((proc.cpu_seconds(self.server.pid) - our_cpu) / our_size * 1e9,
                     (proc.cpu_seconds(self.nginx.pid) - nginx_cpu) / size * 1e9)
        self.memory.add(max(0.0, proc.memory_mb(self.server.pid, "VmHWM") - before))

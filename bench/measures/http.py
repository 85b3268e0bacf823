"""The HTTP server alone beside nginx: small requests, and a stream of 64 KiB pieces made in the server."""
import pathlib

from lib import load, proc
from lib.group import Group
from lib.report import Measure, at_least, ratio_at_least

REPLY = '{"message":"sixty bytes of reply, as a small answer has it"}'


class HttpPing(proc.Process):
    def __init__(self, binary):
        self.port = proc.free_port()
        super().__init__([binary, self.port], proc.SERVER_CORE)
        proc.wait_for_port(self.port, self.process)


class Http(Group):
    title = "The HTTP server alone: 300 bytes in, 60 out, 64 connections, one core"

    def __init__(self, env):
        super().__init__(env)
        self.rate = Measure("POST 300 B, answer 60 B", "req/s", "nginx return 200, req/s", ratio_at_least(0.9))
        self.cpu = Measure("POST 300 B, server CPU", "us/request", "nginx, us/request")
        self.stream = Measure("chunks of 64 KiB to one client", "MB/s", "", at_least(1000))
        self.stream_cpu = Measure("chunks of 64 KiB, server CPU", "s/GB")
        self.measures = [self.rate, self.cpu, self.stream, self.stream_cpu]

    def open(self):
        binary = pathlib.Path(self.env.http_ping)
        self.ping = self.keep(HttpPing(binary))
        self.nginx = self.keep(proc.Nginx(self.env.scratch / "nginx-http", f"default_type application/json; location / {{ return 200 '{REPLY}'; }}"))
        body = b"x" * 300
        request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n" + body
        load.write_requests(self.env.scratch / "ping.bin", [request])

    def repeat(self):
        script = pathlib.Path(__file__).resolve().parent.parent / "lua" / "signed.lua"
        nginx, nginx_cpu = load.wrk(self.nginx.port, self.env.seconds, script, [self.env.scratch / "ping.bin"], pid=self.nginx.pid)
        rate, cpu = load.wrk(self.ping.port, self.env.seconds, script, [self.env.scratch / "ping.bin"], pid=self.ping.pid)
        self.rate.add(rate, nginx)
        self.cpu.add(cpu, nginx_cpu)
        connection = load.Connection(self.ping.port)
        before = proc.cpu_seconds(self.ping.pid)
        _, seconds, size = connection.stream(b"GET /stream/16000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.close()
        self.stream.add(size / seconds / 1e6)
        self.stream_cpu.add((proc.cpu_seconds(self.ping.pid) - before) / size * 1e9)

"""GetItem and PutItem of 1 KB items, signed and verified, as a share of what nginx serves to the same load on one core."""
import pathlib
import random
import string

from lib import aws, load, proc
from lib.group import Group
from lib.report import Measure, ratio_at_least

KEYS = 2000
SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "lua" / "signed.lua"


def item(number, rng):
    text = "".join(rng.choices(string.ascii_letters, k=180))
    return {
        "id": {"S": f"item-{number:08d}"}, "name": {"S": text[:40]}, "email": {"S": text[:20] + "@example.com"},
        "age": {"N": str(number % 100)}, "balance": {"N": f"{number}.25"}, "active": {"BOOL": number % 2 == 0},
        "tags": {"SS": [text[i:i + 8] for i in range(0, 80, 10)]}, "note": {"S": text * 4},
        "address": {"M": {"street": {"S": text[50:80]}, "zip": {"S": "12345"}}},
    }


class Items(Group):
    title = "GetItem and PutItem, 1 KB, signatures verified, 64 connections, one core"

    def __init__(self, env):
        super().__init__(env)
        ngx = "nginx return 200, requests/s"
        self.get = Measure("GetItem", "req/s", ngx, ratio_at_least(0.45))
        self.put_os = Measure("PutItem, --durability=os", "req/s", ngx, ratio_at_least(0.30))
        self.put_sync = Measure("PutItem, --durability=sync", "req/s", "PutItem os, req/s", ratio_at_least(0.6))
        self.get_cpu = Measure("GetItem, server CPU", "us/request", "nginx, us/request")
        self.put_cpu = Measure("PutItem os, server CPU", "us/request", "nginx, us/request")
        self.measures = [self.get, self.get_cpu, self.put_os, self.put_cpu, self.put_sync]

    def open(self):
        self.nginx = self.keep(proc.Nginx(self.env.scratch / "nginx-items", "location / { return 200; }"))
        self.servers = {}
        rng = random.Random(1)
        items = [item(number, rng) for number in range(KEYS)]
        for durability in ("os", "sync"):
            server = self.keep(proc.Millrace(self.env.millrace, self.env.scratch / f"items-{durability}", proc.SERVER_CORE,
                                   ["--durability", durability, "--auth", "enforce", "--threads", "1"]))
            self.servers[durability] = server
            server.take_first_key()
            api = aws.Api(server)
            api.create_table("items")
            signer = aws.Signer(server.access_key, server.secret_key, "dynamodb")
            puts = [aws.dynamodb_bytes(signer, api.host, "PutItem", {"TableName": "items", "Item": i}) for i in items]
            gets = [aws.dynamodb_bytes(signer, api.host, "GetItem", {"TableName": "items", "Key": {"id": i["id"]}}) for i in items]
            load.write_requests(self.env.scratch / f"put-{durability}.bin", puts)
            load.write_requests(self.env.scratch / f"get-{durability}.bin", gets)
            connection = load.Connection(server.port)
            for request in puts:  # every GetItem finds its item
                status = connection.exchange(request)[1]
                if status != 200:
                    raise RuntimeError(f"PutItem: {status}")
            connection.close()
            api.close()

    def _wrk(self, server, requests):
        return load.wrk(server.port, self.env.seconds, SCRIPT, [self.env.scratch / requests], pid=server.pid)

    def repeat(self):
        nginx_get, nginx_get_cpu = self._wrk(self.nginx, "get-os.bin")
        get, get_cpu = self._wrk(self.servers["os"], "get-os.bin")
        nginx_put, nginx_put_cpu = self._wrk(self.nginx, "put-os.bin")
        put_os, put_cpu = self._wrk(self.servers["os"], "put-os.bin")
        put_sync, _ = self._wrk(self.servers["sync"], "put-sync.bin")
        self.get.add(get, nginx_get)
        self.get_cpu.add(get_cpu, nginx_get_cpu)
        self.put_os.add(put_os, nginx_put)
        self.put_cpu.add(put_cpu, nginx_put_cpu)
        self.put_sync.add(put_sync, put_os)

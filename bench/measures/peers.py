"""DynamoDB's operations against other servers that speak them: the same requests, the same load, each durable as it can be."""
import dataclasses
import random
import string
import sys

from lib import aws, load, proc
from lib.group import Group
from lib.peers import ALL
from lib.report import Measure, ratio_at_least, ratio_at_most
from measures.items import SCRIPT, item

KEYS = 1000
PARTITIONS, PER_PARTITION = 20, 100
TIMES = {"dynalite": 20, "DynamoDB Local": 10}  # what throughput shall reach


def _line(partition, number, rng):
    return {"id": {"S": f"p{partition}"}, "n": {"N": str(number)}, "text": {"S": "".join(rng.choices(string.ascii_letters, k=150))}}


def _put(table, item_):
    return {"PutRequest": {"Item": item_}}


def requests():
    """Operation's name: its payloads, in the order they are sent."""
    rng = random.Random(2)
    items = [item(number, rng) for number in range(KEYS)]
    lines = [[_line(p, n, rng) for n in range(PER_PARTITION)] for p in range(PARTITIONS)]
    flat = [line for partition in lines for line in partition]
    return {
        "PutItem": ("PutItem", [{"TableName": "items", "Item": i} for i in items]),
        "GetItem": ("GetItem", [{"TableName": "items", "Key": {"id": i["id"]}} for i in items]),
        "BatchWriteItem of 25": ("BatchWriteItem", [
            {"RequestItems": {"lines": [_put("lines", line) for line in flat[at:at + 25]]}} for at in range(0, len(flat), 25)]),
        "Query of 100 items": ("Query", [
            {"TableName": "lines", "KeyConditionExpression": "id = :p", "ExpressionAttributeValues": {":p": {"S": f"p{p}"}}}
            for p in range(PARTITIONS)]),
        "UpdateItem ADD on one key": ("UpdateItem", [
            {"TableName": "items", "Key": {"id": {"S": "hot"}}, "UpdateExpression": "ADD n :one",
             "ExpressionAttributeValues": {":one": {"N": "1"}}}]),
        "Scan of a 1 MB page": ("Scan", [{"TableName": "items"}]),
        "TransactWriteItems of 4": ("TransactWriteItems", [
            {"TransactItems": [{"Put": {"TableName": "lines", "Item": line}} for line in flat[at:at + 4]]}
            for at in range(0, len(flat), 4)]),
    }


@dataclasses.dataclass
class Side:
    server: object
    files: dict  # of the operations it has


class Peers(Group):
    title = "DynamoDB's operations against other servers, 64 connections"

    def __init__(self, env):
        super().__init__(env)
        self.payloads = requests()
        self.rates, self.p99s = {}, {}
        for peer in ALL:
            for name in self.payloads:
                times = TIMES.get(peer.name)
                self.rates[peer.name, name] = Measure(f"{name}, against {peer.name}", "req/s", f"{peer.name}, req/s",
                                                      ratio_at_least(times) if times else None)
                self.p99s[peer.name, name] = Measure(f"{name}, p99, against {peer.name}", "ms", f"{peer.name}, ms",
                                                     ratio_at_most(1) if times else None)
        self.measures = [*self.rates.values(), *self.p99s.values()]

    def _side(self, server, label):
        """Tables and items are there, and every operation has been asked for once: what is refused is left out."""
        api = aws.Api(server)
        for name, keys in (("items", ["id"]), ("lines", ["id", "n"])):
            api.dynamodb("CreateTable", {
                "TableName": name, "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": k, "AttributeType": "N" if k == "n" else "S"} for k in keys],
                "KeySchema": [{"AttributeName": k, "KeyType": t} for k, t in zip(keys, ("HASH", "RANGE"))]})
            while api.dynamodb("DescribeTable", {"TableName": name})["Table"]["TableStatus"] != "ACTIVE":
                pass
        signer = aws.Signer(server.access_key, server.secret_key, "dynamodb")
        files = {}
        for name, (operation, payloads) in self.payloads.items():
            encoded = [aws.dynamodb_bytes(signer, api.host, operation, payload) for payload in payloads]
            fill = encoded if operation in ("PutItem", "BatchWriteItem") else encoded[:1]
            if self._answers(server, fill):
                files[name] = self.env.scratch / f"{label}-{len(files)}.bin"
                load.write_requests(files[name], encoded)
        api.close()
        return Side(server, files)

    @staticmethod
    def _answers(server, requests_):
        for request in requests_:
            connection = load.Connection(server.port, timeout=10)  # a new one each time: not all keep theirs
            try:
                if connection.exchange(request)[1] != 200:
                    return False
            except (OSError, RuntimeError):
                return False  # no answer, or none that ends
            finally:
                connection.close()
        return True

    def open(self):
        scratch = self.env.scratch / "peers"
        scratch.mkdir(parents=True, exist_ok=True)
        server = self.keep(proc.Millrace(self.env.millrace, scratch / "millrace", options=["--durability", "sync", "--auth", "enforce"]))
        server.take_first_key()
        self.own = self._side(server, "millrace")
        self.others = {}
        for peer in ALL:
            self.others[peer.name] = self._side(self.keep(peer(self.env.peers, scratch)), peer.__name__)

    def _wrk(self, side, name):
        return load.wrk_p99(side.server.port, self.env.seconds, SCRIPT, [side.files[name]])

    def repeat(self):
        for name in self.payloads:
            for peer, side in self.others.items():
                if name not in side.files:
                    continue  # shown as not measured
                try:
                    theirs, theirs_p99 = self._wrk(side, name)
                except RuntimeError as error:
                    print(f"{peer}: {name}: {error}", file=sys.stderr)
                    del side.files[name]  # it fails under load
                    continue
                ours, ours_p99 = self._wrk(self.own, name)
                if theirs == 0:
                    continue  # not one answer in that time
                self.rates[peer, name].add(ours, theirs)
                self.p99s[peer, name].add(ours_p99, theirs_p99)

"""Signed AWS requests by the standard library: enough of SigV4 to load a server with, and small calls for the set-up."""
import datetime
import hashlib
import hmac
import http.client
import json
import urllib.parse

REGION = "us-east-1"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Signer:
    """Signs many requests with one date: the derived key is the same for all of them."""

    def __init__(self, access_key, secret_key, service):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.access_key = access_key
        self.stamp = now.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.stamp[:8]}/{REGION}/{service}/aws4_request"
        key = ("AWS4" + secret_key).encode()
        for part in (self.stamp[:8], REGION, service, "aws4_request"):
            key = _hmac(key, part)
        self.key = key

    def headers(self, method, path, host, body, extra):
        headers = {"host": host, "x-amz-date": self.stamp, **{name.lower(): value for name, value in extra.items()}}
        names = sorted(headers)
        signed = ";".join(names)
        path, _, query = path.partition("?")
        canonical = "\n".join([
            method, urllib.parse.quote(path), "&".join(sorted(query.split("&"))) if query else "",
            *[f"{name}:{headers[name]}" for name in names], "", signed, hashlib.sha256(body).hexdigest()])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self.stamp, self.scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self.key, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{self.scope}, "
                                    f"SignedHeaders={signed}, Signature={signature}")
        return headers

    def request_bytes(self, method, path, host, body, extra):
        headers = self.headers(method, path, host, body, extra)
        lines = [f"{method} {path} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()], f"content-length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def dynamodb_bytes(signer, host, operation, payload):
    return signer.request_bytes("POST", "/", host, json.dumps(payload, separators=(",", ":")).encode(),
                                {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"})


class Api:
    """Calls one after the other over one connection; raises on anything but success."""

    def __init__(self, server):
        self.server = server
        self.host = f"127.0.0.1:{server.port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def call(self, service, method, path, body, extra):
        signer = Signer(self.server.access_key, self.server.secret_key, service)
        headers = signer.headers(method, path, self.host, body, extra)
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path} {extra.get('x-amz-target', '')}: {response.status} {answer[:500]!r}")
        return answer

    def dynamodb(self, operation, payload):
        answer = self.call("dynamodb", "POST", "/", json.dumps(payload).encode(),
                           {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"})
        return json.loads(answer or b"{}")

    def lambda_(self, method, path, payload=None):
        body = b"" if payload is None else json.dumps(payload).encode()
        answer = self.call("lambda", method, path, body, {"content-type": "application/json"})
        return json.loads(answer or b"null")

    def create_table(self, name, stream=False):
        definition = {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }
        if stream:
            definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self.dynamodb("CreateTable", definition)
        while True:
            table = self.dynamodb("DescribeTable", {"TableName": name})["Table"]
            if table["TableStatus"] == "ACTIVE":
                return table

    def close(self):
        self.connection.close()

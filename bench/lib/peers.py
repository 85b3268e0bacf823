"""The servers that Millrace is held against, each started by its own published command, with the best durability it offers."""
import pathlib
import subprocess

from lib import proc


class Peer(proc.Process):
    """Ready when made. Believes any credentials."""

    access_key, secret_key = "bench", "bench"

    def __init__(self, command, log, **options):
        with pathlib.Path(log).open("wb") as out:
            super().__init__(command, stdout=out, stderr=subprocess.STDOUT, **options)
        proc.wait_for_port(self.port, self.process, 60)


class Dynalite(Peer):
    name = "dynalite"

    def __init__(self, installed, scratch):
        self.port = proc.free_port()
        super().__init__(["node", installed / "node_modules/dynalite/cli.js", "--port", self.port, "--path", scratch / "dynalite",
                          "--createTableMs", "0"], scratch / "dynalite.log")


class DynamoDbLocal(Peer):
    name = "DynamoDB Local"

    def __init__(self, installed, scratch):
        self.port = proc.free_port()
        jars = installed / "dynamodb-local"
        data = scratch / "dynamodb-local"
        data.mkdir(parents=True, exist_ok=True)
        super().__init__(["java", f"-Djava.library.path={jars}", f"-Dsqlite4java.library.path={jars}", "-cp", f"{jars}/*",
                          "com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-port", self.port, "-dbPath", data,
                          "-sharedDb", "-disableTelemetry"], scratch / "dynamodb-local.log")


class Moto(Peer):
    name = "moto"

    def __init__(self, installed, scratch):
        self.port = proc.free_port()
        super().__init__([installed / "python/bin/moto_server", "-H", "127.0.0.1", "-p", self.port], scratch / "moto.log")


ALL = [Dynalite, DynamoDbLocal, Moto]

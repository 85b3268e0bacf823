"""The processes that are measured: started on chosen cores, asked for their memory and CPU time, stopped in the end."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

SERVER_CORE = 0
CLIENT_CORE = 1


def pinned(core, command):
    """One core for the server and one for the load, when there are two."""
    return command if core is None or os.cpu_count() < 2 else ["taskset", "-c", str(core), *command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"{process.args} does not listen on port {port}")


def cpu_seconds(pid):
    """All threads of one process, from the scheduler's own clock."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass  # a thread that just ended
    return total / 1e9


def memory_mb(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak_memory(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Process:
    def __init__(self, command, core=None, **options):
        self.process = subprocess.Popen(pinned(core, [str(part) for part in command]), **options)
        self.pid = self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Process):
    def __init__(self, folder, server_block, core=SERVER_CORE):
        self.port = free_port()
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = folder / "nginx.conf"
        config.write_text(
            f"worker_processes 1; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 1024; }}\n"
            f"http {{ access_log off; keepalive_requests 1000000000; client_max_body_size 0; {temporary}\n"
            f"server {{ listen 127.0.0.1:{self.port}; {server_block} }} }}\n")
        super().__init__(["nginx", "-c", config], core, stderr=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)


class NodeServer(Process):
    def __init__(self, script, arguments=(), core=None):
        self.port = free_port()
        super().__init__(["node", script, str(self.port), *map(str, arguments)], core)
        wait_for_port(self.port, self.process)


class Millrace(Process):
    """Ready when made. `seconds_to_ready` is from before the process existed to its line on stdout."""

    def __init__(self, binary, data, core=None, options=(), environment=None):
        self.port = free_port()
        self.log = pathlib.Path(f"{data}.log")
        before = time.perf_counter()
        with self.log.open("wb") as log:
            super().__init__([binary, "serve", "--data", data, "--port", self.port, "--log-level", "warn", *options], core,
                             stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        line = self.process.stdout.readline()
        self.seconds_to_ready = time.perf_counter() - before
        if "ready" not in line:
            self.stop()
            raise RuntimeError(f"millrace did not start: {self.log.read_text()}")
        self.access_key, self.secret_key = "bench", "bench"

    def take_first_key(self):
        """With --auth=enforce the first start of a data folder says its key on stderr, before it is ready."""
        found = re.search(r"AWS_ACCESS_KEY_ID=(\S+)\s+AWS_SECRET_ACCESS_KEY=(\S+)", self.log.read_text())
        if not found:
            raise RuntimeError("no first access key was shown")
        self.access_key, self.secret_key = found.groups()

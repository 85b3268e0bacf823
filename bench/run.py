#!/usr/bin/env python3
"""Runs Millrace's benchmarks, each against a yardstick in the same run, and prints how they compare (./dev bench).

Repetitions are interleaved: one of every measure, then the next, so that what else the machine does touches all alike. Ratios of
pairs measured one after the other say more than absolute figures on a shared machine."""
import argparse
import dataclasses
import os
import pathlib
import shutil
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lib import report
from measures.functions import Functions
from measures.http import Http
from measures.invoke import Invoke
from measures.items import Items
from measures.peers import Peers
from measures.relay import Relay
from measures.startup import Startup
from measures.trigger_lag import TriggerLag

GROUPS = {"http": Http, "items": Items, "lag": TriggerLag, "invoke": Invoke, "functions": Functions, "relay": Relay, "startup": Startup, "peers": Peers}


@dataclasses.dataclass
class Environment:
    millrace: pathlib.Path
    http_ping: pathlib.Path | None
    peers: pathlib.Path | None
    cpp_function: pathlib.Path | None
    scratch: pathlib.Path
    seconds: int
    data_gb: float


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--millrace", type=pathlib.Path, required=True, help="the binary to measure")
    parser.add_argument("--http-ping", type=pathlib.Path, help="the HTTP server alone (target http_ping); without it that group is left out")
    parser.add_argument("--peers", type=pathlib.Path, help="where bench/peers/install.sh put other servers; without it that group is left out")
    parser.add_argument("--cpp-function", type=pathlib.Path, help="a packed function in C++ that answers {} (target bench_empty); without it C++ is left out")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="these groups alone; no result file is written")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of load for each throughput figure")
    parser.add_argument("--data-gb", type=float, default=1.0, help="data for the start with data")
    parser.add_argument("--scratch", type=pathlib.Path, help="folder for data, on the disk to measure (default: a temporary one)")
    parser.add_argument("--write", action="store_true", help="write a result file although not everything was measured")
    return parser.parse_args()


def attempt(group, what, notes):
    """False when it failed: the others are still measured, and the failure is told."""
    try:
        getattr(group, what)()
        return True
    except Exception as error:  # whatever went wrong in one group
        traceback.print_exc()
        notes.append(f"{group.title}: {what} failed: {str(error)[:300]}")
        return False


def run(groups, repetitions, loads, notes):
    working = []
    for group in groups:
        print(f"preparing: {group.title}", file=sys.stderr, flush=True)
        (working.append(group) if attempt(group, "open", notes) else attempt(group, "close", []))
    for repetition in range(repetitions):
        for group in list(working):
            print(f"{repetition + 1}/{repetitions}: {group.title}", file=sys.stderr, flush=True)
            loads.append(os.getloadavg()[0])
            if not attempt(group, "repeat", notes):
                working.remove(group)
                attempt(group, "close", [])
    for group in working:
        attempt(group, "close", notes)


def main():
    args = arguments()
    scratch = args.scratch or pathlib.Path(tempfile.mkdtemp(prefix="millrace-bench-"))
    scratch.mkdir(parents=True, exist_ok=True)
    names = args.only or [name for name in GROUPS if (name != "http" or args.http_ping) and (name != "peers" or args.peers)]
    env = Environment(args.millrace.resolve(), args.http_ping and args.http_ping.resolve(), args.peers and args.peers.resolve(), args.cpp_function and args.cpp_function.resolve(), scratch, args.seconds, args.data_gb)
    groups = [GROUPS[name](env) for name in names]
    loads, notes = [os.getloadavg()[0]], []
    try:
        run(groups, args.repetitions, loads, notes)
    finally:
        if not args.scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    measures = [measure for group in groups for measure in group.measures]
    print(report.text_table(measures))
    for note in notes:
        print(f"note: {note}")
    if args.write or not args.only:
        folder = pathlib.Path(__file__).resolve().parent / "results"
        folder.mkdir(exist_ok=True)
        print(f"written: {report.write(folder, measures, loads, notes, args.repetitions)}")
    return 1 if notes else 0


if __name__ == "__main__":
    sys.exit(main())

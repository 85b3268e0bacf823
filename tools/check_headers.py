#!/usr/bin/env python3
"""Compiles every header of src/ alone, so that none leans on what another file happened to include."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def flags(build: pathlib.Path) -> list[str]:
    """The include folders and definitions of the build, without the precompiled header."""
    wanted: list[list[str]] = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        for word, following in zip(words, [*words[1:], ""]):
            option = [word, following] if word in ("-I", "-D", "-isystem") else [word]
            if word.startswith(("-I", "-D", "-isystem")) and " ".join(option) not in map(" ".join, wanted):
                wanted.append(option)
    return [word for option in wanted for word in option]


def compile_alone(header: pathlib.Path, options: list[str]) -> str:
    source = f'#include "{header.relative_to(ROOT / "src")}"\n'
    command = ["g++", "-std=c++20", "-fcoroutines", "-fsyntax-only", "-x", "c++", "-", *options]
    done = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
    return "" if done.returncode == 0 else f"{header.relative_to(ROOT)} does not compile alone:\n{done.stderr[:2000]}"


def main() -> int:
    build = ROOT / "build" / "dev"
    headers = sorted((ROOT / "src").rglob("*.h"))
    options = flags(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [p for p in pool.map(lambda h: compile_alone(h, options), headers) if p]
    print("\n".join(problems) if problems else f"headers: {len(headers)} compile alone")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a measure gave, held against its target; the table for people and the file that is checked in."""
import dataclasses
import datetime
import json
import pathlib
import platform
import subprocess

from lib import stats


@dataclasses.dataclass
class Target:
    """`of` says what is judged: the value itself or its ratio to the yardstick."""

    of: str  # "value" or "ratio"
    bound: float
    at_least: bool

    def met(self, figure):
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self):
        sign = "at least" if self.at_least else "at most"
        return f"{'ratio ' if self.of == 'ratio' else ''}{sign} {self.bound:g}"


def ratio_at_least(bound):
    return Target("ratio", bound, True)


def ratio_at_most(bound):
    return Target("ratio", bound, False)


def at_most(bound):
    return Target("value", bound, False)


def at_least(bound):
    return Target("value", bound, True)


@dataclasses.dataclass
class Measure:
    name: str
    unit: str
    yardstick: str = ""  # what the value is divided by, in words
    target: Target | None = None
    values: list = dataclasses.field(default_factory=list)
    yardsticks: list = dataclasses.field(default_factory=list)

    def add(self, value, yardstick=None):
        self.values.append(value)
        if yardstick is not None:
            self.yardsticks.append(yardstick)

    def ratios(self):
        """Pairs of the same repetition are divided, so that what the machine did to both cancels out."""
        return [v / y for v, y in zip(self.values, self.yardsticks) if y]

    def figure(self):
        judged = self.ratios() if self.target and self.target.of == "ratio" else self.values
        return stats.median(judged) if judged else None

    def verdict(self):
        if self.target is None or self.figure() is None:
            return ""
        return "met" if self.target.met(self.figure()) else "MISSED"


def _number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _range(values):
    if len(values) < 2:
        return ""
    low, high = stats.spread(values)
    return f"{_number(low)} to {_number(high)}"


HEADINGS = ["measure", "median", "unit", "spread", "yardstick", "ratio", "ratio's spread", "target", ""]


def rows(measures):
    for m in measures:
        ratios = m.ratios()
        yardstick = f"{m.yardstick}: {_number(stats.median(m.yardsticks))}" if m.yardsticks else m.yardstick
        yield [
            m.name, _number(stats.median(m.values)) if m.values else "not measured", m.unit, _range(m.values), yardstick,
            _number(stats.median(ratios)) if ratios else "", _range(ratios), str(m.target or ""), m.verdict(),
        ]


def text_table(measures):
    lines = [HEADINGS, *rows(measures)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown_table(measures):
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows(measures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def machine(loads):
    return {
        "cpu": _cpu(),
        "cores": len(pathlib.Path("/proc/stat").read_text().split("cpu")) - 2,
        "kernel": platform.release(),
        "load_average_during_run": [round(min(loads), 1), round(max(loads), 1)],
    }


def write(folder, measures, loads, notes, repetitions):
    today = datetime.date.today().isoformat()
    facts = machine(loads)
    commit = _output("git", "rev-parse", "--short", "HEAD")
    document = {
        "date": today, "commit": commit, "machine": facts, "repetitions": repetitions, "notes": notes,
        "measures": [
            {"name": m.name, "unit": m.unit, "values": m.values, "yardstick": m.yardstick, "yardstick_values": m.yardsticks,
             "median": stats.median(m.values) if m.values else None, "median_ratio": stats.median(m.ratios()) if m.ratios() else None,
             "target": str(m.target or ""), "verdict": m.verdict()}
            for m in measures
        ],
    }
    (folder / f"{today}.json").write_text(json.dumps(document, indent=1) + "\n")
    text = [f"# Benchmarks, {today}", "",
            f"Commit {commit}; {facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; load average during the run "
            f"{facts['load_average_during_run'][0]} to {facts['load_average_during_run'][1]}; {repetitions} repetitions, interleaved.",
            "Ratios are of pairs measured one after the other; the spread is lowest to highest.", "", markdown_table(measures), ""]
    text += [f"- {note}" for note in notes]
    (folder / f"{today}.md").write_text("\n".join(text).rstrip() + "\n")
    return folder / f"{today}.md"

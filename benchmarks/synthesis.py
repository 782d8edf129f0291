"""What a synthesis with `StreamingRestApi` costs, beside CDK's own `RestApi` and no API at all.

Each case is a fresh process, from the start of Python to the written template, with CDK's own
template validation (its default) and without. The cases take turns. Times are medians over the
rounds, and so are the ratios within a round to the app that has the function and no API. The ratio
of CPU time, Node.js included, is told beside: other programs disturb it less.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

APP = Path(__file__).with_name("synthesis_app.py")
BASELINE = ("function", 0)
CASES = [
    ("empty", 0),
    BASELINE,
    *(("StreamingRestApi", routes) for routes in (1, 4, 100, 300)),
    *(("RestApi", routes) for routes in (1, 50, 90, 300)),
]
FEW_ROUTES, MANY_ROUTES = ("StreamingRestApi", 4), ("StreamingRestApi", 300)
GOAL_FEW, GOAL_MANY = 1.10, 1.25


@dataclass
class Case:
    """What was measured of one case; `failure` is CDK's own word where it did not synthesize."""

    name: str
    routes: int
    validation: bool
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    resources: int = 0
    template_bytes: int = 0
    requests: int = 0
    failure: str | None = None

    def measure(self) -> None:
        """Synthesize once, in a process of its own."""
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(APP), self.name, str(self.routes), folder]
            started, cpu_before = time.perf_counter(), _children_cpu_seconds()
            finished = subprocess.run(
                [*command, "--validation"] if self.validation else command,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            self.seconds.append(time.perf_counter() - started)
            self.cpu_seconds.append(_children_cpu_seconds() - cpu_before)
            if finished.returncode != 0:
                self.failure = _reason(finished.stderr)
                return
            text = Path(folder, "Measured.template.json").read_text()
            self.template_bytes = len(text.encode())
            self.resources = len(json.loads(text).get("Resources", {}))
            self.requests = int(finished.stdout)


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reason(stderr: str) -> str:
    """Return what CDK says of a failure, or else the last line of it."""
    limit = re.search(r"Number of resources in stack[^\n]*?maximum of \d+", stderr)
    return limit[0] if limit else stderr.strip().splitlines()[-1]


def measure(repetitions: int) -> list[Case]:
    """Measure every case `repetitions` times, in turns, after one round that does not count."""
    cases = [
        Case(name, routes, validation) for validation in (False, True) for name, routes in CASES
    ]
    for name, routes in (FEW_ROUTES, ("RestApi", 1)):
        Case(name, routes, validation=True).measure()  # compiles, and fills jsii's cache
    for repetition in range(repetitions):
        for case in cases:
            if case.failure is None or repetition == 0:
                case.measure()
        print(f"round {repetition + 1} of {repetitions}", file=sys.stderr)
    return cases


class Report:
    """The measured cases, as Markdown tables and as goals reached or missed."""

    def __init__(self, cases: list[Case]) -> None:
        self._cases = {(case.name, case.routes, case.validation): case for case in cases}

    def sizes(self) -> Iterator[str]:
        """Yield a table of what does not depend on the machine."""
        yield "| case | routes | resources | template | requests to Node.js |"
        yield "| --- | --: | --: | --: | --: |"
        for name, routes in CASES:
            case = self._cases[name, routes, False]
            size = f"{case.template_bytes / 1000:.1f} kB"
            cells = (
                [case.failure, "", ""] if case.failure else [case.resources, size, case.requests]
            )
            yield f"| {name} | {routes or ''} | {' | '.join(map(str, cells))} |"

    def times(self) -> Iterator[str]:
        """Yield a table of seconds and ratios, without and with CDK's own validation."""
        yield "| case | routes | seconds | ratio | CPU | validated: seconds | ratio | CPU |"
        yield "| --- | --: | --: | --: | --: | --: | --: | --: |"
        for name, routes in CASES:
            cells = [name, str(routes or "")]
            for validation in (False, True):
                case = self._cases[name, routes, validation]
                seconds = "fails" if case.failure else f"{statistics.median(case.seconds):.2f}"
                ratios = self.ratios((name, routes), BASELINE, validation=validation)
                cells += [seconds, *("" if case.failure else f"{ratio:.2f}" for ratio in ratios)]
            yield f"| {' | '.join(cells)} |"

    def goals(self) -> Iterator[str]:
        """Yield a line for each goal: reached, on the clock and in CPU time, or missed."""
        for validation in (True, False):
            where = f"{'with' if validation else 'without'} CDK's validation"
            few = self.ratios(FEW_ROUTES, BASELINE, validation=validation)
            many = self.ratios(MANY_ROUTES, FEW_ROUTES, validation=validation)
            yield _goal(f"4 routes to no API, {where}", few, GOAL_FEW)
            yield _goal(f"300 routes to 4, {where}", many, GOAL_MANY)

    def ratios(
        self, key: tuple[str, int], to: tuple[str, int], *, validation: bool
    ) -> tuple[float, float]:
        """Return how much longer one case takes than another, on the clock and in CPU time."""
        (name, routes), (other_name, other_routes) = key, to
        case = self._cases[name, routes, validation]
        other = self._cases[other_name, other_routes, validation]
        return (
            _median_ratio(case.seconds, other.seconds),
            _median_ratio(case.cpu_seconds, other.cpu_seconds),
        )


def _median_ratio(ones: list[float], others: list[float]) -> float:
    """Return the median of the ratios within each round: a busy minute slows both."""
    return statistics.median(one / other for one, other in zip(ones, others, strict=False))


def _goal(what: str, ratios: tuple[float, float], goal: float) -> str:
    reached = "reached" if max(ratios) <= goal else "missed"
    return f"- {what}: {ratios[0]:.2f} (CPU {ratios[1]:.2f}), goal {goal:.2f}: {reached}"


def versions() -> str:
    """Return what the numbers depend on."""
    node = os.environ.get("JSII_NODE", "node")
    node_version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return (
        f"Python {platform.python_version()}, Node.js {node_version.stdout.strip().lstrip('v')}, "
        f"aws-cdk-lib {version('aws-cdk-lib')}, jsii {version('jsii')}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--repetitions", type=int, default=3, help="rounds of all cases; default: %(default)s"
    )
    report = Report(measure(parser.parse_args().repetitions))
    parts = [[versions()], report.sizes(), report.times(), report.goals()]
    print("\n\n".join("\n".join(part) for part in parts))


if __name__ == "__main__":
    main()

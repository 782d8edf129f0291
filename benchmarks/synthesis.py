"""The cost of a synthesis with `StreamingRestApi`, with CDK's `RestApi`, and without an API.

    python -m benchmarks.synthesis [--repetitions N] [--profile]

Each case is a new process, from the start of Python to the written template, with CDK's template
validation (its default) and without. The cases run in turns. CPU times include Node.js; other
programs disturb them less. `--profile` shows what the CPU time that routes add consists of.
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
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from benchmarks.row import Row, describe_medians

APP = Path(__file__).with_name("synthesis_app.py")
DEPLOYMENT_ID_ONCE = Path(__file__).with_name("deployment_id_once.cjs")
BASELINE = ("function", 0)
CASES = [
    ("empty", 0),
    BASELINE,
    *(("StreamingRestApi", routes) for routes in (1, 4, 100, 300)),
    *(("RestApi", routes) for routes in (1, 50, 90, 300)),
]
FEW_ROUTES, MANY_ROUTES = ("StreamingRestApi", 4), ("StreamingRestApi", 300)
AIM_FEW, AIM_MANY = 1.20, 1.25


@dataclass
class Case:
    """The measurements of one case. `failure` is the message of CDK if it does not synthesize.

    `body` is the template with the body that `SpecRestApi` gets. `preload` is a program that
    Node.js runs first.
    """

    name: str
    routes: int
    validation: bool
    body: Path | None = None
    preload: Path | None = None
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    python_cpu_seconds: list[float] = field(default_factory=list)
    resources: int = 0
    template_bytes: int = 0
    requests: int = 0
    failure: str | None = None

    def measure(self) -> None:
        """Synthesize once, in a separate process."""
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(APP), self.name, str(self.routes), folder]
            if self.body is not None:
                command += ["--body", str(self.body)]
            environment = dict(os.environ)
            if self.preload is not None:
                environment["NODE_OPTIONS"] = f"--require={self.preload}"
            started, cpu_before = time.perf_counter(), _children_cpu_seconds()
            finished = subprocess.run(
                [*command, "--validation"] if self.validation else command,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                env=environment,
            )
            self.seconds.append(time.perf_counter() - started)
            self.cpu_seconds.append(_children_cpu_seconds() - cpu_before)
            if finished.returncode != 0:
                self.failure = _reason(finished.stderr)
                return
            text = Path(folder, "Measured.template.json").read_text()
            self.template_bytes = len(text.encode())
            self.resources = len(json.loads(text).get("Resources", {}))
            requests, python_cpu_seconds = finished.stdout.split()
            self.requests = int(requests)
            self.python_cpu_seconds.append(float(python_cpu_seconds))


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reason(stderr: str) -> str:
    """Return the message of CDK for a failure, or else the last line of its output."""
    limit = re.search(r"Number of resources in stack[^\n]*?maximum of \d+", stderr)
    return limit[0] if limit else stderr.strip().splitlines()[-1]


def all_cases() -> list[Case]:
    """Return each case with and without validation."""
    return [Case(*key, validation) for validation in (False, True) for key in CASES]


def measure(repetitions: int, cases: list[Case]) -> list[Case]:
    """Measure each case `repetitions` times, in turns, after one round that does not count."""
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


def _median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """Return the median of the ratios within each round: a busy minute slows both."""
    return statistics.median(
        numerator / denominator
        for numerator, denominator in zip(numerators, denominators, strict=False)
    )


class Profile:
    """The CPU time that 300 routes add to that of 4, by where it is spent."""

    def __init__(self, repetitions: int) -> None:
        keys = (FEW_ROUTES, MANY_ROUTES)
        self._validated = [Case(*key, validation=True) for key in keys]
        self._plain = [Case(*key, validation=False) for key in keys]
        self._once = [Case(*key, validation=False, preload=DEPLOYMENT_ID_ONCE) for key in keys]
        measure(repetitions, [*self._validated, *self._plain, *self._once])

    def lines(self) -> Iterator[str]:
        """Yield a table, and the ratios that single parts allow."""
        total, plain, once = (
            [statistics.median(case.cpu_seconds) for case in cases]
            for cases in (self._validated, self._plain, self._once)
        )
        python = [statistics.median(case.python_cpu_seconds) for case in self._plain]
        repeated = _subtract(plain, once)
        validation = _subtract(total, plain)
        yield "| CPU time, s | 4 routes | 300 routes | added |"
        yield "| --- | --: | --: | --: |"
        for name, (few, many) in {
            "Python": python,
            "Node.js: the deployment's logical id after the first time": repeated,
            "Node.js: the rest": _subtract(_subtract(plain, python), repeated),
            "Node.js: CDK's template validation": validation,
            "all": total,
        }.items():
            yield f"| {name} | {few:.2f} | {many:.2f} | {many - few:.2f} |"
        few, many = total
        grown = few + validation[1] - validation[0]
        yield ""
        yield f"300 routes to 4: {many / few:.2f}."
        yield f"If CDK computed the logical id once: {(many - repeated[1]) / few:.2f}."
        yield f"If nothing but the validation took longer: {grown / few:.2f}."


def _subtract(minuend: list[float], subtrahend: list[float]) -> list[float]:
    return [one - other for one, other in zip(minuend, subtrahend, strict=True)]


def rows(repetitions: int) -> list[Row]:
    """Return the CPU time of 4 routes to none, and of 300 to 4, with CDK's validation.

    The measured limit of the second is CDK's own `SpecRestApi` with the same finished bodies.
    """
    keys = (BASELINE, FEW_ROUTES, MANY_ROUTES)
    with tempfile.TemporaryDirectory() as folder:
        limits = [
            Case("SpecRestApi", routes, validation=True, body=_write_template(folder, routes))
            for _, routes in (FEW_ROUTES, MANY_ROUTES)
        ]
        cases = [Case(*key, validation=True) for key in keys]
        measure(repetitions, [*cases, *limits])
    none, few, many = cases
    few_limit, many_limit = limits
    return [
        _row("4 routes, to the same app without an API", few, none, AIM_FEW),
        replace(
            _row("300 routes, to 4", many, few, AIM_MANY),
            limit=_median_ratio(many_limit.cpu_seconds, few_limit.cpu_seconds),
            limit_program="CDK's SpecRestApi with the same bodies",
        ),
    ]


def _write_template(folder: str, routes: int) -> Path:
    """Synthesize `StreamingRestApi`, and return the template."""
    assembly = Path(folder, str(routes))
    command = [sys.executable, str(APP), "StreamingRestApi", str(routes), str(assembly)]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120, check=True)
    return assembly / "Measured.template.json"


def _row(name: str, case: Case, baseline: Case, aim: float) -> Row:
    return Row(
        measure=f"synthesis, CPU time: {name}",
        value=_median_ratio(case.cpu_seconds, baseline.cpu_seconds),
        aim=aim,
        absolute=describe_medians(case.cpu_seconds, baseline.cpu_seconds, "s"),
        count=f"{case.requests} requests to Node.js; the baseline: {baseline.requests}",
    )


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
        "--repetitions", type=int, default=5, help="rounds of all cases; default: %(default)s"
    )
    parser.add_argument(
        "--profile", action="store_true", help="show where the time is spent that routes add"
    )
    arguments = parser.parse_args()
    if arguments.profile:
        print("\n".join([versions(), "", *Profile(arguments.repetitions).lines()]))
        return
    report = Report(measure(arguments.repetitions, all_cases()))
    parts = [[versions()], report.sizes(), report.times()]
    print("\n\n".join("\n".join(part) for part in parts))


if __name__ == "__main__":
    main()

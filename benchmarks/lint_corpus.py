"""Lint and cfn-lint on a folder of templates: crashes, times by percentile, findings.

    python -m benchmarks.lint_corpus [FOLDER] [--sample N] [--runs N]

Each run is a new process, in turns with cfn-lint. A time includes the start, reading, checking and
writing. The tools check different things: the ratio shows the cost of a second tool. Other programs
disturb CPU times less. The default folder is the corpus of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks.row import Row, describe_medians, median_ratio
from benchmarks.system_calls import count_modules

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "lint" / "corpus"
SUFFIXES = frozenset({".json", ".template", ".yaml", ".yml"})
OURS, CFN_LINT = "streaming-construct lint", "cfn-lint"
TOOLS = {
    OURS: ["-m", "streaming_construct", "lint", "--quiet", "--format", "json"],
    CFN_LINT: ["-m", "cfnlint", "--format", "json"],
}
UNREADABLE = 2
# Python writes bytecode, as in every installation of the tools.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
CFN_LINT_KINDS = ("CloudFormation", "SAM")
RATIO_GOAL = 0.8
TAIL_GOAL = 10


@dataclass(frozen=True)
class Run:
    """One run of a tool: times in seconds, exit status and output."""

    seconds: float
    cpu: float
    status: int
    output: str
    errors: str

    @property
    def is_traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.errors or self.status < 0


@dataclass
class Measured:
    """The runs of each tool on the files of one kind."""

    files: int = 0
    bytes: int = 0
    runs: dict[str, list[Run]] = field(default_factory=lambda: {tool: [] for tool in TOOLS})


def main() -> None:
    """Print the tables."""
    options = _options()
    files = _templates(options.folder, options.sample)
    print(
        f"Python {platform.python_version()}, cfn-lint {version('cfn-lint')}, "
        f"aws-sam-translator {version('aws-sam-translator')}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; {len(files)} files, {options.runs} runs each, in turns\n"
    )
    by_kind: dict[str, Measured] = {}
    rules: Counter[str] = Counter()
    tracebacks: list[str] = []
    for file in files:
        kind = _kind(file)
        if kind not in by_kind:
            _warm_up(kind, file)
        measured = by_kind.setdefault(kind, Measured())
        measured.files += 1
        measured.bytes += file.stat().st_size
        for _ in range(options.runs):
            for tool in _tools(kind):
                run = _run(tool, file)
                measured.runs[tool].append(run)
                if run.is_traceback:
                    tracebacks.append(f"{tool}: {file}")
        rules.update(_rules(measured.runs[OURS][-1]))
    _print_times(by_kind)
    print(f"\nTracebacks: {len(tracebacks)}", *tracebacks, sep="\n- ")
    print("\n| rule | findings |\n| --- | --: |")
    for rule, count in rules.most_common():
        print(f"| {rule} | {count} |")


def rows(repetitions: int) -> list[Row]:
    """Return the CPU time for CloudFormation and SAM templates of the corpus, to cfn-lint's."""
    result = []
    for kind in CFN_LINT_KINDS:
        files = [file for file in _templates(CORPUS, None) if _kind(file) == kind]
        _warm_up(kind, files[0])
        times: dict[str, list[float]] = {tool: [] for tool in TOOLS}
        for _ in range(repetitions):
            for tool in TOOLS:
                times[tool].append(statistics.median(_run(tool, file).cpu for file in files))
        arguments = [*TOOLS[OURS], str(files[0])]
        result.append(
            Row(
                measure=f"lint, CPU time, {kind} templates: to cfn-lint",
                value=median_ratio(times[OURS], times[CFN_LINT]),
                aim=RATIO_GOAL,
                absolute=describe_medians(times[OURS], times[CFN_LINT], "s"),
                count=f"{count_modules(arguments)} modules, {len(files)} files",
            )
        )
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--sample", type=int, help="number of files, chosen by a fixed seed")
    parser.add_argument("--runs", type=int, default=1, help="runs per file and tool")
    return parser.parse_args()


def _templates(folder: Path, sample: int | None) -> list[Path]:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    if sample is None or sample >= len(files):
        return files
    return sorted(random.Random(17).sample(files, sample))


def _kind(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    if "AWS::Serverless-2016-10-31" in text:
        return "SAM"
    if "Resources" in text and "AWS::" in text:
        return "CloudFormation"
    if '"planned_values"' in text:
        return "Terraform plan"
    return "OpenAPI" if "openapi" in text or "swagger" in text else "other"


def _tools(kind: str) -> Sequence[str]:
    return tuple(TOOLS) if kind in CFN_LINT_KINDS else (OURS,)


def _warm_up(kind: str, file: Path) -> None:
    """Let the first runs compile what they import."""
    for tool in _tools(kind):
        _run(tool, file)


def _run(tool: str, file: Path) -> Run:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *TOOLS[tool], str(file.absolute())],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Run(
            seconds,
            usage.ru_utime + usage.ru_stime,
            process.returncode,
            output.read(),
            errors.read(),
        )


def _rules(run: Run) -> Iterator[str]:
    if run.status != UNREADABLE:
        yield from (finding["rule"] for finding in json.loads(run.output))
    else:
        yield "(cannot be read)"


def _print_times(by_kind: dict[str, Measured]) -> None:
    print("| kind | files | kB | tool | median | p90 | p99 | CPU median | p99 to median |")
    print("| --- | --: | --: | --- | --: | --: | --: | --: | --: |")
    goals: list[str] = []
    for kind, measured in sorted(by_kind.items()):
        medians: dict[str, float] = {}
        for tool, runs in measured.runs.items():
            if not runs:
                continue
            times = [run.seconds for run in runs]
            median = statistics.median(times)
            medians[tool] = statistics.median(run.cpu for run in runs)
            tail = _percentile(times, 0.99) / median
            print(
                f"| {kind} | {measured.files} | {measured.bytes / 1000:.0f} | {tool} "
                f"| {median:.2f} s | {_percentile(times, 0.9):.2f} s "
                f"| {_percentile(times, 0.99):.2f} s | {medians[tool]:.2f} s | {tail:.1f} |"
            )
            if tool == OURS:
                goals.append(f"{kind}: p99 is {tail:.1f} medians (goal: {TAIL_GOAL})")
        if CFN_LINT in medians:
            ratio = medians[OURS] / medians[CFN_LINT]
            goals.append(f"{kind}: {ratio:.2f} of cfn-lint's CPU time (goal: {RATIO_GOAL})")
    print("", *goals, sep="\n- ")


def _percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main()

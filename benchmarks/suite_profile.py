"""The CPU time of `make test`, by folder: `python -m benchmarks.suite_profile`.

It runs the suite once in this work tree. A program that outlives its parent counts for no folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.suite_recorder import FOLDER, START

ROOT = Path(__file__).parents[1]
_FEW_SECONDS = 5.0  # of CPU time: such folders share a line


@dataclass
class Part:
    """A part of the suite: its number of tests, its CPU time and the time of its workers."""

    tests: int = 0
    cpu: float = 0.0
    seconds: float = 0.0

    def add(self, tests: int, cpu: float, seconds: float) -> None:
        """Add the figures of a file."""
        self.tests += tests
        self.cpu += cpu
        self.seconds += seconds


def run_suite(folder: Path) -> None:
    """Run `make test` with the recorder, which writes its records into a folder.

    Raises:
        CalledProcessError: A test failed.
    """
    options = f"{os.environ.get('PYTEST_ADDOPTS', '')} -p benchmarks.suite_recorder".strip()
    environment = {**os.environ, "PYTEST_ADDOPTS": options, FOLDER: str(folder)}
    subprocess.run(["make", "test"], cwd=ROOT, env=environment, check=True)


def read_parts(folder: Path) -> dict[str, Part]:
    """Return the parts by folder of the tests, those with the most CPU time first."""
    parts: dict[str, Part] = defaultdict(Part)
    for record in folder.iterdir():
        for file, *figures in json.loads(record.read_text(encoding="utf-8")):
            name = "start of a worker, and collection" if file == START else _name_folder(file)
            parts[name].add(*figures)
    shared = Part()
    for name in [name for name, part in parts.items() if part.cpu < _FEW_SECONDS]:
        part = parts.pop(name)
        shared.add(part.tests, part.cpu, part.seconds)
    result = dict(sorted(parts.items(), key=lambda item: -item[1].cpu))
    return {**result, "the others": shared}


def _name_folder(file: str) -> str:
    """Return the folder below `tests/`, or below `tests/local/`, which is the largest."""
    parts = Path(file).parts[:-1]
    return f"`{'/'.join(parts[: 3 if parts[1:2] == ('local',) else 2])}`"


def format_parts(parts: dict[str, Part]) -> str:
    """Return a Markdown table."""
    total = Part()
    for part in parts.values():
        total.add(part.tests, part.cpu, part.seconds)
    lines = ["| part | tests | CPU time | time of the workers |", "| --- | --: | --: | --: |"]
    lines += [
        f"| {name} | {part.tests or ''} | {part.cpu:.0f} s | {part.seconds:.0f} s |"
        for name, part in {**parts, "sum": total}.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        run_suite(Path(folder))
        print(format_parts(read_parts(Path(folder))))


if __name__ == "__main__":
    main()

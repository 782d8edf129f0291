"""All benchmarks as one table: `python -m benchmarks`.

    python -m benchmarks [--repetitions N] [--only NAME]... [--suite] [--write]

`--write` replaces the table in docs/benchmarks.md. `--suite` measures `make test` too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks import (
    command_line,
    first_run,
    lint_corpus,
    local_gateway,
    python_runtime,
    synthesis,
)
from benchmarks.row import Row, format_rows
from streaming_construct.local.lambda_.runtimes.nodejs import find_node

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- Written by `make bench`. Do not edit. -->", "<!-- End of the written part. -->"
PACKAGES = (
    "aws-cdk-lib",
    "jsii",
    "cfn-lint",
    "aws-sam-translator",
    "starlette",
    "fastapi",
    "uvicorn",
    "uvloop",
)
GROUPS: Mapping[str, Callable[[int], list[Row]]] = {
    "demo": lambda _: first_run.demo_rows(),
    "gateway": local_gateway.rows,
    "runtime": python_runtime.rows,
    "synthesis": synthesis.rows,
    "lint": lint_corpus.rows,
    "command-line": command_line.rows,
}


def describe_machine(repetitions: int, load_before: float) -> str:
    """Return what the figures depend on."""
    node = subprocess.run([find_node(), "--version"], capture_output=True, text=True, check=True)
    parts = [
        dt.datetime.now(dt.timezone.utc).date().isoformat(),
        f"Python {platform.python_version()}",
        f"Node.js {node.stdout.strip().lstrip('v')}",
        *(f"{name} {version(name)}" for name in PACKAGES),
        f"{platform.system()} {platform.machine()}",
        f"{os.cpu_count()} cores",
    ]
    return (
        f"{', '.join(parts)}.\nMedians of {repetitions} interleaved runs. The load of the machine "
        f"was {load_before:.1f} before and {os.getloadavg()[0]:.1f} after the runs.\n"
        "The runs themselves cause a load of about 2."
    )


def write_table(text: str) -> None:
    """Replace the table on the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", action="append", choices=list(GROUPS), default=None)
    parser.add_argument("--suite", action="store_true", help="measure `make test` too")
    parser.add_argument("--write", action="store_true", help="write the table to the page")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    rows: list[Row] = []
    # First: a test that fails ends the run before the other measurements.
    suite = first_run.suite_rows() if options.suite else []
    for name in options.only or GROUPS:
        print(f"measuring: {name}", file=sys.stderr)
        measured = GROUPS[name](options.repetitions)
        # A later group may fail.
        print(format_rows(measured), file=sys.stderr)
        rows += measured
    text = f"{describe_machine(options.repetitions, load_before)}\n\n{format_rows([*rows, *suite])}"
    print(text)
    if options.write:
        write_table(text)


if __name__ == "__main__":
    main()

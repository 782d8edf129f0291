"""The start time of the command line, compared with that of Python.

python -m benchmarks.command_line [--repetitions N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from benchmarks.row import Row, format_rows
from benchmarks.system_calls import count_modules

HELP = ["-m", "streaming_construct", "--help"]
BARE = ["-c", "pass"]
AIM_SECONDS = 0.2


def rows(repetitions: int) -> list[Row]:
    """Return the time of `--help`, after one run that compiles."""
    ours: list[float] = []
    bare: list[float] = []
    seconds(HELP)
    for _ in range(repetitions):
        ours.append(seconds(HELP))
        bare.append(seconds(BARE))
    modules = count_modules(HELP)
    return [
        Row(
            measure="`streaming-construct --help`",
            value=statistics.median(ours),
            unit=" s",
            aim=AIM_SECONDS,
            absolute=f"a bare start of Python: {statistics.median(bare):.2f} s",
            count=f"{modules} modules; a bare start: {count_modules(BARE)}",
        )
    ]


def seconds(arguments: list[str]) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=15)
    print(format_rows(rows(parser.parse_args().repetitions)))


if __name__ == "__main__":
    main()

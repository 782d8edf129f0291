"""The Python runtime, compared with uvicorn behind the adapter, and with AWS's Node.js client.

    python -m benchmarks.python_runtime [--repetitions N] [--delayed-acknowledgments] [--profile]

Each repetition measures each contender once, on loopback, against a Runtime API within this
process. It measures spawn to first byte, warm first byte, chunk rates and resident memory. It
compiles all Python code beforehand. Linux only, for TCP_QUICKACK.

`--profile` prints the functions of the runtime that take the most time with Starlette. It does so
for 1,000 warm invocations, for 100 B chunks and for 64 KiB chunks. Then it prints two counts beside
those of the measured limit: function calls of a warm invocation, and modules of a generator.

`make genuine-clients` installs the adapter and the client. Without them, their columns are missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import pstats
import shutil
import signal
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.cpu_time import read_cpu_seconds
from benchmarks.function_calls import count_calls, format_calls
from benchmarks.row import Row, describe_medians, median_ratio
from benchmarks.runtime_api import Job, RuntimeApi
from benchmarks.runtime_apps import BIG, BIG_BYTES, COUNT_MODULES, MEMORY, SMALL
from benchmarks.runtime_contenders import (
    ADAPTER,
    ADAPTER_FASTAPI,
    ADAPTER_STARLETTE,
    BARE_FASTAPI,
    BARE_GENERATOR,
    BARE_STARLETTE,
    FASTAPI_APP,
    GENERATOR_APP,
    STARLETTE_APP,
    Contender,
    list_contenders,
    start_contender,
)
from benchmarks.runtime_size import zip_sizes
from benchmarks.system_calls import counted_system_calls
from streaming_construct.runtime import bundle

WARM = 200


def measure(contender: Contender, *, acks_at_once: bool) -> dict[str, float]:
    """Return the measures of one repetition."""
    api = RuntimeApi(acks_at_once=acks_at_once)
    try:
        with start_contender(contender, api) as (processes, spawned):
            pids = [process.pid for process in processes]
            cold = Job("/")
            api.run([cold])
            figures = {
                "spawn to first byte, ms": (cold.first - spawned) * 1e3,
                "CPU to first byte, ms": read_cpu_seconds(pids) * 1e3,
            }
            if not contender.measures:
                return figures
            warm = [Job("/") for _ in range(WARM)]
            api.run(warm)
            times = [(job.first - job.sent) * 1e3 for job in warm[10:]]
            figures[WARM_FIRST_BYTE] = statistics.median(times)
            small, big = Job("/small"), Job("/big")
            before = read_cpu_seconds(pids)
            api.run([small])
            used = read_cpu_seconds(pids) - before
            figures["CPU a 100 B chunk, µs"] = used / SMALL * 1e6
            figures["100 B chunks, thousand/s"] = SMALL / (small.last - small.first) / 1e3
            before = read_cpu_seconds(pids)
            api.run([big])
            used = read_cpu_seconds(pids) - before
            figures["CPU a MB in 64 KiB chunks, ms"] = used / (BIG * BIG_BYTES / 1e6) * 1e3
            figures["64 KiB chunks, MB/s"] = BIG * BIG_BYTES / (big.last - big.first) / 1e6
            if contender.flushes:
                late = Job("/late")
                api.run([late])
                figures["latest when the app blocks, ms"] = max(late.late_ns) / 1e6
            resident = sum(process.memory_info().rss for process in processes)
            figures[RESIDENT] = resident / 1e6
            return figures
    finally:
        api.close()


def report(results: dict[str, list[dict[str, float]]]) -> None:
    """Print the medians of each contender."""
    names = list(results)
    keys = list(dict.fromkeys(key for figures in results.values() for key in figures[0]))
    print("| | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for key in keys:
        cells = [_median([f[key] for f in results[name] if key in f]) for name in names]
        print(f"| {key} | " + " | ".join(cells) + " |")
    print()


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.3g}" if values else ""


_PROFILED = (STARLETTE_APP, BARE_STARLETTE)
SPAWN = "spawn to first byte, ms"
WARM_FIRST_BYTE, RESIDENT = "warm first byte, ms", "resident after load, MB"


@dataclass(frozen=True)
class Comparison:
    """A figure of two contenders, and the aim for its ratio.

    `limit_program` imports the same packages, calls the app directly and has nothing but a blocking
    socket: no runtime can do less.
    """

    measure: str
    figure: str
    contender: str
    baseline: str
    aim: float
    more_is_better: bool = False
    limit_program: str = ""


COMPARISONS = (
    Comparison(
        "spawn to first byte, Starlette",
        SPAWN,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.42,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "spawn to first byte, FastAPI",
        SPAWN,
        FASTAPI_APP,
        ADAPTER_FASTAPI,
        0.6,
        limit_program=BARE_FASTAPI,
    ),
    Comparison(
        "spawn to first byte, generator",
        SPAWN,
        GENERATOR_APP,
        ADAPTER_STARLETTE,
        0.1,
        limit_program=BARE_GENERATOR,
    ),
    Comparison("spawn to first byte, generator", SPAWN, GENERATOR_APP, BARE_GENERATOR, 1.4),
    Comparison(
        "warm first byte, Starlette",
        WARM_FIRST_BYTE,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.35,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "100 B chunks, Starlette",
        "100 B chunks, thousand/s",
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        5,
        more_is_better=True,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "64 KiB chunks, Starlette",
        "64 KiB chunks, MB/s",
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        3,
        more_is_better=True,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "resident memory, Starlette",
        RESIDENT,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.6,
        limit_program=BARE_STARLETTE,
    ),
)
AIM_SIZE_KB = 36


def measure_all(
    repetitions: int, *, acks_at_once: bool, python: str = sys.executable, only: str = ""
) -> dict[str, list[dict[str, float]]]:
    """Measure each contender in turns."""
    results: dict[str, list[dict[str, float]]] = {}
    adapter = str(ADAPTER) if ADAPTER.is_file() else shutil.which("lambda-adapter")
    for _ in range(repetitions):
        for contender in list_contenders(python, adapter):
            if only in contender.name:
                figures = measure(contender, acks_at_once=acks_at_once)
                results.setdefault(contender.name, []).append(figures)
    return results


def rows(repetitions: int) -> list[Row]:
    """Return the comparisons whose contenders are installed, and the size that ships."""
    results = measure_all(repetitions, acks_at_once=True)
    return [*comparison_rows(results), _size_row()]


def comparison_rows(results: dict[str, list[dict[str, float]]]) -> list[Row]:
    """Return a row for each comparison."""
    counts = {
        name: count_system_calls(name)
        for name in (STARLETTE_APP, ADAPTER_STARLETTE, BARE_STARLETTE)
        if name in results
    }
    return [
        Row(
            measure=f"Python runtime: {compared.measure}, to {_baseline(compared.baseline)}",
            value=median_ratio(ours, baseline),
            aim=compared.aim,
            more_is_better=compared.more_is_better,
            absolute=describe_medians(ours, baseline, compared.figure.rpartition(", ")[2]),
            count=_count(compared, counts),
            limit=_limit(compared, results),
            limit_program=compared.limit_program,
        )
        for compared in COMPARISONS
        if compared.baseline in results
        for ours, baseline in [_figures(results, compared)]
    ]


def _figures(
    results: dict[str, list[dict[str, float]]], compared: Comparison
) -> tuple[list[float], list[float]]:
    ours = [figures[compared.figure] for figures in results[compared.contender]]
    return ours, [figures[compared.figure] for figures in results[compared.baseline]]


def _baseline(name: str) -> str:
    return "a bare Python process" if name == BARE_GENERATOR else "the adapter with uvicorn"


def _limit(compared: Comparison, results: dict[str, list[dict[str, float]]]) -> float | None:
    if not compared.limit_program:
        return None
    limit = [figures[compared.figure] for figures in results[compared.limit_program]]
    _, baseline = _figures(results, compared)
    return median_ratio(limit, baseline)


def _count(compared: Comparison, counts: dict[str, str]) -> str:
    if compared.figure == RESIDENT:
        return f"{describe_memory()}; the limit: {count_imported_modules(BARE_STARLETTE)} modules"
    if compared.baseline == BARE_GENERATOR:
        modules = count_imported_modules(GENERATOR_APP)
        return f"{modules} modules; the bare process: {count_imported_modules(BARE_GENERATOR)}"
    if compared.figure != WARM_FIRST_BYTE:
        return ""
    return (
        f"{counts[compared.contender]}; the adapter with uvicorn: {counts[compared.baseline]}; "
        f"the limit: {counts[compared.limit_program]}"
    )


def count_system_calls(name: str) -> str:
    """Count the system calls of a warm invocation, of all processes of a contender."""
    adapter = str(ADAPTER) if ADAPTER.is_file() else shutil.which("lambda-adapter")
    contender = next(c for c in list_contenders(sys.executable, adapter) if c.name == name)
    api = RuntimeApi(acks_at_once=True)
    try:
        with start_contender(contender, api) as (processes, _), ExitStack() as tracers:
            api.run([Job("/")])
            calls = [tracers.enter_context(counted_system_calls(p.pid)) for p in processes]
            api.run([Job("/") for _ in range(WARM)])
            tracers.close()
    finally:
        api.close()
    if any(process.total is None for process in calls):
        return "strace is missing"
    total = sum(process.total or 0 for process in calls)
    return f"{total / WARM:.0f} system calls an invocation"


def count_imported_modules(name: str) -> str:
    """Count the modules of a process that has served one invocation."""
    contender = next(c for c in list_contenders(sys.executable, None) if c.name == name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "modules")
        counting = f"RESULT = {str(file)!r}\n{COUNT_MODULES}{contender.source}"
        api = RuntimeApi(acks_at_once=True)
        try:
            with start_contender(replace(contender, source=counting), api) as (processes, _):
                api.run([Job("/")])
                api.close()
                processes[0].wait(10)
            return file.read_text()
        finally:
            api.close()


def describe_memory() -> str:
    """Count the modules of the runtime with Starlette, and the blocks that invocations keep."""
    native = next(c for c in list_contenders(sys.executable, None) if c.name == STARLETTE_APP)
    api = RuntimeApi(acks_at_once=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "memory")
            counting = replace(native, source=f"RESULT = {str(file)!r}\n{MEMORY}")
            with start_contender(counting, api) as (processes, _):
                api.run([Job("/") for _ in range(300)])
                processes[0].terminate()
                processes[0].wait(10)
            return file.read_text()
    finally:
        api.close()


def _size_row() -> Row:
    source, bytecode = zip_sizes()
    return Row(
        measure="Python runtime: size in the zip file",
        value=source / 1000,
        unit=" kB",
        aim=AIM_SIZE_KB,
        absolute=f"bytecode adds {bytecode / 1000:.0f} kB",
        count=f"{len(bundle.build_runtime_files())} files",
    )


def print_profiles() -> None:
    """Print the functions that take the most time with Starlette, without their callees."""
    with tempfile.TemporaryDirectory() as folder:
        for path, count in (("/", 1000), ("/small", 1), ("/big", 1)):
            file = Path(folder, "profile")
            _profile([Job(path) for _ in range(count)], file)
            print(f"{count} invocations of {path}")
            pstats.Stats(str(file)).sort_stats("tottime").print_stats(20)
    print(f"{format_calls({name: _count_calls(name) for name in _PROFILED})}\n")
    for name in (GENERATOR_APP, BARE_GENERATOR):
        print(f"{name}: {count_imported_modules(name)} modules")


def _count_calls(name: str) -> dict[str, float]:
    """Count the function calls of a warm invocation."""
    profiles = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 1 + WARM):
            file = Path(folder, str(count))
            _profile([Job("/") for _ in range(count)], file, name)
            profiles.append(pstats.Stats(str(file)))
    before, after = profiles
    return count_calls(before, after, WARM)


def _profile(jobs: list[Job], file: Path, name: str = STARLETTE_APP) -> None:
    contender = next(c for c in list_contenders(sys.executable, None) if c.name == name)
    python, option, start, *arguments = contender.commands[0]
    start = (
        "import atexit, cProfile; profile = cProfile.Profile(); "
        f"atexit.register(profile.dump_stats, {str(file)!r}); profile.enable(); {start}"
    )
    api = RuntimeApi(acks_at_once=True)
    try:
        command = (python, option, start, *arguments)
        with start_contender(replace(contender, commands=(command,)), api) as (processes, _):
            api.run(jobs)
            # It ends when its Runtime API is gone.
            api.close()
            processes[0].wait(10)
    finally:
        api.close()


def main() -> None:
    """Print the figures of each contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the contenders' names")
    parser.add_argument(
        "--delayed-acknowledgments",
        action="store_true",
        help="a Runtime API that delays its acknowledgments, as most do",
    )
    parser.add_argument("--profile", action="store_true", help="profile the runtime, and no more")
    arguments = parser.parse_args()
    if arguments.profile:
        print_profiles()
        return
    # An early end leaves no process either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n")
    results = measure_all(
        arguments.repetitions,
        acks_at_once=not arguments.delayed_acknowledgments,
        python=arguments.python,
        only=arguments.only,
    )
    report(results)


if __name__ == "__main__":
    main()

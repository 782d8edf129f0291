"""Where the local gateway spends its time: what each layer adds, and the functions of a request.

    python -m benchmarks.gateway_profile [--repetitions N]

The first tables show the first byte and chunks of 64 KiB, with more and more layers of the gateway
between client and app. Then come the functions that take the most time for 1,000 requests.
"""

from __future__ import annotations

import argparse
import pstats
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.cpu_time import read_cpu_seconds
from benchmarks.local_gateway import (
    FIRST_BYTES,
    LARGE_COUNT,
    Target,
    bare_intermediary,
    first_byte,
    gateway,
    intermediary,
    list_interpreter_arguments,
    send_request,
    throughput,
    wait_for_response,
    web_app,
    write_assembly,
)
from benchmarks.row import median_ratio


@dataclass(frozen=True)
class _Layer:
    """The layers of the gateway up to one of them, as the program between client and app."""

    name: str
    start: Callable[[Path | None], AbstractContextManager[Target]]


def _start_lower_layer(
    layer: str, target: str, profile: Path | None = None
) -> AbstractContextManager[Target]:
    """Run lower layers of the gateway, or the same with cProfile."""
    python = list_interpreter_arguments(profile)
    return intermediary([*python, "-m", "benchmarks.gateway_layers", layer, target])


def print_layers(repetitions: int) -> None:
    """Print what each layer of the gateway adds to the first byte, and to chunks of 64 KiB."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        assembly = write_assembly(folder / "cdk.out")
        direct, bare_app, http_app = (
            stack.enter_context(web_app(assembly / "asset.app")) for _ in range(3)
        )
        for target in (direct, bare_app, http_app):
            wait_for_response(target, "/first")
        http_target = f"{urlsplit(http_app.url).port}:{http_app.pid}"
        layers = (
            _Layer(
                "bare intermediary",
                lambda _: bare_intermediary([bare_app], stops_apps=True),
            ),
            _Layer(
                "HTTP server and client of the gateway",
                lambda profile: _start_lower_layer("http", http_target, profile),
            ),
            _Layer(
                "and execution environments with the Web Adapter",
                lambda profile: _start_lower_layer("functions", str(assembly), profile),
            ),
            _Layer(
                "and the phases of API Gateway: the gateway",
                lambda profile: gateway(assembly, profile),
            ),
        )
        calls = [_count_function_calls(layer, folder / "profile") for layer in layers]
        targets = [direct, *(stack.enter_context(layer.start(None)) for layer in layers)]
        for target in targets:
            wait_for_response(target, "/first")
        names = ["nothing: the app alone", *(layer.name for layer in layers)]
        first = _measure_layers(targets, first_byte, FIRST_BYTES * repetitions, repetitions)
        large = _measure_layers(targets, throughput, LARGE_COUNT * repetitions, repetitions)
    print("| between client and app | first byte | to the app alone | CPU time | function calls |")
    print("| --- | --: | --: | --: | --: |")
    for name, (value, ratio, milliseconds), count in zip(names, first, ["", *calls], strict=True):
        print(f"| {name} | {value:.2f} ms | {ratio:.2f} | {milliseconds:.2f} ms | {count} |")
    print()
    print("| between client and app | 64 KiB chunks | to the app alone | CPU time of a chunk |")
    print("| --- | --: | --: | --: |")
    for name, (value, ratio, milliseconds) in zip(names, large, strict=True):
        print(f"| {name} | {value:.0f} MB/s | {ratio:.2f} | {milliseconds * 1000:.0f} µs |")


def _measure_layers(
    targets: Sequence[Target], measure: Callable[[Target], float], count: int, repetitions: int
) -> list[tuple[float, float, float]]:
    """Measure targets in turns, the app alone first.

    Returns:
        The median of each target, the median of its ratio to the first, and the CPU time of its
        process for one of `count` units, in milliseconds.
    """
    used = [read_cpu_seconds([target.pid]) for target in targets]
    runs = [tuple(map(measure, targets)) for _ in range(repetitions)]
    cpu = [
        (read_cpu_seconds([target.pid]) - before) * 1000 / count
        for target, before in zip(targets, used, strict=True)
    ]
    alone, *_ = columns = [list(column) for column in zip(*runs, strict=True)]
    return [
        (statistics.median(column), median_ratio(column, alone), milliseconds)
        for column, milliseconds in zip(columns, cpu, strict=True)
    ]


def _count_function_calls(layer: _Layer, profile: Path) -> str:
    """Return the number of function calls for a request. Other programs hardly change it."""
    totals = []
    for requests in (100, 300):
        profile.unlink(missing_ok=True)
        with layer.start(profile) as target:
            wait_for_response(target, "/first")
            for _ in range(requests):
                list(send_request(target.url + "/first"))
        if not profile.exists():
            return ""
        stats: Any = pstats.Stats(str(profile))  # its stub has no `total_calls`
        totals.append(stats.total_calls)
    return f"{(totals[1] - totals[0]) / 200:.0f}"


def print_profile() -> None:
    """Print the functions that take the most time for 1,000 requests, without their callees."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile")
        with gateway(write_assembly(Path(folder, "cdk.out")), profile) as target:
            wait_for_response(target, "/first")
            for _ in range(1000):
                list(send_request(target.url + "/first"))
        pstats.Stats(str(profile)).sort_stats("tottime").print_stats(15)


def main() -> None:
    """Print the tables and the profile."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    print_layers(parser.parse_args().repetitions)
    print_profile()


if __name__ == "__main__":
    main()

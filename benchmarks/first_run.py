"""`make demo` and `make test` in a new clone.

    python -m benchmarks.first_run [--suite]

The clone has an empty home folder and downloads its packages. Each command runs once: its time
contains the network.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.row import Row, format_rows
from clients.watch_streams import CHUNKS, INTERVAL_SECONDS, ROUTES

ROOT = Path(__file__).parents[1]
AIM_DEMO, AIM_SUITE = 45, 240


def demo_rows() -> list[Row]:
    """Return the time of `make demo`, from the clone to its end, with its parts.

    The measured limit is the sum of what no demo can avoid. These are an installation of the same
    packages by uv, the same synthesis again, and the pauses between chunks.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        _run(["git", "clone", "--quiet", str(ROOT), str(clone)], ROOT, dict(os.environ))
        environment = {
            "PATH": _path(),
            "HOME": _create_folder(folder, "home"),
            "TMPDIR": _create_folder(folder, "tmp"),
        }
        environment |= {name: value for name, value in os.environ.items() if name in _NETWORK}
        install_cpu, install = _measure_seconds(["make", ".venv/.demo"], clone, environment)
        synthesis_cpu, synthesis = _measure_seconds(
            ["make", "cdk.out/manifest.json"], clone, environment
        )
        cpu_before = _children_cpu()
        start, streams = _demo_seconds(clone, environment)
        rest_cpu = synthesis_cpu + _children_cpu() - cpu_before
        _, again = _measure_seconds(
            [str(clone / ".venv/bin/python"), "app.py"],
            clone,
            environment | {"CDK_VALIDATION": "false"},
        )
        download = _download_seconds(Path(folder), clone, environment)
    pauses = len(ROUTES) * (CHUNKS - 1) * INTERVAL_SECONDS
    return [
        Row(
            measure="`make demo` in a new clone with an empty home folder, one run",
            value=install + synthesis + start + streams,
            unit=" s",
            aim=AIM_DEMO,
            absolute=f"installation with its downloads: {install:.1f} s; synthesis: "
            f"{synthesis:.1f} s; start of the gateway, with the packages of the functions: "
            f"{start:.1f} s; streams: {streams:.1f} s",
            count=f"CPU time: installation {install_cpu:.0f} s, the rest {rest_cpu:.0f} s",
            limit=download + again + pauses,
            limit_program=f"uv downloads and installs the same packages ({download:.1f} s), the "
            f"same synthesis again ({again:.1f} s), pauses between chunks ({pauses:.1f} s)",
        )
    ]


def _demo_seconds(clone: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Run `make demo`. Return its time until the gateway serves, and the time of the streams."""
    began = time.perf_counter()
    lines, served = [], None
    with subprocess.Popen(
        ["make", "demo"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith("Watching "):
                served = time.perf_counter()
    if process.returncode or served is None:
        raise RuntimeError(f"make demo failed:\n{''.join(lines)[-4000:]}")
    return served - began, time.perf_counter() - served


def _download_seconds(folder: Path, clone: Path, environment: dict[str, str]) -> float:
    """Return the time in which uv downloads and installs the packages of the demo again."""
    uv, python = str(clone / ".venv/bin/uv"), str(clone / ".venv/bin/python")
    freeze = [uv, "pip", "freeze", "--python", python, "--exclude-editable"]
    packages = subprocess.run(
        freeze, cwd=clone, env=environment, capture_output=True, text=True, check=True
    ).stdout
    requirements = folder / "requirements.txt"
    requirements.write_text(packages, encoding="utf-8")
    install = [uv, "pip", "install", "--python", python, "--no-deps", "--no-config"]
    options = ["--target", str(folder / "packages"), "--requirement", str(requirements)]
    cache = {"UV_CACHE_DIR": _create_folder(str(folder), "cache")}
    _, seconds = _measure_seconds([*install, *options], clone, environment | cache)
    return seconds


def suite_rows() -> list[Row]:
    """Return the time of `make test` in this work tree, environment ready.

    The measured limit is that of a suite that keeps all cores busy from the start to the end.
    """
    cpu, seconds = _measure_seconds(["make", "test"], ROOT, dict(os.environ))
    cores = os.cpu_count() or 1
    return [
        Row(
            measure="`make test`, environment ready, one run",
            value=seconds,
            unit=" s",
            aim=AIM_SUITE,
            count=f"{cpu:.0f} s of CPU time",
            limit=cpu / cores,
            limit_program=f"the same CPU time on {cores} cores that are always busy",
        )
    ]


# Settings of package indexes and proxies: without them, some networks have no downloads.
_NETWORK = frozenset(
    {
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "PIP_INDEX_URL",
        "SSL_CERT_FILE",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
        "https_proxy",
        "http_proxy",
        "no_proxy",
    }
)


def _path() -> str:
    """Return PATH without the environment of this work tree."""
    parts = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(part for part in parts if ".venv" not in part)


def _create_folder(folder: str, name: str) -> str:
    path = Path(folder, name)
    path.mkdir()
    return str(path)


def _measure_seconds(
    command: list[str], folder: Path, environment: dict[str, str]
) -> tuple[float, float]:
    """Run a command. Return its CPU time and its time by the clock, in seconds."""
    cpu_before, began = _children_cpu(), time.perf_counter()
    _run(command, folder, environment)
    return _children_cpu() - cpu_before, time.perf_counter() - began


def _children_cpu() -> float:
    """Return the CPU time of all child processes that ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suite", action="store_true", help="measure `make test` too")
    options = parser.parse_args()
    print(format_rows([*demo_rows(), *(suite_rows() if options.suite else [])]))


if __name__ == "__main__":
    main()

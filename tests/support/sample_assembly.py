"""The cloud assembly of the sample, synthesized once for a whole test run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def synthesize(folder: Path, *, app: Path = ROOT) -> None:
    """Run the sample's `app.py` as a user does, in a separate process.

    CDK's own template validation is off: tests/sample/test_scan.py runs the validators.
    """
    variables = {"CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=app,
        env={**os.environ, **variables},
        check=True,
        timeout=300,
    )


def shared_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of this run: the first worker that needs it synthesizes it."""
    base = tmp_path_factory.getbasetemp()
    # A worker of pytest-xdist has a folder of its own below the folder of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / "sample" / "cdk.out"
    with (run / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
            synthesize(folder)
    return folder

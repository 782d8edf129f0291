"""The cloud assembly of the sample, synthesized once for a whole test run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def synthesize(clone: Path, folder: Path) -> None:
    """Run the sample's `app.py` as a user does: in a clone of the project, in a separate process.

    The sources of the clone are in another folder and newer than those of the golden template, and
    give the same bytes. CDK's own template validation is off: tests/sample/test_scan.py runs the
    validators.
    """
    clone.mkdir()
    shutil.copy(ROOT / "app.py", clone)
    for sources in ("lambda_src", "streaming_construct"):
        left_out = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / sources, clone / sources, copy_function=shutil.copy, ignore=left_out)
    variables = {"CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false"}
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=clone,
        env={**os.environ, **variables},
        check=True,
        timeout=300,
    )


def shared_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of this run: the first worker that needs it synthesizes it."""
    base = tmp_path_factory.getbasetemp()
    # A worker of pytest-xdist has a folder of its own below the folder of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / "cdk.out"
    with (run / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
            synthesize(run / "clone", folder)
    return folder

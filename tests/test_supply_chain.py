"""The dependencies of this project: pinned, with hashes, installed by the same commands
everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import tomli
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def pyproject() -> dict[str, Any]:
    return tomli.loads((ROOT / "pyproject.toml").read_text())


def pins() -> dict[str, str]:
    """Return the pinned versions of each distribution, with their hashes."""
    text = (ROOT / "constraints.txt").read_text().replace("\\\n", " ")
    return {line.split(" ")[0]: line for line in text.splitlines() if not line.startswith("#")}


def test_each_pin_has_hashes_and_no_index_is_named() -> None:
    """An index or a mirror is a setting of the user."""
    for requirement, line in pins().items():
        assert re.fullmatch(r"[a-z0-9-]+==[^=\s]+", requirement), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", line), requirement
        assert "//" not in line


def test_the_build_backend_is_pinned_as_in_the_constraints() -> None:
    """A release is built by the version that the tests use."""
    (backend,) = pyproject()["build-system"]["requires"]
    assert backend in pins()


def test_the_declared_metadata_of_a_dependency_is_that_of_the_installed_one() -> None:
    """`make pins` may choose a version that requires something else."""
    for declared in pyproject()["tool"]["uv"]["dependency-metadata"]:
        required = [Requirement(line) for line in requires(declared["name"]) or ()]
        unconditional = [str(r) for r in required if r.marker is None]

        assert sorted(unconditional) == sorted(declared["requires-dist"])


def test_the_makefile_installs_by_the_constraints() -> None:
    """The build of the package uses them, too."""
    text = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if re.search(r"pip (--\S+ )*install|uv build", line):
            assert re.search(r"--(build-)?constraints? constraints\.txt|--require-hashes", line), (
                line
            )
    assert re.search(r"^CYCLONEDX := \S+==[\d.]+$", text, re.MULTILINE)


def test_workflows_run_make_on_every_supported_python() -> None:
    """On Linux and macOS. Each command is a target of the Makefile."""
    commands = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    supported = re.findall(r"Python :: (3\.\d+)", "\n".join(pyproject()["project"]["classifiers"]))
    for workflow in WORKFLOWS:
        jobs = yaml.safe_load(workflow.read_text())["jobs"]
        steps = [step for job in jobs.values() for step in job["steps"]]
        run = [step["run"] for step in steps if "run" in step]
        assert all(command.startswith("make ") for command in run)
        assert {command.removeprefix("make ") for command in run} <= commands
        assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in steps if "uses" in step)
    matrix = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]
    assert matrix["strategy"]["matrix"]["python"] == supported
    assert [name.split("-")[0] for name in matrix["strategy"]["matrix"]["os"]] == [
        "ubuntu",
        "macos",
    ]


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    """Its pedantic persona has no finding, either."""
    zizmor = Path(sys.executable).with_name("zizmor")
    command: list[str | Path] = [
        zizmor,
        "--offline",
        "--quiet",
        "--persona",
        "pedantic",
        ROOT / ".github",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

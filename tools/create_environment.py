"""Create a virtual environment that has uv, with the Python that runs this file.

    python3 tools/create_environment.py .venv

constraints.txt has the version of uv and its hashes. A uv on PATH or the pip of this Python
installs uv. Without them, the environment receives pip first, which takes longer than uv itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"


class InstallationError(Exception):
    """A command failed. The text is its output."""


def main() -> None:
    """Create the environment, unless it exists, and install uv into it."""
    environment = Path(sys.argv[1])
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, symlinks=True, with_pip=False)
    requirement = environment / "uv.txt"
    constraints = CONSTRAINTS.read_text(encoding="utf-8")
    # pip takes hashes from requirements; older ones take none from constraints.
    requirement.write_text(read_requirement("uv", constraints), encoding="utf-8")
    try:
        install(str(python), str(requirement))
    except InstallationError as error:
        sys.exit(f"uv cannot be installed into {environment}. Output of the installer:\n{error}")


def read_requirement(name: str, constraints: str) -> str:
    """Return the lines of one package: its version, and its hashes on continued lines."""
    match = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*\n", constraints, re.MULTILINE)
    if match is None:
        sys.exit(f"constraints.txt has no version of {name}. Run `make pins`.")
    return match[0]


def install(python: str, requirement: str) -> None:
    """Install a requirement with its hashes, by the fastest installer that works.

    Exits with a message if there is none.

    Raises:
        InstallationError: The last installer failed.
    """
    options = ["--quiet", "--require-hashes", "--requirement", requirement]
    for installer in list_installers(python):
        try:
            run([*installer, *options])
        except InstallationError:
            continue  # such as a pip before 22.3, which has no --python
        return
    if not find_spec("ensurepip"):
        sys.exit(
            f"The Python {sys.executable} has neither pip nor ensurepip. Install pip or uv, for "
            "example by `apt install python3-pip`."
        )
    run([python, "-m", "ensurepip"])
    run([python, "-m", "pip", "--disable-pip-version-check", "install", *options])


def list_installers(python: str) -> list[list[str]]:
    """Return the commands that install into the environment of `python`, the fastest first."""
    installers = []
    if uv := shutil.which("uv"):
        installers.append([uv, "pip", "install", "--python", python])
    if find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        installers.append([*pip, "--python", python, "install"])
    return installers


def run(command: list[str]) -> None:
    """Run a command.

    Raises:
        InstallationError: It failed.
    """
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise InstallationError(completed.stdout + completed.stderr)


if __name__ == "__main__":
    main()

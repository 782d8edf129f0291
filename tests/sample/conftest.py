import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
WEB = LAMBDA_SRC / "web"
# The modules of the web app without variables that configure it.
PLAIN: dict[str, ModuleType] = {}
TEMPORARY = tempfile.gettempdir()  # the export writes its table there


def configuration_variables() -> list[str]:
    """Return the names of the variables that configure the web app."""
    prefixes = ("CORS_", "BEDROCK_", "MEDIA_", "AWS_ENDPOINT_URL")
    return [name for name in os.environ if name.startswith(prefixes)]


@pytest.fixture
def web_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the web app, again if its environment is not that of the other tests.

    Its modules have short names of their own (`app`), so none may stay behind for other tests.
    Without variables, an import gives the same each time; FastAPI takes a tenth of a second for it.
    """
    names = {path.stem for path in WEB.iterdir()}

    def remove_modules() -> dict[str, ModuleType]:
        loaded = [name for name in sys.modules if name.partition(".")[0] in names]
        return {name: sys.modules.pop(name) for name in loaded}

    previous = remove_modules()
    for name in configuration_variables():
        monkeypatch.delenv(name)
    monkeypatch.syspath_prepend(str(WEB))
    configured = False

    def import_module(name: str) -> ModuleType:
        nonlocal configured
        configured = (
            configured or bool(configuration_variables()) or tempfile.gettempdir() != TEMPORARY
        )
        if not configured:
            sys.modules.update(PLAIN)
        return importlib.import_module(name)

    yield import_module
    imported = remove_modules()
    if not configured:
        PLAIN.update(imported)
    sys.modules.update(previous)


@pytest.fixture(scope="session")
def node() -> str:
    """The Node.js that comes with the environment, or else the one on PATH: 22 or newer."""
    for candidate in (
        shutil.which("node", path=str(Path(sys.executable).parent)),
        shutil.which("node"),
    ):
        if candidate is None:
            continue
        version = subprocess.run(
            [candidate, "--version"], capture_output=True, text=True, check=True
        )
        if int(version.stdout.lstrip("v").partition(".")[0]) >= 22:
            # In an environment, `node` may be a Python script that starts the program.
            command = [candidate, "--print", "process.execPath"]
            program = subprocess.run(command, capture_output=True, text=True, check=True)
            return program.stdout.strip()
    pytest.fail("no Node.js 22 or newer: `make install` puts one into .venv")

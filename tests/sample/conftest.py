import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
WEB = LAMBDA_SRC / "web"


@pytest.fixture
def web_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the web app afresh, as a new process would.

    Its modules have short names of their own (`app`), so none may stay behind for other tests.
    """
    names = {path.stem for path in WEB.iterdir()}

    def put_away() -> dict[str, ModuleType]:
        found = [name for name in sys.modules if name.partition(".")[0] in names]
        return {name: sys.modules.pop(name) for name in found}

    kept = put_away()
    for name in [name for name in os.environ if name.startswith(("CORS_", "BEDROCK_", "MEDIA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.syspath_prepend(str(WEB))
    yield importlib.import_module
    put_away()
    sys.modules.update(kept)


@pytest.fixture(scope="session")
def node() -> str:
    """The Node.js that comes with the environment, or else the one on PATH: 22 or newer."""
    for found in (
        shutil.which("node", path=str(Path(sys.executable).parent)),
        shutil.which("node"),
    ):
        if found is None:
            continue
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
        if int(version.stdout.lstrip("v").partition(".")[0]) >= 22:
            return found
    pytest.fail("no Node.js 22 or newer: `make install` puts one into .venv")

"""The interpreter that runs this, as the `python` that functions and their scripts call."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def host_python_dir(scratch: Path) -> Path:
    """A folder with a `python` that is this interpreter: its own, else one made in `scratch`.

    Debian, for one, has `python3` alone.
    """
    folder = Path(sys.executable).parent
    if (folder / "python").exists():
        return folder
    python_dir = scratch / "own-python"
    python_dir.mkdir()
    # Not a link: beside it, the interpreter would not find the environment it belongs to.
    script = python_dir / "python"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return python_dir

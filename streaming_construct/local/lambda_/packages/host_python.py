"""The interpreter that runs this, as the `python` that functions and their scripts call."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from pathlib import Path

from streaming_construct.packaging.dependency_layer import cache_dir


def create_host_python_dir(scratch: Path) -> Path:
    """Return a folder with a `python` that is this interpreter: its own, else one in the cache.

    Debian, for example, has only `python3`. `scratch` is used if the cache cannot be written.
    """
    folder = Path(sys.executable).parent
    if (folder / "python").exists():
        return folder
    digest = hashlib.sha256(sys.executable.encode()).hexdigest()[:12]
    try:
        return _write_script(cache_dir() / "python" / f"own-{digest}")
    except OSError:
        return _write_script(scratch / "own-python")


def _write_script(folder: Path) -> Path:
    # Not a link: an interpreter next to a link does not find its environment.
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "python"
    if not script.exists():
        unfinished = folder / f"python.{os.getpid()}"
        text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'
        unfinished.write_text(text, encoding="utf-8")
        unfinished.chmod(0o755)
        unfinished.rename(script)
    return folder

"""Where what was installed is kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return where all is kept: `$XDG_CACHE_HOME/streaming-construct`, or in `~/.cache`.

    A relative path in the variable does not count, as its specification has it.
    https://specifications.freedesktop.org/basedir/latest/
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".cache") / "streaming-construct"

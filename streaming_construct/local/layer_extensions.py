"""Extensions that layers bring: programs Lambda starts beside the runtime.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html
"""

from __future__ import annotations

import os
from pathlib import Path

from streaming_construct.local.provided import foreign


def extensions_of(layer: Path) -> list[Path]:
    """The programs in the layer's `extensions` folder that can run on this machine, by name."""
    found = sorted((layer / "extensions").glob("*"))
    return [
        path for path in found if path.is_file() and os.access(path, os.X_OK) and not foreign(path)
    ]

"""Give the root logger Lambda's handler, at once or when the function imports logging."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


def install_logging_hook() -> None:
    """Give the root logger Lambda's handler: now, or when the function imports `logging`.

    A function that does not log starts without that import.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    if "logging" in sys.modules:
        _set_up()
    else:
        sys.meta_path.insert(0, LoggingImportHook())


def _set_up() -> None:
    from streaming_construct.runtime.logs.logging_handler import set_up

    set_up(os.environ.get("AWS_LAMBDA_LOG_LEVEL", ""))


class LoggingImportHook:
    """Stands in front of the import system until `logging` is imported, then sets it up."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find `logging` as the others would, with a loader that sets it up afterwards."""
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        if spec is not None and spec.loader is not None:
            self._loader: Any = spec.loader
            self._loader.exec_module = self._exec_module  # type: ignore[method-assign]  # of this instance
        return spec

    def _exec_module(self, module: ModuleType) -> None:
        # From here on its own again: a loader may serve other modules too, as one of a zip file.
        del self._loader.exec_module
        self._loader.exec_module(module)
        _set_up()

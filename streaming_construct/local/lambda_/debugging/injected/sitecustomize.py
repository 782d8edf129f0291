"""Starts debugpy in the Python process of a function, before any code of the function.

Python imports this module at start (https://docs.python.org/3/library/site.html). It runs in the
environment of the function and imports nothing of this library.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
from pathlib import Path
from types import CodeType

_port = os.environ.pop("STREAMING_CONSTRUCT_DEBUG_PORT", None)
_packages = os.environ.pop("STREAMING_CONSTRUCT_DEBUG_PACKAGES", "")
_source = os.environ.pop("STREAMING_CONSTRUCT_DEBUG_SOURCE", "")


def _name_source_files(code_folder: str, source_folder: str) -> None:
    """Compile modules of the code folder under the names of the files they were copied from.

    Breakpoints and tracebacks then have the paths of the project. Bytecode is not used: it has the
    other names.
    """
    loader = importlib.machinery.SourceFileLoader
    get_code = loader.get_code

    def get_code_of_source(
        self: importlib.machinery.SourceFileLoader, fullname: str
    ) -> CodeType | None:
        path = str(self.get_filename(fullname))
        source = Path(source_folder, os.path.relpath(path, code_folder))
        is_copy = path.startswith(code_folder + os.sep) and source.is_file()
        if not is_copy:
            return get_code(self, fullname)
        code: CodeType = self.source_to_code(self.get_data(path), str(source))
        return code

    loader.get_code = get_code_of_source  # type: ignore[method-assign,assignment] # for all modules


if _port is not None:
    if _source:
        _name_source_files(os.environ["LAMBDA_TASK_ROOT"], _source)
    # debugpy is a package of the gateway. Its other packages must not reach the function.
    sys.path.append(_packages)
    try:
        import debugpy  # noqa: T100 - this module starts it
    finally:
        sys.path.remove(_packages)
    debugpy.listen(("127.0.0.1", int(_port)))  # noqa: T100 - this module starts it
    debugpy.wait_for_client()  # noqa: T100 - this module starts it

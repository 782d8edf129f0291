"""Functions in Python without the Web Adapter: ordinary handlers, buffered as in Lambda.

They run on `runtime.buffered_runtime`. A function whose code contains a wrapper script is started
by the script, as Lambda does it. This library's streaming runtime is such a script.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Final

from streaming_construct import runtime
from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE
from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.runtime_api import runtime_api
from streaming_construct.runtime import buffered_runtime

_IMPORT_FOLDER: Final = Path(runtime.__file__).parent.parent.parent


def process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Start the buffered runtime, on the Python environment of the function.

    Raises:
        FunctionUnavailable: its wrapper script is not there, or cannot be run.
    """
    python = str(loaded_function.python / "python")
    program: tuple[str, ...] = (python, "-c", buffered_runtime.START, str(_IMPORT_FOLDER))
    if wrapper := loaded_function.function.environment.get(EXEC_WRAPPER_VARIABLE):
        program = (str(_wrapper(loaded_function, wrapper)), *program)
    return ProcessSpec(programs=(program,), runtime=partial(runtime_api, loaded_function))


def _wrapper(loaded_function: LoadedFunction, path: str) -> Path:
    """Where a wrapper of the function's file system is on this machine."""
    folders = {"/var/task/": (loaded_function.code,), "/opt/": loaded_function.layers}
    for root, places in folders.items():
        for place in places:
            script = place / path.removeprefix(root)
            if path.startswith(root) and script.is_file():
                if not os.access(script, os.X_OK):
                    raise FunctionNotRunnableError(f"{script} is not executable: chmod 0755 it")
                return script
    raise FunctionNotRunnableError(
        f"{EXEC_WRAPPER_VARIABLE} is {path}, which neither its code nor its layers hold"
    )

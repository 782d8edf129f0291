"""The wrapper script that starts a managed runtime, for Python and Node.js alike.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE
from streaming_construct.local.lambda_.file_system import find_file
from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.local.lambda_.loaded_function import LoadedFunction


def wrap_program(loaded_function: LoadedFunction, program: tuple[str, ...]) -> tuple[str, ...]:
    """Return the program, started by the function's wrapper script if it has one.

    Raises:
        FunctionNotRunnableError: The script is missing, or it is not executable.
    """
    path = loaded_function.function.environment.get(EXEC_WRAPPER_VARIABLE)
    return (str(_find_script(loaded_function, path)), *program) if path else program


def _find_script(loaded_function: LoadedFunction, path: str) -> Path:
    """Return where a wrapper of the function's file system is on this machine."""
    script = find_file(loaded_function, path)
    if script is None:
        raise FunctionNotRunnableError(
            f"{EXEC_WRAPPER_VARIABLE} is {path}, which neither its code nor its layers hold"
        )
    if not os.access(script, os.X_OK):
        raise FunctionNotRunnableError(f"{script} is not executable. Run `chmod 0755` on the file")
    return script

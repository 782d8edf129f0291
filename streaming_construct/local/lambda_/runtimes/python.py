"""Functions in Python without the Web Adapter: ordinary handlers, buffered as in Lambda.

They run on `runtime.buffered_runtime`. A function whose code contains a wrapper script is started
by the script, as Lambda does it. This library's streaming runtime is such a script.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from streaming_construct import runtime
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.runtime_api import serve_runtime_api
from streaming_construct.local.lambda_.runtimes.exec_wrapper import wrap_program
from streaming_construct.runtime import buffered_runtime

_IMPORT_FOLDER: Final = Path(runtime.__file__).parent.parent.parent


def create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the buffered runtime as the program, on the Python environment of the function.

    Raises:
        FunctionNotRunnableError: The wrapper script is missing, or cannot be executed.
    """
    python = str(loaded_function.python / "python")
    program = (python, "-c", buffered_runtime.START, str(_IMPORT_FOLDER))
    return ProcessSpec(
        programs=(wrap_program(loaded_function, program),),
        runtime=partial(serve_runtime_api, loaded_function),
    )

"""The function of `breakpoint()` in a function that runs without a debugger."""

from __future__ import annotations

import sys

_MESSAGE = (
    "breakpoint() at {file}:{line} did not stop: a function has no terminal. Start the gateway with"
    " --debug and attach an editor to it. breakpoint() then stops there."
)


def explain(*_arguments: object, **_options: object) -> None:
    """Print how to debug, and continue. Python calls it by PYTHONBREAKPOINT."""
    caller = sys._getframe(1)  # noqa: SLF001 - the only way to the caller's line
    message = _MESSAGE.format(file=caller.f_code.co_filename, line=caller.f_lineno)
    print(message, file=sys.stderr, flush=True)

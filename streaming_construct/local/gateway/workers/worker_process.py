"""The program of a worker process: calls functions, one at a time, for `WorkerPool`.

A message is its length in eight bytes and a pickle: (function, arguments, CPU seconds) in,
(has succeeded, value or exception) out. The end of standard input ends the program.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from typing import BinaryIO, Final

LENGTH: Final = struct.Struct(">Q")


def main() -> None:
    """Serve calls until standard input ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the output of a function is no part of the messages
    while message := _read(sys.stdin.buffer):
        function, arguments, cpu_seconds = pickle.loads(message)  # noqa: S301 - from the parent
        # The signal ends the process, also within a regular expression, which nothing interrupts.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        try:
            result = (True, function(*arguments))
        except Exception as error:  # noqa: BLE001 - raised again by the caller
            result = (False, error)
        data = _dump(result)
        signal.setitimer(signal.ITIMER_PROF, 0)
        output.write(LENGTH.pack(len(data)) + data)
        output.flush()


def _dump(result: tuple[bool, object]) -> bytes:
    try:
        return pickle.dumps(result)
    except Exception as error:  # noqa: BLE001 - raised again by the caller
        return pickle.dumps((False, RuntimeError(f"{error}: {result[1]!r:.200}")))


def _read(stream: BinaryIO) -> bytes:
    header = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(header)[0]) if len(header) == LENGTH.size else b""

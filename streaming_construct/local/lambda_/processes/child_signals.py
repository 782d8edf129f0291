"""`ignore_stopped_children`: SIGCHLD at the end of a child only, not when it stops or continues.

libuv, below uvloop, asks for all of these signals. Each invocation stops and continues processes,
and a signal costs seven system calls and a turn of the event loop before the first byte.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any, Final

_SA_NOCLDSTOP: Final = 1
# In glibc and in musl, on these machines. Others have the members in another order.
_MACHINES: Final = frozenset({"x86_64", "aarch64"})
_MASK_BYTES: Final = 128


class _SignalAction(ctypes.Structure):
    """The structure of sigaction(2).

    https://man7.org/linux/man-pages/man2/sigaction.2.html
    """

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_char * _MASK_BYTES),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


def ignore_stopped_children() -> None:
    """Add SA_NOCLDSTOP to the current handler of SIGCHLD, on Linux.

    Without a handler, the system ignores the signal. Call this after each start of a process.
    libuv installs its handler again for the first process after the last one has ended.
    """
    if sys.platform != "linux" or os.uname().machine not in _MACHINES:
        return
    libc: Any = ctypes.CDLL(None)
    action = _SignalAction()
    has_failed = libc.sigaction(signal.SIGCHLD, None, ctypes.byref(action))
    if not has_failed and action.handler and not action.flags & _SA_NOCLDSTOP:
        action.flags |= _SA_NOCLDSTOP
        libc.sigaction(signal.SIGCHLD, ctypes.byref(action), None)

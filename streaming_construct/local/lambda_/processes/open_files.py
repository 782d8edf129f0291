"""The number of files and connections that processes may have open."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from typing import Final

from streaming_construct.aws.limits import FUNCTION_OPEN_FILES

# macOS rejects more, even if its hard limit is higher.
_MOST: Final = 10_240


def raise_fd_limit() -> None:
    """Raise the limit of this process to thousands of connections if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = _MOST if hard == resource.RLIM_INFINITY else min(_MOST, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


def set_function_fd_limit(pid: int) -> None:
    """Limit the open files of a function's process to Lambda's number; Linux only."""
    if sys.platform == "linux":
        with suppress(OSError, ValueError):
            limits = (FUNCTION_OPEN_FILES, FUNCTION_OPEN_FILES)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

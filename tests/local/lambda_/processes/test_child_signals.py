"""SIGCHLD comes at the end of a child, and not when it stops or continues."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.processes.child_signals import ignore_stopped_children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SA_NOCLDSTOP here")


def test_only_the_end_of_a_child_is_signaled() -> None:
    """A stop is visible in `/proc`, so that its signal would have come before the end."""
    received: list[int] = []
    before = signal.signal(signal.SIGCHLD, lambda number, _: received.append(number))
    try:
        ignore_stopped_children()
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        os.kill(child.pid, signal.SIGSTOP)
        while "State:\tT" not in Path(f"/proc/{child.pid}/status").read_text():
            pass
        os.kill(child.pid, signal.SIGCONT)
        assert not received
        child.communicate(b"\n")
        assert received == [signal.SIGCHLD]
    finally:
        signal.signal(signal.SIGCHLD, before)

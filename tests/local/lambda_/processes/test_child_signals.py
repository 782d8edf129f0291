"""SIGCHLD comes at the end of a child, and not when it stops or continues."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from streaming_construct.local.lambda_.processes import child_signals
from streaming_construct.local.lambda_.processes.child_signals import ignore_stopped_children
from streaming_construct.local.lambda_.processes.process_group import ProcessGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SA_NOCLDSTOP here")
NO_CHILD_STOP = 1
RESTART = 0x10000000


@pytest.fixture
def received() -> Iterator[list[int]]:
    """Each SIGCHLD that this process received."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGCHLD, lambda number, _: numbers.append(number))
    try:
        yield numbers
    finally:
        signal.signal(signal.SIGCHLD, before)


def read_flags() -> int:
    action = child_signals._SignalAction()
    libc: Any = ctypes.CDLL(None)
    assert libc.sigaction(signal.SIGCHLD, None, ctypes.byref(action)) == 0
    return int(action.flags)


def wait_until_stopped(pid: int) -> None:
    ends = time.monotonic() + 20
    while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_only_the_end_of_a_child_is_signaled(received: list[int]) -> None:
    """A stop is visible in `/proc`, so that its signal would have come before the end."""
    ignore_stopped_children()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        try:
            os.kill(child.pid, signal.SIGSTOP)
            wait_until_stopped(child.pid)
            os.kill(child.pid, signal.SIGCONT)
            assert not received
            child.communicate(b"\n")
            assert received == [signal.SIGCHLD]
        finally:
            child.kill()


@pytest.mark.usefixtures("received")
def test_the_handler_keeps_its_other_flags() -> None:
    """Such as that of system calls that go on after the signal."""
    signal.siginterrupt(signal.SIGCHLD, False)
    before = read_flags()
    ignore_stopped_children()

    assert (before & RESTART, before & NO_CHILD_STOP) == (RESTART, 0)
    assert read_flags() == before | NO_CHILD_STOP


@pytest.mark.usefixtures("received")
def test_the_action_of_the_system_stays() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = read_flags()
    ignore_stopped_children()

    assert read_flags() == before


@pytest.mark.anyio
@pytest.mark.usefixtures("received")
async def test_each_start_of_a_program_ignores_stopped_children(tmp_path: Path) -> None:
    """The event loop may have installed its handler again before."""
    group = ProcessGroup(tmp_path, Mock(), Mock())
    for _ in range(2):
        signal.signal(signal.SIGCHLD, lambda *_: None)
        assert not read_flags() & NO_CHILD_STOP
        await group.start(("/bin/sh", "-c", ":"), tmp_path, {})
        assert read_flags() & NO_CHILD_STOP
    await group.terminate(patience_seconds=20, ask_all=False)

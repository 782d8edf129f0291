"""A `Terminal` on a pseudoterminal, with everything that reaches it."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import TextIO

import pytest

from streaming_construct import terminal as terminal_module
from streaming_construct.terminal import Terminal


@dataclass
class PseudoTerminal:
    """Collects what `terminal` and others write to `file`, also control sequences."""

    terminal: Terminal
    file: TextIO
    _text: str = ""
    _arrived: Condition = field(default_factory=Condition)

    def wait_for(self, text: str) -> str:
        """Return everything until now, which contains a text within 20 seconds."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: text in self._text, 20), (text, self._text[-500:])
            return self._text

    def _read(self, descriptor: int) -> None:
        while True:
            try:
                data = os.read(descriptor, 65536)
            except OSError:  # the other end is closed
                return
            with self._arrived:
                self._text += data.decode()
                self._arrived.notify_all()


@contextmanager
def open_pseudo_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[PseudoTerminal]:
    """Open a terminal that shows statuses at once."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr(terminal_module, "_get_descriptor", lambda _: theirs)
    monkeypatch.setattr(terminal_module, "_STATUS_DELAY_SECONDS", 0.0)
    opened = PseudoTerminal(Terminal(), os.fdopen(theirs, "w"))
    reader = Thread(target=opened._read, args=(ours,))
    reader.start()
    try:
        yield opened
    finally:
        opened.terminal.flush()
        opened.file.close()
        reader.join()
        os.close(ours)

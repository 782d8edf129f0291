"""`ConnectionOwners`: the process at the client's end of a loopback connection, on Linux.

https://docs.kernel.org/networking/proc_net_tcp.html
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
# The columns of a line of /proc/net/tcp.
_LOCAL, _REMOTE, _USER, _INODE = 1, 2, 7, 9
_LOOPBACK: Final = "0100007F"  # 127.0.0.1, also as the end of ::ffff:127.0.0.1


class ConnectionOwners:
    """The processes that were started with a variable, `NAME=VALUE`, and what these started.

    Only processes of the same user count, and the current process, which made the variable.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable.encode()
        self._owner_pids: set[int] = {os.getpid()}

    async def has_connection(self, *, client_port: int, server_port: int) -> bool:
        """Return whether one of the processes has the client's end of a connection on 127.0.0.1.

        True where the system has no `/proc`: it cannot be known there.
        """
        if not (_PROC / "net" / "tcp").exists():
            return True
        inode = _find_socket_inode(client_port, server_port)
        if inode is None:
            return False
        socket = f"socket:[{inode}]"
        self._owner_pids = {
            pid for pid in self._owner_pids if pid == os.getpid() or self._is_marked(pid)
        }
        if any(_has_open(pid, socket) for pid in self._owner_pids):
            return True
        # All processes of the machine: too many to look at on the event loop.
        return await asyncio.to_thread(self._has_open_socket, socket)

    def _has_open_socket(self, socket: str) -> bool:
        for pid in _list_processes():
            if self._is_marked(pid) and _has_open(pid, socket):
                # Another set: the event loop may iterate over this one.
                self._owner_pids = {*self._owner_pids, pid}
                return True
        # A program may overwrite its own variables, as those do that set their title.
        owner = next((pid for pid in _list_processes() if _has_open(pid, socket)), None)
        return owner is not None and any(map(self._is_marked, _list_ancestors(owner)))

    def _is_marked(self, pid: int) -> bool:
        with suppress(OSError):
            return self._variable in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        return False


def _find_socket_inode(client_port: int, server_port: int) -> str | None:
    """Return the inode of the client's socket; None if it is closed or another user's."""
    ends = f"{_LOOPBACK}:{client_port:04X}", f"{_LOOPBACK}:{server_port:04X}"
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[_LOCAL].endswith(ends[0]) and columns[_REMOTE].endswith(ends[1]):
                    is_own = int(columns[_USER]) == os.getuid() and columns[_INODE] != "0"
                    return columns[_INODE] if is_own else None
    return None


def _list_processes() -> Iterator[int]:
    return (int(process.name) for process in _PROC.glob("[0-9]*"))


def _has_open(pid: int, file: str) -> bool:
    # Most processes are another user's, or end while they are looked at.
    with suppress(OSError), os.scandir(_PROC / str(pid) / "fd") as descriptors:
        for descriptor in descriptors:
            with suppress(OSError):
                if os.readlink(descriptor.path) == file:  # noqa: PTH115 - no Path for each of many
                    return True
    return False


def _list_ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        try:
            status = (_PROC / str(pid) / "stat").read_text()
        except OSError:
            return
        pid = int(status.rpartition(")")[2].split()[1])
        yield pid

"""Starts a program with Lambda's file system: in a mount namespace, which needs no privileges.

Run as a program, only with the standard library, on Linux. Its first arguments are the layout, each
as `NAME=VALUE`. `report=DESCRIPTOR` ends them: it reports why the program cannot start. The others
are the program, which replaces this one. The names of the layout, whose paths are absolute:

- `process`: the id of a process whose namespace is joined. The other names do not count.
- `root`: an empty folder, on which the new root is assembled.
- `task`, `layer`, `runtime`: the folders of `/var/task`, `/opt` and `/var/runtime`. A file of a
  later layer replaces one of an earlier layer.
- `exposed`: a folder or file that the program needs, although others hide its place.
- `storage_bytes`: the size of `/tmp`.

It starts before each program of a function, so it imports as little as it can.

Everything but `/tmp` is read-only, and there is no `/dev/shm`, as in Lambda.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import ctypes
import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than everything else
if TYPE_CHECKING:
    from typing import Any, Final

_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUSER: Final = 0x10000000
_MS_NOSUID: Final = 2
_MS_BIND: Final = 4096
_MS_REC: Final = 16384
_MS_PRIVATE: Final = 1 << 18
_MNT_DETACH: Final = 2
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MOUNT_ATTR_RDONLY: Final = 1
# The numbers are the same on all architectures that Lambda has, except pivot_root.
_SYS_MOUNT_SETATTR: Final = 442
_SYS_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS: Final = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
_TEMPORARY: Final = "/tmp"  # noqa: S108 - Lambda's own path
HIDDEN: Final = (_TEMPORARY, "/opt", "/var/task", "/var/runtime")
"""The folders of this machine that a program in the namespace does not see."""

_libc: Any = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Set up the namespace, then become the program."""
    layout, program = _parse(sys.argv[1:])
    descriptor = int(layout["report"][0])
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - takes no keywords
    try:
        if process := layout.get("process"):
            _join(int(process[0]))
        else:
            _enter_new_namespace()
            _assemble_root(layout)
            _change_root(layout["root"][0])
        os.chdir("/var/task")
        os.execvpe(program[0], program, os.environ)  # noqa: S606 - the program as it is
    except OSError as error:
        os.write(descriptor, str(error).encode())
        sys.exit(1)


def _parse(arguments: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the layout, as the values of each name, and the program."""
    layout: dict[str, list[str]] = {}
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        layout.setdefault(name, []).append(value)
        if name == "report":
            return layout, arguments[index + 1 :]
    raise SystemExit("report=DESCRIPTOR is missing.")


def _enter_new_namespace() -> None:
    """Create the namespaces: of mounts for root, and of users and mounts for other users."""
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _libc.unshare(_CLONE_NEWNS) == 0:
        return
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _join(process: int) -> None:
    for kind, flag in (("user", _CLONE_NEWUSER), ("mnt", _CLONE_NEWNS)):
        path = f"/proc/{process}/ns/{kind}"
        if os.readlink(path) != os.readlink(f"/proc/self/ns/{kind}"):
            namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            _check(_libc.setns(namespace, flag), "setns")


def _assemble_root(layout: dict[str, list[str]]) -> None:
    (root,) = layout["root"]
    exposed = layout.get("exposed", [])
    _mount("none", "/", flags=_MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID, "mode=755")
    _bind_entries("/", root, without=("tmp", "opt", "var", "dev"))
    _bind_entries("/var", f"{root}/var", without=("task", "runtime"))
    _bind(layout["task"][0], f"{root}/var/task")
    if runtime := layout.get("runtime"):
        _bind(runtime[0], f"{root}/var/runtime")
        # ES modules ignore NODE_PATH: they find packages in the folders above their own.
        os.symlink("/var/runtime/node_modules", f"{root}/node_modules")
    else:
        os.mkdir(f"{root}/var/runtime")
    os.mkdir(root + _TEMPORARY)
    os.mkdir(f"{root}/opt")
    _merge(layout.get("layer", []), f"{root}/opt")
    _make_devices(f"{root}/dev")
    hidden_in_tmp = [path for path in exposed if path.startswith(f"{_TEMPORARY}/")]
    for path in exposed:
        if path not in hidden_in_tmp:
            _bind(path, root + path)
    _make_read_only(root)
    size = f",size={storage[0]}" if (storage := layout.get("storage_bytes")) else ""
    _mount("tmpfs", root + _TEMPORARY, "tmpfs", _MS_NOSUID, f"mode=1777{size}")
    for path in hidden_in_tmp:
        _bind(path, root + path)
        _make_read_only(root + path)


def _bind_entries(source: str, target: str, *, without: tuple[str, ...]) -> None:
    """Show the entries of a folder in a new folder; those that cannot be shown are left out."""
    os.makedirs(target, exist_ok=True)
    for name in os.listdir(source):
        if name in without:
            continue
        path = os.path.join(source, name)
        try:
            if os.path.islink(path):
                os.symlink(os.readlink(path), f"{target}/{name}")
            elif os.path.isdir(path):
                _bind(path, f"{target}/{name}")
        except OSError:
            continue


def _merge(sources: list[str], target: str) -> None:
    """Show the entries of several folders in one; of two files of one name, the last one."""
    for name in _list_names(sources):
        paths = [f"{source}/{name}" for source in sources]
        paths = [path for path in paths if os.path.lexists(path)]
        if len(paths) > 1 and all(map(_is_real_folder, paths)):
            os.mkdir(f"{target}/{name}")
            _merge(paths, f"{target}/{name}")
        elif os.path.islink(paths[-1]):
            os.symlink(os.readlink(paths[-1]), f"{target}/{name}")
        else:
            _bind(paths[-1], f"{target}/{name}")


def _list_names(folders: list[str]) -> list[str]:
    return sorted({name for folder in folders for name in os.listdir(folder)})


def _is_real_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _make_devices(folder: str) -> None:
    os.mkdir(folder)
    for name in _DEVICES:
        if os.path.exists(f"/dev/{name}"):
            _bind(f"/dev/{name}", f"{folder}/{name}")
    for name, link in _DEVICE_LINKS.items():
        os.symlink(f"/proc/self/fd{link}", f"{folder}/{name}")


def _change_root(root: str) -> None:
    os.chdir(root)
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount")
    os.chdir("/")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, flags=_MS_BIND | _MS_REC)


def _make_read_only(path: str) -> None:
    """Make a mount and all mounts below it read-only; Linux 5.12 and later."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(path),
        _AT_RECURSIVE,
        ctypes.byref(attributes),
        size,
    )
    _check(result, f"mount_setattr {path}")


def _mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _check(result, f"mount {target}")


def _check(result: int, call: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main()

"""Process setup of a runtime before it serves: descriptors, module path, signals."""

from __future__ import annotations

# Not `signal`, whose enumerations import `enum` and `functools`.
import _signal as signal  # type: ignore[import-not-found]  # typeshed has no stub of it
import os
import sys

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would add to every cold start
_POOL_NAMES = ("ThreadPoolExecutor-", "asyncio_", "AnyIO worker thread")


def open_standard_descriptors() -> None:
    """Open the null device for each of the descriptors 0 to 2 that is closed.

    Otherwise the connection to the Runtime API would get one of these numbers, and what a library
    prints would be sent there.
    """
    # Each call takes the lowest free number.
    while (opened := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(opened)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, "w", closefd=False))  # noqa: SIM115 - a descriptor, for the life of the process


def extend_module_path() -> None:
    """Put the function's and its layers' folders where Lambda's own runtime has them.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
    """
    root = os.environ.get("LAMBDA_TASK_ROOT")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    layers = [f"/opt/python/lib/{version}/site-packages", "/opt/python"] if root else []
    first = [folder for folder in (root, *layers) if folder]
    sys.path[:] = [*first, *(folder for folder in sys.path if folder not in first)]
    folder = os.environ.get("LAMBDA_RUNTIME_DIR")
    if folder and folder not in sys.path:
        sys.path.append(folder)


def is_local() -> bool:
    """Return whether the local gateway runs this process: it names the log stream after itself."""
    return os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "").startswith("streaming-construct-")


def list_pending_work() -> list[str]:
    """Return the names of threads and asyncio tasks that still run between two invocations.

    Idle threads of a pool and the tasks of this runtime do not count.
    """
    names = []
    threading, asyncio = sys.modules.get("threading"), sys.modules.get("asyncio")
    if threading is not None:
        main = threading.main_thread()
        names += [
            f"thread {thread.name}"
            for thread in threading.enumerate()
            if thread is not main and not thread.name.startswith(_POOL_NAMES)
        ]
    if asyncio is not None and (loop := asyncio._get_running_loop()) is not None:  # noqa: SLF001 - the public function raises where no loop runs
        current = asyncio.current_task(loop)
        names += [
            f"task {task.get_coro().__qualname__}"
            for task in asyncio.all_tasks(loop)
            if task is not current and not _is_runtime(task.get_coro())
        ]
    return names


def _is_runtime(coroutine: object) -> bool:
    code = getattr(coroutine, "cr_code", None)
    return code is not None and code.co_filename.startswith(_FOLDER)


def exit_on_sigterm() -> None:
    """Let `finally` blocks and exit hooks run, unless the function has installed a handler."""
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def open_wakeup_descriptor() -> int:
    """Return a descriptor that becomes readable with every signal."""
    wakeup, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    return wakeup

"""Fixtures and hooks for the tests of every folder. It imports neither `aws_cdk` nor a gateway."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.support.sample_assembly import shared_assembly

if TYPE_CHECKING:
    from streaming_construct.local.local_api import LocalApi


TESTS: Final = Path(__file__).parent
# Each worker with a file of such a folder would start an emulator and read botocore's models.
ONE_WORKER: Final = ("tests/doctor",)

# The time of an example depends on the load of the machine.
settings.register_profile(
    "tests", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make snapshot` rewrite the golden template."""
    parser.addoption(
        "--snapshot-update", action="store_true", help="rewrite the golden template of the sample"
    )


def pytest_configure() -> None:
    """Let child processes receive SIGINT and SIGHUP, also if the parent of the tests ignores them.

    A shell ignores SIGINT in the background, and `nohup` ignores SIGHUP.

    Let them write bytecode as well: each would compile CDK again, which takes seconds.
    """
    # The Node.js process of CDK takes its variables when it starts. Its validation takes seconds.
    os.environ.setdefault("CDK_VALIDATION", "false")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    share_certificates()
    leave_sources_unparsed()


def leave_sources_unparsed() -> None:
    """Let Hypothesis try no constants of the package in its examples.

    It would parse each module in each worker, which takes seconds without a cache.
    """
    providers._get_local_constants = lambda: providers._local_constants


def share_certificates() -> None:
    """Let HTTP clients of one process share the context with the certificates of a file.

    httpx reads 200 certificates for each client, also for a client without TLS. This takes longer
    than a request.
    """
    create = ssl.create_default_context
    contexts: dict[str, ssl.SSLContext] = {}

    def create_default_context(*purpose: ssl.Purpose, **options: Any) -> ssl.SSLContext:
        if purpose or options.keys() != {"cafile"} or options["cafile"] is None:
            return create(*purpose, **options)
        file = str(options["cafile"])
        if file not in contexts:
            contexts[file] = create(cafile=file)
        return contexts[file]

    ssl.create_default_context = create_default_context


def pytest_collection() -> None:
    """Collect no garbage during the collection of tests: modules and tests stay until the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave modules and tests out of each garbage collection that follows."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files with slow tests first: a slow file at the end leaves the other cores idle.

    Several workers take files of all folders in turn. Tests of one folder wait, as those of the
    gateway, or compute, as those of the constructs: workers that all wait leave the cores idle.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    turns: dict[Path, float] = {}
    if hasattr(config, "workerinput"):
        folders: dict[str, list[Path]] = {}
        for path in dict.fromkeys(item.path for item in items):
            folders.setdefault(path.relative_to(TESTS).parts[0], []).append(path)
        for files in folders.values():
            turns |= {path: place / len(files) for place, path in enumerate(files)}
    items.sort(key=lambda item: (item.path not in slow, turns.get(item.path, 0)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file, or a folder with a costly session, to one worker with `--dist loadfile`."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    file_of = scheduler._split_scope

    def split_scope(nodeid: str) -> str:
        folders = (folder for folder in ONE_WORKER if nodeid.startswith(f"{folder}/"))
        return next(folders, None) or str(file_of(nodeid))

    scheduler._split_scope = split_scope
    return scheduler


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio."""
    return "asyncio"


@pytest.fixture
async def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Awaitable[None]]:
    """Stop the clock of the event loop; return a function that advances it by seconds.

    The function runs the timers that are due, and what they wake.
    """
    loop = asyncio.get_running_loop()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)

    async def advance_clock(seconds: float) -> None:
        nonlocal now
        now += seconds
        for _ in range(10):
            await asyncio.sleep(0)

    return advance_clock


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let a worker of pytest-xdist report only what the terminal shows.

    By default it sends six messages for each test, which the controller reads, in seconds of CPU
    time. It shows none of those that begin or end a test, or whose setup or teardown passed.
    """
    if not hasattr(session.config, "workerinput") or session.config.getoption("durations"):
        return
    plugins = session.config.pluginmanager.get_plugins()
    (worker,) = (plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor")
    send = worker.sendevent

    def send_if_shown(name: str, **content: Any) -> None:
        report = content.get("data", {})
        is_shown = report.get("when") not in {"setup", "teardown"} or report["outcome"] != "passed"
        if is_shown and name not in {"logstart", "logfinish"}:
            send(name, **content)

    worker.sendevent = send_if_shown


@pytest.fixture(scope="session")
def botocore_loader() -> Iterator[None]:
    """Let botocore read the description of a service once, not once for each client."""
    from botocore.loaders import create_loader

    loader = create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda _: loader)
        yield


@pytest.fixture(scope="session")
def sample_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the sample. Tests must not change it."""
    return shared_assembly(tmp_path_factory)


@pytest.fixture(scope="session")
def sample(sample_assembly: Path) -> Iterator[LocalApi]:
    """The sample, served on loopback. CORS allows https://page.example."""
    from streaming_construct.local.gateway.options import GatewayOptions
    from streaming_construct.local.local_api import LocalApi

    options = GatewayOptions(allowed_origins=("https://page.example",), access_log=True)
    with LocalApi.from_assembly(sample_assembly, options=options) as api:
        yield api

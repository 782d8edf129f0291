"""An emulator for the tests of the doctor, and the doctor as a user starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.loaders import create_loader
from click.testing import CliRunner, Result

from streaming_construct.deployed.client import AwsClient
from streaming_construct.doctor.command import doctor
from tests.doctor.live_api import LiveApi, make_live_api, set_role_for_logs
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator, started_emulator

NUMBERS = count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack, for all tests of this folder."""
    with started_emulator(tmp_path_factory.mktemp("ministack")) as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _shared_loader() -> Iterator[None]:
    """Let botocore read the description of a service once, not once for each client."""
    loader = create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda _: loader)
        yield


@pytest.fixture(scope="session")
def unchanged_api(emulator: Emulator) -> LiveApi:
    """An API that no test changes."""
    return make_live_api(emulator, "sound")


@pytest.fixture
def sound_api(unchanged_api: LiveApi) -> LiveApi:
    """A sound API for tests that change nothing about it."""
    set_role_for_logs(unchanged_api)
    return unchanged_api


@pytest.fixture
def live(emulator: Emulator) -> LiveApi:
    """A sound API of the test's own."""
    return make_live_api(emulator, f"chat{next(NUMBERS)}")


@pytest.fixture
def run(emulator: Emulator) -> Callable[..., Result]:
    """`streaming-construct doctor` with these arguments, asking the emulator."""

    def run(*arguments: str, **environment: str) -> Result:
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        known = {name: emulator.environment[name] for name in names}
        return CliRunner().invoke(doctor, arguments, env={**known, **environment})

    return run


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The wire that every client of the doctor's is on."""
    wire = Wire()
    make = AwsClient.client

    def client(aws: AwsClient, service: str) -> Any:
        made = make(aws, service)
        made.meta.events.register("before-call", wire.before_call, unique_id="wire")
        return made

    monkeypatch.setattr(AwsClient, "client", client)
    return wire

"""An emulator for the tests of the doctor, and the doctor as a user starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streaming_construct.deployed.client import AwsClient
from streaming_construct.doctor.command import doctor
from tests.doctor.live_api import LiveApi, make_live_api
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator, started_emulator

NUMBERS = count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack, for all tests of this folder."""
    with started_emulator(tmp_path_factory.mktemp("ministack")) as started:
        yield started


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

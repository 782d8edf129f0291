"""An emulator for the tests of the doctor, and the command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import boto3
import boto3.session
import pytest
from click.testing import CliRunner, Result

from streaming_construct.deployed.client import AwsClient
from streaming_construct.doctor.command import doctor
from tests.doctor.live_api import LiveApi, create_live_api, set_cloudwatch_role
from tests.doctor.wire import Wire
from tests.support.emulator import Emulator, started_emulator

NUMBERS = count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack, for all tests of this folder."""
    with started_emulator(tmp_path_factory.mktemp("ministack")) as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _shared_clients(
    botocore_loader: None,  # noqa: ARG001 - a fixture that has an effect
) -> Iterator[None]:
    """Create one session and one client of a service for each environment.

    Each command would create its own.
    """
    create_client, create_session = AwsClient.client, boto3.session.Session
    clients: dict[tuple[object, ...], Any] = {}
    sessions: dict[tuple[object, ...], boto3.session.Session] = {}

    def variables() -> list[tuple[str, str]]:
        return sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))

    def session(**options: str | None) -> boto3.session.Session:
        key = (*options.items(), *variables())
        if key not in sessions:
            sessions[key] = create_session(**options)
        return sessions[key]

    def client(aws: AwsClient, service: str) -> Any:
        key = (service, aws.region, aws._session.profile_name, *variables())
        if key not in clients:
            clients[key] = create_client(aws, service)
        return clients[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsClient, "client", client)
        patch.setattr(boto3.session, "Session", session)
        yield


@pytest.fixture(scope="session")
def unchanged_api(emulator: Emulator) -> LiveApi:
    """An API that no test changes."""
    return create_live_api(emulator, "sound")


@pytest.fixture
def sound_api(unchanged_api: LiveApi) -> LiveApi:
    """A correct API for tests that do not change it."""
    set_cloudwatch_role(unchanged_api)
    return unchanged_api


@pytest.fixture
def live(emulator: Emulator) -> LiveApi:
    """A correct API that the test may change."""
    return create_live_api(emulator, f"chat{next(NUMBERS)}")


@pytest.fixture
def run(emulator: Emulator) -> Callable[..., Result]:
    """`streaming-construct doctor` with these arguments, on the emulator."""

    def run(*arguments: str, **environment: str) -> Result:
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        variables = {name: emulator.environment[name] for name in names}
        return CliRunner().invoke(doctor, arguments, env={**variables, **environment})

    return run


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire of every client of the doctor."""
    wire = Wire()
    make = AwsClient.client
    events = []

    def client(aws: AwsClient, service: str) -> Any:
        boto_client = make(aws, service)
        boto_client.meta.events.register("before-call", wire.before_call, unique_id="wire")
        events.append(boto_client.meta.events)
        return boto_client

    monkeypatch.setattr(AwsClient, "client", client)
    yield wire
    # Other tests use the same clients.
    for emitter in events:
        emitter.unregister("before-call", wire.before_call, unique_id="wire")

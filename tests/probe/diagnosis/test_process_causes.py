"""Failures of functions in separate processes, and rejections by real authorizers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from streaming_construct.probe import ApiTimeouts, ProbeResult, probe
from streaming_construct.probe.diagnosis.verdict import Verdict
from tests.local.gateway.authorizers.test_protected_api import write_protected_assembly
from tests.support.misbehaving_function import misbehaving_function
from tests.support.models import new_api, new_route
from tests.support.running_functions import source_function
from tests.support.streaming_assembly import write_assembly

TIME_SCALE = 20


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    with LocalApi.from_assembly(write_assembly(tmp_path_factory.mktemp("app") / "cdk.out")) as api:
        yield api


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    folder = write_protected_assembly(tmp_path_factory.mktemp("app") / "cdk.out")
    with LocalApi.from_assembly(folder) as api:
        yield api


def verdict_and_cause(probed: ProbeResult) -> tuple[Verdict, str | None]:
    return probed.verdict, probed.cause.id if probed.cause else None


@pytest.mark.parametrize(
    ("timeout_seconds", "known_timeout", "cause"),
    [(30, 30.0, "function-timeout"), (None, None, "function-timeout-default")],
)
def test_the_timeout_of_a_function_is_named(
    tmp_path: Path, timeout_seconds: float | None, known_timeout: float | None, cause: str
) -> None:
    """A given one, and the default of 3 s, in mid-stream."""
    scale = TIME_SCALE if known_timeout else 2
    function = replace(misbehaving_function(tmp_path), timeout_seconds=timeout_seconds)
    model = new_api(new_route("/{proxy+}", "ANY", timeout_ms=900_000), functions=[function])
    with LocalApi(model, GatewayOptions(time_scale=scale)) as api:
        assert probe(api.url_for_path("/pid")).response.status == 200  # it is warm
        result = probe(
            api.url_for_path("/paced/100"),
            expected_timeouts=ApiTimeouts(time_scale=scale, function_timeout=known_timeout),
        )

    assert verdict_and_cause(result) == (Verdict.TRUNCATED, cause)


@pytest.mark.parametrize("code", ["raise OSError('no luck')", "import os; os._exit(3)"])
def test_a_function_that_does_not_start_is_named(tmp_path: Path, code: str) -> None:
    """Its import fails, or its process ends."""
    function = source_function(tmp_path, {"index.py": code}, "index.handler", id="chat")
    model = new_api(new_route("/{proxy+}", "ANY", timeout_ms=60_000), functions=[function])
    with LocalApi(model) as api:
        assert verdict_and_cause(probe(api.url_for_path("/x"))) == (
            Verdict.FAILED,
            "function-error",
        )


def test_real_functions_stream(streaming: LocalApi) -> None:
    """Node.js, and a web app behind the adapter.

    Half a second between chunks: a busy machine may delay one by the usual tenth of a second, so
    that two arrive together.
    """
    urls = [streaming.url_for_path(f"{path}?pause=0.5") for path in ("/node/x", "/anything")]
    with ThreadPoolExecutor(2) as pool:
        assert [verdict_and_cause(probed) for probed in pool.map(probe, urls)] == [
            (Verdict.STREAMED, None)
        ] * 2


def test_an_app_that_fails_in_mid_stream_is_named(streaming: LocalApi) -> None:
    """It closes its connection to the adapter."""
    assert verdict_and_cause(probe(streaming.url_for_path("/break"))) == (
        Verdict.TRUNCATED,
        "response-truncated",
    )


@pytest.mark.parametrize(
    ("path", "headers", "cause"),
    [
        ("/guard", {}, "unauthorized"),
        ("/guard", {"Authorization": "unknown"}, "unauthorized"),
        ("/guard", {"Authorization": "bad"}, "access-denied"),
        ("/users", {}, "unauthorized"),
        ("/users", {"Authorization": "Bearer nonsense"}, "unauthorized"),
        ("/signed", {}, "missing-authentication-token"),
        (
            "/signed",
            {
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/execute-api"
                "/aws4_request, SignedHeaders=host, Signature=00",
                "X-Amz-Date": "20260101T000000Z",
            },
            "invalid-signature",
        ),
        ("/key", {}, "forbidden"),
        ("/key", {"x-api-key": "another"}, "forbidden"),
    ],
)
def test_a_rejection_by_an_authorizer_has_its_cause(
    protected: LocalApi, path: str, headers: dict[str, str], cause: str
) -> None:
    """That of each authorizer."""
    assert verdict_and_cause(probe(protected.url_for_path(path), headers=headers)) == (
        Verdict.DENIED,
        cause,
    )


def test_an_expired_token_is_named(protected: LocalApi) -> None:
    """It was valid before."""
    token = protected.create_token(lifetime_seconds=-60)
    result = probe(protected.url_for_path("/users"), headers={"Authorization": token})

    assert verdict_and_cause(result) == (Verdict.DENIED, "expired-token")


def test_a_route_that_cannot_be_served_is_named(protected: LocalApi) -> None:
    """The report has the reason of the gateway."""
    result = probe(protected.url_for_path("/lost"), headers={"Authorization": "x"})

    assert verdict_and_cause(result) == (Verdict.FAILED, "not-supported-locally")

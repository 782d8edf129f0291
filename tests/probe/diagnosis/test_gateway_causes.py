"""Every failure of the local gateway over real sockets, and its cause in the probe."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import KIB, MIB
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.lambda_.invocation import (
    Event,
    FunctionError,
    FunctionThrottledError,
)
from streaming_construct.model.api import ApiModel, EndpointType, Route, Stage
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import ApiKey, Quota, QuotaPeriod, Throttle, UsagePlan
from streaming_construct.probe import ApiTimeouts, ProbeResult, probe
from streaming_construct.probe.diagnosis.verdict import Verdict
from tests.support.in_memory_functions import (
    InMemoryFunctions,
    InMemoryStream,
    Step,
    api_model,
    gateway,
    prelude,
    route,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ATTEMPTS = 3
SSE = {"Content-Type": "text/event-stream"}
PLAIN = api_model(route("/{proxy+}", timeout_ms=900_000))


def event(number: int) -> bytes:
    """Return an event of 40 bytes."""
    return f'data: {{"n": {number:4}, "pad": "{"x" * 10}"}}\n\n'.encode()


def stream(count: int, pause: float) -> list[Step]:
    steps: list[Step] = [prelude(headers=SSE)]
    for number in range(count):
        steps += [event(number), pause]
    return steps


class StampingFunctions(InMemoryFunctions):
    """Write events with the time of writing: one by one, or all at once after the same time.

    Those without a pause are made together, however long a busy machine takes to send them.
    """

    async def invoke(
        self, function_id: str, event: Event, *, trace_id: str, **_: object
    ) -> InMemoryStream:
        self.events.append({"size": len(event)})
        self.traces.append(trace_id)
        return Stamping(self.steps[function_id])


class Stamping(InMemoryStream):
    async def play(self) -> AsyncIterator[bytes]:
        yield prelude(headers=SSE)
        at = 0.0
        for step in self.steps:
            assert isinstance(step, float)
            at += 1e-5
            if step:
                await asyncio.sleep(step)
                at = time.time()
            yield f'data: {{"at": {at:.6f}}}\n\n'.encode()


async def probe_model(
    api: ApiModel,
    functions: InMemoryFunctions | dict[str, Sequence[Step]],
    *,
    path: str = "/x",
    limits: GatewayLimits | None = None,
    known: ApiTimeouts | None = None,
    options: dict[str, Any] | None = None,
    **request: Any,
) -> ProbeResult:
    gateway_options = GatewayOptions(**(options or {}))
    async with gateway(api, functions, options=gateway_options, limits=limits) as served:
        known = known or ApiTimeouts(time_scale=gateway_options.time_scale)
        return await asyncio.to_thread(
            probe, served.url(path), expected_timeouts=known, timeout=20, **request
        )


def diagnose_model(
    api: ApiModel, steps: Sequence[Step] | InMemoryFunctions, **arguments: Any
) -> ProbeResult:
    functions = steps if isinstance(steps, InMemoryFunctions) else {"fn": steps}
    return asyncio.run(probe_model(api, functions, **arguments))


def cause_ids(probed: ProbeResult) -> tuple[Verdict, str | None]:
    return probed.verdict, probed.cause.id if probed.cause else None


def probe_concurrently(*cases: Coroutine[Any, Any, ProbeResult]) -> list[ProbeResult]:
    """Probe several APIs concurrently: they wait most of the time."""

    async def run() -> list[ProbeResult]:
        return await asyncio.gather(*cases)

    return asyncio.run(run())


def assert_causes(
    create_probes: Callable[[], Iterable[Coroutine[Any, Any, ProbeResult]]],
    expected: Sequence[tuple[Verdict, str]],
) -> None:
    """Compare verdicts and causes of concurrent probes.

    A timeout is identified by its time, with a tolerance of half a second. A busy machine may
    exceed it, so that there are three attempts.
    """
    found: list[tuple[Verdict, str | None]] = []
    for _ in range(ATTEMPTS):
        found = [cause_ids(probed) for probed in probe_concurrently(*create_probes())]
        if found == expected:
            break
    assert found == expected


def test_a_regular_stream_has_no_cause() -> None:
    """It has ten events."""
    assert cause_ids(diagnose_model(PLAIN, stream(10, 0.05))) == (Verdict.STREAMED, None)


def test_coalescing_is_named_with_the_size_of_the_buffer() -> None:
    """The size is exact to one event."""
    sizes = (100, 200, 450)
    for size, probed in zip(
        sizes,
        probe_concurrently(
            *(
                probe_model(PLAIN, {"fn": stream(40, 0.03)}, options={"coalesce_bytes": size})
                for size in sizes
            )
        ),
        strict=True,
    ):
        assert cause_ids(probed) == (Verdict.BURSTY, "fixed-size-buffer")
        assert probed.diagnosis.buffer_bytes is not None
        assert size <= probed.diagnosis.buffer_bytes < size + len(event(0))


def test_coalescing_of_a_complete_body_differs_from_a_waiting_function() -> None:
    """Both arrive at once at the end. The times in the chunks differ."""
    apart, together = [0.05] * 10, [2.0, *[0.0] * 9]
    coalesced, waited = probe_concurrently(
        probe_model(PLAIN, StampingFunctions({"fn": apart}), options={"coalesce_bytes": MIB}),
        probe_model(PLAIN, StampingFunctions({"fn": together})),
    )

    assert cause_ids(coalesced) == (Verdict.BUFFERED, "path-buffers")
    assert cause_ids(waited) == (Verdict.BUFFERED, "function-buffers")
    assert coalesced.diagnosis.path_delay is not None
    assert waited.diagnosis.path_delay is not None
    assert coalesced.diagnosis.path_delay > 0.3 > waited.diagnosis.path_delay


def test_coalescing_differs_from_a_function_that_writes_in_bursts() -> None:
    """The arrivals are the same. The times in the chunks differ."""
    bursts = [0.3, *[0.0] * 4] * 4
    coalesced, bursty = probe_concurrently(
        probe_model(PLAIN, StampingFunctions({"fn": [0.03] * 40}), options={"coalesce_bytes": 300}),
        probe_model(PLAIN, StampingFunctions({"fn": bursts})),
    )

    assert cause_ids(coalesced) == (Verdict.BURSTY, "fixed-size-buffer")
    assert cause_ids(bursty) == (Verdict.BURSTY, "function-writes-bursts")


def test_a_buffered_body_without_other_signs_has_an_unknown_cause() -> None:
    """It has no times, no length and no proxy header."""
    probed = diagnose_model(PLAIN, stream(10, 0.05), options={"coalesce_bytes": MIB})

    assert cause_ids(probed) == (Verdict.BUFFERED, "buffering-source-unknown")
    assert "headers arrived at" in probed.diagnosis.detail


def test_the_bandwidth_limit_of_lambda_is_named() -> None:
    """Of 8 MB, 6 arrive at once and 2 at 2 MB/s. The test runs at twice the speed."""
    steps = [prelude(headers=SSE), *([b"data: " + b"x" * (64 * KIB - 8) + b"\n\n"] * 128)]
    options = {"bandwidth": True, "time_scale": 2}
    probed = diagnose_model(PLAIN, steps, options=options)

    assert cause_ids(probed) == (Verdict.BANDWIDTH_LIMITED, "lambda-bandwidth-limit")
    assert probed.is_streamed


def test_without_the_bandwidth_limit_the_same_stream_has_no_cause() -> None:
    """Eight megabytes arrive at once."""
    steps = [prelude(headers=SSE), *([b"data: " + b"x" * (64 * KIB - 8) + b"\n\n"] * 128)]

    assert diagnose_model(PLAIN, steps).verdict is not Verdict.BANDWIDTH_LIMITED


def test_the_timeout_of_a_stream_with_progress_is_named() -> None:
    """Each timeout is a second here. Only the time of the end identifies it."""
    cases = {
        "integration-timeout-default": (None, 29),
        "stream-duration-limit": (900_000, 900),
        "integration-timeout": (60_000, 60),
    }
    assert_causes(
        lambda: (
            probe_model(
                api_model(route("/{proxy+}", timeout_ms=timeout_ms)),
                {"fn": stream(60, 0.05)},
                options={"time_scale": time_scale},
                known=ApiTimeouts(
                    time_scale=time_scale,
                    integration_timeout=60 if cause == "integration-timeout" else None,
                ),
            )
            for cause, (timeout_ms, time_scale) in cases.items()
        ),
        [(Verdict.TRUNCATED, case) for case in cases],
    )


def test_the_idle_timeout_of_a_silent_stream_is_named() -> None:
    """The silence may begin late in the stream."""
    cases = [
        (EndpointType.EDGE, 30, "edge-idle-timeout", 3),
        (EndpointType.EDGE, 30, "edge-idle-timeout", 20),
        (EndpointType.REGIONAL, 300, "regional-idle-timeout", 20),
        (EndpointType.PRIVATE, 300, "regional-idle-timeout", 3),
    ]
    assert_causes(
        lambda: (
            probe_model(
                replace(PLAIN, endpoint_type=endpoint_type),
                {"fn": [*stream(before, 0.05), 60.0]},
                options={"time_scale": time_scale},
            )
            for endpoint_type, time_scale, _, before in cases
        ),
        [(Verdict.TRUNCATED, cause) for _, _, cause, _ in cases],
    )


def test_the_timeout_of_a_504_is_named() -> None:
    """The time of the 504 identifies the timeout, too."""
    cases = [
        (TransferMode.STREAM, None, None, "integration-timeout-default"),
        (TransferMode.BUFFERED, None, None, "integration-timeout-default"),
        (TransferMode.STREAM, 14_500, 14.5, "integration-timeout"),
        (TransferMode.STREAM, 7_000, None, "integration-timeout"),
    ]
    assert_causes(
        lambda: (
            probe_model(
                api_model(route("/{proxy+}", mode=mode, timeout_ms=timeout_ms)),
                {"fn": [60.0]},
                options={"time_scale": 8},
                known=ApiTimeouts(time_scale=8, integration_timeout=known),
            )
            for mode, timeout_ms, known, _ in cases
        ),
        [(Verdict.FAILED, cause) for _, _, _, cause in cases],
    )


def test_a_missing_head_at_the_edge_is_the_idle_timeout() -> None:
    """A 504 after 30 s, on a route with a timeout of 15 minutes."""
    api = replace(PLAIN, endpoint_type=EndpointType.EDGE)
    probed = diagnose_model(api, [60.0], options={"time_scale": 30})

    assert cause_ids(probed) == (Verdict.FAILED, "edge-idle-timeout")


def test_a_failure_in_mid_stream_is_a_truncated_response() -> None:
    """No limit matches the time, and none is named."""
    steps: list[Step] = [*stream(8, 0.05), FunctionError("Error", "out of luck")]

    assert cause_ids(diagnose_model(PLAIN, steps)) == (Verdict.TRUNCATED, "response-truncated")


def test_a_body_that_is_shorter_than_its_length_is_named() -> None:
    """The rest is missing."""
    steps: list[Step] = [
        prelude(headers={**SSE, "Content-Length": "4000"}),
        event(1),
        0.1,
        event(2),
        0.1,
    ]

    assert cause_ids(diagnose_model(PLAIN, steps)) == (Verdict.TRUNCATED, "content-length-mismatch")


def test_a_stream_that_ends_at_a_size_limit_is_named() -> None:
    """It is truncated at 10 MB. The test lowers the limit of the gateway."""
    steps = [prelude(headers=SSE), *([b"x" * 64 * KIB] * 200)]
    limits = GatewayLimits(stream_bytes=10 * MIB)

    assert cause_ids(diagnose_model(PLAIN, steps, limits=limits)) == (
        Verdict.TRUNCATED,
        "response-size-limit",
    )


def test_a_failure_that_the_web_adapter_writes_into_the_body_is_named() -> None:
    """The response ends as if it were complete."""
    failure = b"Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"

    assert cause_ids(diagnose_model(PLAIN, [*stream(5, 0.03), failure])) == (
        Verdict.TRUNCATED,
        "function-error-in-body",
    )


def test_a_buffered_route_is_identified_by_its_length() -> None:
    """The same events are in a Lambda proxy response."""
    api = api_model(route("/{proxy+}", mode=TransferMode.BUFFERED))
    body = b"".join(event(number) for number in range(8)).decode()
    response = json.dumps({"statusCode": 200, "headers": SSE, "body": body})
    probed = diagnose_model(api, [0.3, response.encode()])

    assert cause_ids(probed) == (Verdict.BUFFERED, "content-length-present")


FAULTS: list[tuple[str, list[Step], Verdict, str]] = [
    ("fails before its head", [FunctionError("E", "no")], Verdict.FAILED, "function-error"),
    ("is no stream", [b'{"statusCode": 200}'], Verdict.FAILED, "integration-error"),
    ("has a prelude of 20 KB", [b" " * 20_000], Verdict.FAILED, "integration-error"),
    ("writes nothing", [], Verdict.FAILED, "integration-error"),
    (
        "is throttled",
        [FunctionThrottledError("Rate Exceeded")],
        Verdict.FAILED,
        "integration-error",
    ),
    ("responds 404", [prelude(statusCode=404), b"lost"], Verdict.FAILED, "error-status"),
    ("responds 500", [prelude(statusCode=500), b"oh"], Verdict.FAILED, "error-status"),
    (
        "responds 401",
        [prelude(statusCode=401), b"who are you"],
        Verdict.DENIED,
        "rejected-by-function",
    ),
    (
        "responds 302",
        [prelude(statusCode=302, headers={"Location": "/there"})],
        Verdict.FAILED,
        "redirect",
    ),
    ("responds 204", [prelude(statusCode=204)], Verdict.EMPTY, "empty-body"),
    ("writes one event", [prelude(headers=SSE), event(1)], Verdict.INCONCLUSIVE, "too-few-chunks"),
]


@pytest.mark.parametrize(
    ("steps", "verdict", "cause"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_each_failure_of_a_function_is_named(
    steps: list[Step], verdict: Verdict, cause: str
) -> None:
    """The status and the error type of API Gateway identify it."""
    assert cause_ids(diagnose_model(PLAIN, steps)) == (verdict, cause)


def test_a_redirect_is_reported_and_not_followed() -> None:
    """The report has its target."""
    probed = diagnose_model(
        PLAIN, [prelude(statusCode=307, headers={"Location": "https://a.example/"})]
    )

    assert "Location: https://a.example/" in probed.diagnosis.detail


def test_an_unknown_path_is_a_missing_authentication_token() -> None:
    """API Gateway has this message for unknown paths."""
    api = api_model(route("/only"))

    assert cause_ids(diagnose_model(api, stream(3, 0.1), path="/other")) == (
        Verdict.DENIED,
        "missing-authentication-token",
    )


async def test_a_throttled_stage_is_named() -> None:
    """One request is allowed, the next one is not."""
    api = api_model(
        route("/{proxy+}"), stage=Stage(name="prod", throttle=Throttle(rate=0.001, burst=1))
    )

    async with gateway(api, {"fn": stream(3, 0.1)}) as served:
        first, second = [await asyncio.to_thread(probe, served.url("/x")) for _ in range(2)]

    assert first.is_streamed
    assert cause_ids(second) == (Verdict.THROTTLED, "throttled")


def test_a_request_that_is_too_large_is_named() -> None:
    """A body within API Gateway's limit can exceed Lambda's."""
    probed = diagnose_model(PLAIN, stream(3, 0.1), method="POST", body=b"x" * 7 * MIB)

    assert cause_ids(probed) == (Verdict.FAILED, "request-too-large")


def test_headers_that_are_too_large_are_named() -> None:
    """They have more than 10,240 bytes."""
    probed = diagnose_model(PLAIN, stream(3, 0.1), headers={"Cookie": "c" * 11_000})

    assert cause_ids(probed) == (Verdict.FAILED, "request-too-large")


async def test_a_path_outside_the_stage_and_a_foreign_host_are_forbidden() -> None:
    """A domain name of another API responds the same."""

    async with gateway(PLAIN, {"fn": stream(3, 0.1)}) as served:
        elsewhere = f"http://127.0.0.1:{served.port}/other/x"
        host = {"Host": "attacker.example"}
        result = [
            await asyncio.to_thread(probe, elsewhere),
            await asyncio.to_thread(probe, served.url("/x"), headers=host),
        ]

    assert [cause_ids(diagnosed) for diagnosed in result] == [(Verdict.DENIED, "forbidden")] * 2


async def test_a_used_quota_differs_from_a_throttle() -> None:
    """Both are a 429."""
    key = ApiKey(
        id="key1", name="Partner", origin=SourceLocation(), value="a-value-of-the-template"
    )

    def plan(**limits: Any) -> ApiModel:
        usage = UsagePlan(
            id="plan", name="Basic", api_keys=(key,), origin=SourceLocation(), **limits
        )
        keyed_route = replace(route("/{proxy+}"), access=MethodAuthorization(api_key_required=True))
        return api_model(keyed_route, usage_plans=(usage,))

    async def twice(api: ApiModel) -> ProbeResult:
        async with gateway(api, {"fn": stream(3, 0.1)}) as served:
            for _ in range(2):
                headers = {"x-api-key": "a-value-of-the-template"}
                last = await asyncio.to_thread(probe, served.url("/x"), headers=headers)
            return last

    quota = await twice(plan(quota=Quota(limit=1, period=QuotaPeriod.MONTH)))
    throttle = await twice(plan(throttle=Throttle(rate=0.001, burst=1)))

    assert cause_ids(quota) == (Verdict.THROTTLED, "quota-exceeded")
    assert cause_ids(throttle) == (Verdict.THROTTLED, "throttled")


@pytest.mark.parametrize(
    ("path", "steps", "verdict", "cause"),
    [
        ("/x", [FunctionError("Error", "out of luck")], Verdict.FAILED, "authorizer-failure"),
        ("/x", [b'"no policy"'], Verdict.FAILED, "authorizer-failure"),
        ("/x", [FunctionError("Error", "Unauthorized")], Verdict.DENIED, "unauthorized"),
        ("/" + "x" * 1700, [b"{}"], Verdict.FAILED, "request-too-large"),
    ],
)
async def test_each_failure_of_an_authorizer_is_named(
    path: str, steps: list[Step], verdict: Verdict, cause: str
) -> None:
    """Its error, and its denial."""
    authorizer = Authorizer(
        type=AuthorizerType.TOKEN,
        name="Auth",
        origin=SourceLocation(),
        function="auth",
        identity_sources=("method.request.header.Authorization",),
    )
    api = api_model(replace(route("/{proxy+}"), access=MethodAuthorization(authorizer=authorizer)))
    functions: dict[str, Sequence[Step]] = {"fn": stream(3, 0.1), "auth": steps}
    headers = {"Authorization": "t"}
    probed = await probe_model(api, functions, path=path, headers=headers)

    assert cause_ids(probed) == (verdict, cause)


def test_a_mock_that_fails_is_malformed_output() -> None:
    """The template of the integration has no status."""
    broken = Route(
        method="ANY",
        path="/{proxy+}",
        origin=SourceLocation(),
        integration=Integration(type="mock", transfer_mode=TransferMode.BUFFERED),
    )

    assert cause_ids(diagnose_model(api_model(broken), [])) == (Verdict.FAILED, "integration-error")

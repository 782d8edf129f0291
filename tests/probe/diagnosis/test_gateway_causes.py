"""Every fault of the local gateway's list, injected over real sockets: the probe names it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import KIB, MIB
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.lambda_.invocation import (
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

SSE = {"Content-Type": "text/event-stream"}
PLAIN = api_model(route("/{proxy+}", timeout_ms=900_000))


def event(number: int) -> bytes:
    """An event of 40 bytes."""
    return f'data: {{"n": {number:4}, "pad": "{"x" * 10}"}}\n\n'.encode()


def stream(count: int, pause: float) -> list[Step]:
    steps: list[Step] = [prelude(headers=SSE)]
    for number in range(count):
        steps += [event(number), pause]
    return steps


class StampingFunctions(InMemoryFunctions):
    """Writes events that say when they were written: apart, or all at once after as long.

    Those without a pause are made together, however long a busy machine takes to send them.
    """

    async def invoke(
        self, function_id: str, payload: bytes, *, trace_id: str, **_: object
    ) -> InMemoryStream:
        self.events.append({"size": len(payload)})
        self.traces.append(trace_id)
        return Stamping(self.answers[function_id])


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


async def asked(
    api: ApiModel,
    functions: InMemoryFunctions | dict[str, Sequence[Step]],
    *,
    path: str = "/x",
    limits: GatewayLimits | None = None,
    known: ApiTimeouts | None = None,
    options: dict[str, Any] | None = None,
    **request: Any,
) -> ProbeResult:
    given = GatewayOptions(**(options or {}))
    async with gateway(api, functions, options=given, limits=limits) as served:
        known = known or ApiTimeouts(time_scale=given.time_scale)
        return await asyncio.to_thread(
            probe, served.url(path), expected_timeouts=known, timeout=20, **request
        )


def found(api: ApiModel, steps: Sequence[Step] | InMemoryFunctions, **given: Any) -> ProbeResult:
    functions = steps if isinstance(steps, InMemoryFunctions) else {"fn": steps}
    return asyncio.run(asked(api, functions, **given))


def named(probed: ProbeResult) -> tuple[Verdict, str | None]:
    return probed.verdict, probed.cause.id if probed.cause else None


def each_of(*cases: Coroutine[Any, Any, ProbeResult]) -> list[ProbeResult]:
    """Probe several APIs at the same time: nearly all of the time they wait."""

    async def run() -> list[ProbeResult]:
        return await asyncio.gather(*cases)

    return asyncio.run(run())


def test_a_stream_that_nothing_disturbs_has_no_cause() -> None:
    """Ten events, apart."""
    assert named(found(PLAIN, stream(10, 0.05))) == (Verdict.STREAMED, None)


def test_coalescing_is_named_with_the_size_of_the_buffer() -> None:
    """To within one event."""
    sizes = (100, 200, 450)
    for size, probed in zip(
        sizes,
        each_of(
            *(
                asked(PLAIN, {"fn": stream(40, 0.03)}, options={"coalesce_bytes": size})
                for size in sizes
            )
        ),
        strict=True,
    ):
        assert named(probed) == (Verdict.BURSTY, "fixed-size-buffer")
        assert probed.diagnosis.buffer_bytes is not None
        assert size <= probed.diagnosis.buffer_bytes < size + len(event(0))


def test_coalescing_of_a_whole_body_is_told_from_a_function_that_waits() -> None:
    """By the times within the chunks, although both arrive in one piece at the end."""
    apart, together = [0.05] * 10, [2.0, *[0.0] * 9]
    held, waited = each_of(
        asked(PLAIN, StampingFunctions({"fn": apart}), options={"coalesce_bytes": MIB}),
        asked(PLAIN, StampingFunctions({"fn": together})),
    )

    assert named(held) == (Verdict.BUFFERED, "path-buffers")
    assert named(waited) == (Verdict.BUFFERED, "function-buffers")
    assert held.diagnosis.path_delay is not None
    assert waited.diagnosis.path_delay is not None
    assert held.diagnosis.path_delay > 0.3 > waited.diagnosis.path_delay


def test_coalescing_is_told_from_a_function_that_writes_in_bursts() -> None:
    """The same arrivals, with different times within."""
    bursts = [0.3, *[0.0] * 4] * 4
    held, written = each_of(
        asked(PLAIN, StampingFunctions({"fn": [0.03] * 40}), options={"coalesce_bytes": 300}),
        asked(PLAIN, StampingFunctions({"fn": bursts})),
    )

    assert named(held) == (Verdict.BURSTY, "fixed-size-buffer")
    assert named(written) == (Verdict.BURSTY, "function-writes-bursts")


def test_a_whole_body_that_nothing_tells_of_was_held_back() -> None:
    """No times within, no length, no proxy: that is said, too."""
    probed = found(PLAIN, stream(10, 0.05), options={"coalesce_bytes": MIB})

    assert named(probed) == (Verdict.BUFFERED, "buffering-source-unknown")
    assert "headers arrived at" in probed.diagnosis.detail


def test_lambdas_bandwidth_is_named() -> None:
    """Of 8 MB, 6 come at once and 2 at 2 MB/s; here twice as fast."""
    steps = [prelude(headers=SSE), *([b"data: " + b"x" * (64 * KIB - 8) + b"\n\n"] * 128)]
    options = {"bandwidth": True, "time_scale": 2}
    probed = found(PLAIN, steps, options=options)

    assert named(probed) == (Verdict.BANDWIDTH_LIMITED, "lambda-bandwidth-limit")
    assert probed.is_streamed


def test_without_its_bandwidth_the_same_stream_is_not_slowed() -> None:
    """Eight megabytes as fast as they come."""
    steps = [prelude(headers=SSE), *([b"data: " + b"x" * (64 * KIB - 8) + b"\n\n"] * 128)]

    assert found(PLAIN, steps).verdict is not Verdict.BANDWIDTH_LIMITED


def test_a_stream_that_moves_is_cut_by_the_timeout_that_is_named() -> None:
    """Each is a second here; only the moment of the end identifies it."""
    cases = {
        "integration-timeout-default": (None, 29),
        "stream-duration-limit": (900_000, 900),
        "integration-timeout": (60_000, 60),
    }
    results = each_of(
        *(
            asked(
                api_model(route("/{proxy+}", timeout_ms=timeout_ms)),
                {"fn": stream(60, 0.05)},
                options={"time_scale": time_scale},
                known=ApiTimeouts(
                    time_scale=time_scale,
                    integration_timeout=60 if cause == "integration-timeout" else None,
                ),
            )
            for cause, (timeout_ms, time_scale) in cases.items()
        )
    )

    assert [named(probed) for probed in results] == [(Verdict.TRUNCATED, case) for case in cases]


def test_silence_is_cut_by_the_idle_limit_that_is_named() -> None:
    """Also if the silence begins late in the stream."""
    cases = [
        (EndpointType.EDGE, 30, "edge-idle-timeout", 3),
        (EndpointType.EDGE, 30, "edge-idle-timeout", 20),
        (EndpointType.REGIONAL, 300, "regional-idle-timeout", 20),
        (EndpointType.PRIVATE, 300, "regional-idle-timeout", 3),
    ]
    results = each_of(
        *(
            asked(
                replace(PLAIN, endpoint_type=endpoint_type),
                {"fn": [*stream(before, 0.05), 60.0]},
                options={"time_scale": time_scale},
            )
            for endpoint_type, time_scale, _, before in cases
        )
    )

    assert [named(probed) for probed in results] == [
        (Verdict.TRUNCATED, cause) for _, _, cause, _ in cases
    ]


def test_a_response_that_never_begins_is_a_504_of_the_timeout_that_is_named() -> None:
    """The moment of the 504 identifies the timeout, too."""
    cases = [
        (TransferMode.STREAM, None, None, "integration-timeout-default"),
        (TransferMode.BUFFERED, None, None, "integration-timeout-default"),
        (TransferMode.STREAM, 14_500, 14.5, "integration-timeout"),
        (TransferMode.STREAM, 7_000, None, "integration-timeout"),
    ]
    results = each_of(
        *(
            asked(
                api_model(route("/{proxy+}", mode=mode, timeout_ms=timeout_ms)),
                {"fn": [60.0]},
                options={"time_scale": 8},
                known=ApiTimeouts(time_scale=8, integration_timeout=known),
            )
            for mode, timeout_ms, known, _ in cases
        )
    )

    assert [named(probed) for probed in results] == [
        (Verdict.FAILED, cause) for _, _, _, cause in cases
    ]


def test_a_head_that_never_comes_at_the_edge_is_its_idle_limit() -> None:
    """A 504 after 30 s on a route that may take 15 minutes."""
    api = replace(PLAIN, endpoint_type=EndpointType.EDGE)
    probed = found(api, [60.0], options={"time_scale": 30})

    assert named(probed) == (Verdict.FAILED, "edge-idle-timeout")


def test_a_function_that_fails_in_mid_stream_broke_off() -> None:
    """No limit explains the moment, and none is named."""
    steps: list[Step] = [*stream(8, 0.05), FunctionError("Error", "out of luck")]

    assert named(found(PLAIN, steps)) == (Verdict.TRUNCATED, "response-truncated")


def test_an_announced_length_that_is_not_kept_is_named() -> None:
    """The rest is missing."""
    steps: list[Step] = [
        prelude(headers={**SSE, "Content-Length": "4000"}),
        event(1),
        0.1,
        event(2),
        0.1,
    ]

    assert named(found(PLAIN, steps)) == (Verdict.TRUNCATED, "content-length-mismatch")


def test_a_stream_that_ends_at_a_limit_of_size_is_named() -> None:
    """Cut where 10 MB are full; the gateway's own limit is lowered for the test."""
    steps = [prelude(headers=SSE), *([b"x" * 64 * KIB] * 200)]
    limits = GatewayLimits(stream_bytes=10 * MIB)

    assert named(found(PLAIN, steps, limits=limits)) == (Verdict.TRUNCATED, "response-size-limit")


def test_a_failure_that_the_web_adapter_writes_into_the_body_is_named() -> None:
    """The answer ends as if it were whole."""
    failure = b"Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"

    assert named(found(PLAIN, [*stream(5, 0.03), failure])) == (
        Verdict.TRUNCATED,
        "function-error-in-body",
    )


def test_a_buffered_route_is_named_by_its_length() -> None:
    """The same function's events, in a Lambda proxy response."""
    api = api_model(route("/{proxy+}", mode=TransferMode.BUFFERED))
    body = b"".join(event(number) for number in range(8)).decode()
    answer = json.dumps({"statusCode": 200, "headers": SSE, "body": body})
    probed = found(api, [0.3, answer.encode()])

    assert named(probed) == (Verdict.BUFFERED, "content-length-present")


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
    ("answers 404", [prelude(statusCode=404), b"lost"], Verdict.FAILED, "error-status"),
    ("answers 500", [prelude(statusCode=500), b"oh"], Verdict.FAILED, "error-status"),
    (
        "answers 401",
        [prelude(statusCode=401), b"who are you"],
        Verdict.DENIED,
        "rejected-by-function",
    ),
    (
        "answers 302",
        [prelude(statusCode=302, headers={"Location": "/there"})],
        Verdict.FAILED,
        "redirect",
    ),
    ("answers 204", [prelude(statusCode=204)], Verdict.EMPTY, "empty-body"),
    ("writes one event", [prelude(headers=SSE), event(1)], Verdict.INCONCLUSIVE, "too-few-chunks"),
]


@pytest.mark.parametrize(
    ("steps", "verdict", "cause"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_what_a_function_does_wrong_is_named(
    steps: list[Step], verdict: Verdict, cause: str
) -> None:
    """Each fault by its status and what API Gateway says of it."""
    assert named(found(PLAIN, steps)) == (verdict, cause)


def test_a_redirection_is_said_and_not_followed() -> None:
    """With where it leads."""
    probed = found(PLAIN, [prelude(statusCode=307, headers={"Location": "https://a.example/"})])

    assert "Location: https://a.example/" in probed.diagnosis.detail


def test_a_path_that_there_is_not_is_missing_authentication() -> None:
    """As API Gateway says, to everybody's surprise."""
    api = api_model(route("/only"))

    assert named(found(api, stream(3, 0.1), path="/other")) == (
        Verdict.DENIED,
        "missing-authentication-token",
    )


def test_a_throttled_stage_is_named() -> None:
    """One request passes, the next one does not."""
    api = api_model(
        route("/{proxy+}"), stage=Stage(name="prod", throttle=Throttle(rate=0.001, burst=1))
    )

    async def run() -> list[ProbeResult]:
        async with gateway(api, {"fn": stream(3, 0.1)}) as served:
            return [await asyncio.to_thread(probe, served.url("/x")) for _ in range(2)]

    first, second = asyncio.run(run())

    assert first.is_streamed
    assert named(second) == (Verdict.THROTTLED, "throttled")


def test_a_request_that_is_too_large_is_named() -> None:
    """A body within API Gateway's limit can be over Lambda's."""
    probed = found(PLAIN, stream(3, 0.1), method="POST", body=b"x" * 7 * MIB)

    assert named(probed) == (Verdict.FAILED, "request-too-large")


def test_headers_that_are_too_large_are_named() -> None:
    """More than 10,240 bytes."""
    probed = found(PLAIN, stream(3, 0.1), headers={"Cookie": "c" * 11_000})

    assert named(probed) == (Verdict.FAILED, "request-too-large")


def test_a_path_outside_the_stage_and_a_host_of_somebody_elses_are_forbidden() -> None:
    """As on a domain that is not the API's."""

    async def run() -> list[ProbeResult]:
        async with gateway(PLAIN, {"fn": stream(3, 0.1)}) as served:
            elsewhere = f"http://127.0.0.1:{served.port}/other/x"
            host = {"Host": "attacker.example"}
            return [
                await asyncio.to_thread(probe, elsewhere),
                await asyncio.to_thread(probe, served.url("/x"), headers=host),
            ]

    assert [named(each) for each in asyncio.run(run())] == [(Verdict.DENIED, "forbidden")] * 2


def test_a_quota_that_is_used_up_is_told_from_a_throttle() -> None:
    """Both are a 429."""
    key = ApiKey(
        id="key1", name="Partner", origin=SourceLocation(), value="a-value-of-the-template"
    )

    def plan(**limits: Any) -> ApiModel:
        usage = UsagePlan(
            id="plan", name="Basic", api_keys=(key,), origin=SourceLocation(), **limits
        )
        kept = replace(route("/{proxy+}"), access=MethodAuthorization(api_key_required=True))
        return api_model(kept, usage_plans=(usage,))

    async def twice(api: ApiModel) -> ProbeResult:
        async with gateway(api, {"fn": stream(3, 0.1)}) as served:
            for _ in range(2):
                headers = {"x-api-key": "a-value-of-the-template"}
                last = await asyncio.to_thread(probe, served.url("/x"), headers=headers)
            return last

    quota = asyncio.run(twice(plan(quota=Quota(limit=1, period=QuotaPeriod.MONTH))))
    throttle = asyncio.run(twice(plan(throttle=Throttle(rate=0.001, burst=1))))

    assert named(quota) == (Verdict.THROTTLED, "quota-exceeded")
    assert named(throttle) == (Verdict.THROTTLED, "throttled")


@pytest.mark.parametrize(
    ("path", "steps", "verdict", "cause"),
    [
        ("/x", [FunctionError("Error", "out of luck")], Verdict.FAILED, "authorizer-failure"),
        ("/x", [b'"no policy"'], Verdict.FAILED, "authorizer-failure"),
        ("/x", [FunctionError("Error", "Unauthorized")], Verdict.DENIED, "unauthorized"),
        ("/" + "x" * 1700, [b"{}"], Verdict.FAILED, "request-too-large"),
    ],
)
def test_what_an_authorizer_does_wrong_is_named(
    path: str, steps: list[Step], verdict: Verdict, cause: str
) -> None:
    """Its own failure, and what it refuses."""
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
    probed = asyncio.run(asked(api, functions, path=path, headers=headers))

    assert named(probed) == (verdict, cause)


def test_a_mock_that_cannot_answer_is_malformed_output() -> None:
    """An integration whose template gives no status."""
    broken = Route(
        method="ANY",
        path="/{proxy+}",
        origin=SourceLocation(),
        integration=Integration(type="mock", transfer_mode=TransferMode.BUFFERED),
    )

    assert named(found(api_model(broken), [])) == (Verdict.FAILED, "integration-error")

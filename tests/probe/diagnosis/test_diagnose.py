"""The diagnosis of a response, without a socket."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.limits import KIB, MIB
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.diagnose import diagnose
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival, Timeline

SSE = "text/event-stream"
EVENTS = [b"data: %d\n\n" % number for number in range(10)]
REST_API = {"x-amz-apigw-id": "abc="}


def response_of(
    arrivals: list[tuple[float, bytes]],
    headers: dict[str, str] | None = None,
    *,
    status: int = 200,
    content_type: str = SSE,
    total: float | None = None,
    head: float | None = 0.01,
    fault: TransportErrorKind | None = None,
) -> Response:
    """Return a response whose body arrived at these times."""
    chunks = tuple(Arrival(at, data) for at, data in arrivals)
    end = total if total is not None else chunks[-1].at + 0.01 if chunks else 1.0
    pairs = tuple((headers or {}).items())
    words = fault.value if fault else None
    return Response(status, content_type, Timeline(chunks, end, head), words, fault, pairs)


def verdict_and_cause(response: Response, **timeouts: Any) -> tuple[Verdict, str | None]:
    diagnosis = diagnose(response, ApiTimeouts(**timeouts))
    return diagnosis.verdict, diagnosis.cause.id if diagnosis.cause else None


AT_ONCE = [(1.0, b"".join(EVENTS))]
APART = [(0.1 * number, event) for number, event in enumerate(EVENTS, 1)]


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({}, "buffering-source-unknown"),
        ({"Content-Length": "90"}, "content-length-present"),
        ({"Via": "1.1 vegur, 1.1 varnish"}, "buffering-intermediary"),
        ({"Server": "nginx/1.29"}, "buffering-intermediary"),
        ({"CF-Ray": "8f1-FRA", "Server": "cloudflare"}, "buffering-intermediary"),
        ({"X-Cache": "MISS"}, "buffering-intermediary"),
        ({"Apigw-Requestid": "abc=", "Content-Length": "90"}, "http-api"),
        # CloudFront passes on what it gets: it is mentioned, and not blamed.
        (
            {"X-Amz-Cf-Id": "x", "Via": "1.1 a.cloudfront.net (CloudFront)"},
            "buffering-source-unknown",
        ),
        # So is the server of the function's own, which API Gateway renames.
        ({**REST_API, "x-amzn-Remapped-Server": "nginx"}, "buffering-source-unknown"),
    ],
)
def test_headers_identify_the_buffering_intermediary(headers: dict[str, str], cause: str) -> None:
    """Without a header, no intermediary is named."""
    assert verdict_and_cause(response_of(AT_ONCE, headers)) == (Verdict.BUFFERED, cause)


def test_proxies_are_named_with_their_headers() -> None:
    """Each is named once, whatever the number of its headers."""
    headers = {
        "X-Amz-Cf-Id": "x",
        "X-Cache": "Miss from cloudfront",
        "Via": "1.1 a.cloudfront.net (CloudFront), 1.1 squid",
        "Server": "envoy",
    }
    diagnosis = diagnose(response_of(APART, headers))

    assert [intermediary.name for intermediary in diagnosis.intermediaries] == [
        "CloudFront",
        "Envoy",
        "Squid",
    ]
    assert diagnosis.intermediaries[0].evidence == "x-amz-cf-id: x"
    assert diagnosis.verdict is Verdict.STREAMED


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_is_decoded_for_the_verdict(encoding: str) -> None:
    """If the server flushes each event it streams. Otherwise the compression is the cause."""
    window = zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS
    packer = zlib.compressobj(wbits=window)
    flushed = [(at, packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)) for at, data in APART]
    body = b"".join(EVENTS)
    compressed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    headers = {"Content-Encoding": encoding}

    streamed = diagnose(response_of(flushed, headers))
    assert (streamed.verdict, streamed.chunks, streamed.compression) == (
        Verdict.STREAMED,
        10,
        encoding,
    )
    assert verdict_and_cause(response_of([(1.0, compressed)], headers)) == (
        Verdict.BUFFERED,
        "compression-buffering",
    )


def test_the_verdict_of_an_unknown_encoding_is_by_arrivals() -> None:
    """A body with a wrong Content-Encoding is no error."""
    assert diagnose(response_of(APART, {"Content-Encoding": "br"})).verdict is Verdict.STREAMED
    assert diagnose(response_of(APART, {"Content-Encoding": "gzip"})).verdict is Verdict.STREAMED


def test_a_large_body_with_a_length_is_inconclusive() -> None:
    """The network delivers it in several reads. Without a length, it was streamed."""
    reads = [(0.1 + 0.05 * number, b"x" * 64 * KIB) for number in range(20)]
    length = {"Content-Length": str(20 * 64 * KIB)}
    kind = "application/octet-stream"

    assert verdict_and_cause(response_of(reads, length, content_type=kind)) == (
        Verdict.INCONCLUSIVE,
        "network-limited",
    )
    assert verdict_and_cause(response_of(reads, content_type=kind)) == (Verdict.STREAMED, None)


@pytest.mark.parametrize(
    ("bend", "cause"), [(6, "lambda-bandwidth-limit"), (10, "api-gateway-bandwidth-limit")]
)
@pytest.mark.parametrize("before", [4.0, 50.0])
def test_the_rate_change_identifies_the_bandwidth_limit(
    bend: int, cause: str, before: float
) -> None:
    """Two megabytes a second after 6 MB, or after 10."""
    at, reads = 0.5, []
    for number in range(16 * 16):
        at += 1 / 16 / (before if number < bend * 16 else 2)
        reads.append((at, b"x" * (MIB // 16)))
    response = response_of(reads, content_type="application/octet-stream")

    assert verdict_and_cause(response) == (Verdict.BANDWIDTH_LIMITED, cause)


@given(rate=st.floats(0.1, 100), megabytes=st.integers(1, 16))
def test_a_constant_rate_is_never_a_bandwidth_limit(rate: float, megabytes: int) -> None:
    """A slow network has no rate change."""
    reads = [(0.5 + n / 16 / rate, b"x" * (MIB // 16)) for n in range(megabytes * 16)]

    assert (
        diagnose(response_of(reads, content_type="image/png")).verdict
        is not Verdict.BANDWIDTH_LIMITED
    )


LIMITS = {
    29: "integration-timeout-default",
    900: "stream-duration-limit",
    3: "function-timeout-default",
}


@given(
    limit=st.sampled_from(sorted(LIMITS)),
    late=st.floats(0, 0.45),
    pace=st.floats(0.3, 1.4),
    scale=st.sampled_from([1.0, 2.0]),
)
def test_the_end_time_of_a_stream_identifies_its_timeout(
    limit: int, late: float, pace: float, scale: float
) -> None:
    """Its rate and a late end do not matter."""
    end = limit / scale + late
    moving = [(pace * n, b"data: x\n\n") for n in range(int(end / pace))]
    response = response_of(moving or [(0.1, b"x")], total=end, fault=TransportErrorKind.TRUNCATED)

    assert verdict_and_cause(response, time_scale=scale) == (Verdict.TRUNCATED, LIMITS[limit])


@given(last=st.floats(35, 500), idle=st.sampled_from([30, 300]), late=st.floats(-0.05, 0.4))
def test_the_length_of_a_silence_identifies_the_idle_timeout(
    last: float, idle: int, late: float
) -> None:
    """Its start in the stream does not matter."""
    response = response_of(
        [(n, b"data: x\n\n") for n in [*range(1, 35), last]],
        total=last + idle + late,
        fault=TransportErrorKind.TRUNCATED,
    )
    cause = "edge-idle-timeout" if idle == 30 else "regional-idle-timeout"

    if abs(last + idle + late - 900) > 20:
        assert verdict_and_cause(response) == (Verdict.TRUNCATED, cause)


@given(end=st.floats(4, 28.8) | st.floats(31, 290))
def test_an_end_without_a_matching_limit_is_no_timeout(end: float) -> None:
    """A function that failed has another cause."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(int(end / 0.5) + 1)]

    assert verdict_and_cause(
        response_of(moving, total=end, fault=TransportErrorKind.TRUNCATED)
    ) == (
        Verdict.TRUNCATED,
        "response-truncated",
    )


def test_an_end_at_a_whole_second_is_reported() -> None:
    """Most timeouts are whole seconds. The cause stays unknown."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(120)]
    diagnosis = diagnose(response_of(moving, total=60.1, fault=TransportErrorKind.TRUNCATED))

    assert diagnosis.cause is not None
    assert diagnosis.cause.id == "response-truncated"
    assert "about 60 s: compare the timeouts" in diagnosis.detail


def test_a_given_timeout_is_named() -> None:
    """That of the integration or that of the function."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(120)]
    response = response_of(moving, total=60.1, fault=TransportErrorKind.TRUNCATED)

    assert (
        verdict_and_cause(response, integration_timeout=60, function_timeout=90)[1]
        == "integration-timeout"
    )
    assert (
        verdict_and_cause(response, integration_timeout=90, function_timeout=60)[1]
        == "function-timeout"
    )


@pytest.mark.parametrize(
    ("status", "kind", "body", "verdict", "cause"),
    [
        (
            403,
            "MissingAuthenticationTokenException",
            b"own words",
            "denied",
            "missing-authentication-token",
        ),
        (403, "AccessDeniedException", b"", "denied", "access-denied"),
        (403, "ForbiddenException", b"", "denied", "forbidden"),
        (403, "InvalidSignatureException", b"", "denied", "invalid-signature"),
        (403, "ExpiredTokenException:http://x/", b"", "denied", "expired-token"),
        (401, "UnauthorizedException", b"", "denied", "unauthorized"),
        (429, "TooManyRequestsException", b"", "throttled", "throttled"),
        (429, "LimitExceededException", b"", "throttled", "quota-exceeded"),
        (429, "", b'{"message":"Limit Exceeded"}', "throttled", "quota-exceeded"),
        (429, "", b"slow down", "throttled", "throttled"),
        (403, "", b'{"Message":"User: anonymous is not authorized"}', "denied", "access-denied"),
        (403, "", b"<html>", "denied", "rejected-by-function"),
        (500, "AuthorizerConfigurationException", b"", "failed", "authorizer-failure"),
        (500, "", b'{"message":null}', "failed", "authorizer-failure"),
        (503, "", b"[]", "failed", "error-status"),
        (418, "", b"\xff", "failed", "error-status"),
    ],
)
def test_errors_of_api_gateway_are_recognized(
    status: int, kind: str, body: bytes, verdict: str, cause: str
) -> None:
    """By their type, else by their message, else by their status."""
    headers = {"x-amzn-ErrorType": kind} if kind else {}
    response = response_of([(0.1, body)], headers, status=status)

    assert verdict_and_cause(response) == (Verdict(verdict), cause)


@pytest.mark.parametrize("fault", TransportErrorKind)
def test_every_error_before_a_response_has_a_cause(fault: TransportErrorKind) -> None:
    """An interruption by the user has none."""
    response = response_of([], status=0, head=None, fault=fault)
    verdict, cause = verdict_and_cause(response)

    assert verdict is Verdict.NO_RESPONSE
    assert (cause is None) is fault.is_intentional


@pytest.mark.parametrize("fault", [TransportErrorKind.STOPPED, TransportErrorKind.INTERRUPTED])
def test_the_verdict_of_a_stopped_request_is_by_its_arrivals(fault: TransportErrorKind) -> None:
    """The response counts as complete."""
    assert verdict_and_cause(response_of(APART, fault=fault)) == (Verdict.STREAMED, None)


TIMES = st.lists(st.floats(0, 100), max_size=30).map(sorted)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Encoding", "Content-Length", "Via", "Server", "x-amzn-ErrorType"]),
    st.sampled_from(["", "gzip", "12", "-1", "²", "nginx", "deflate"]),
)


@given(
    times=TIMES,
    data=st.binary(max_size=40) | st.sampled_from([*EVENTS, b'{"ts": 1795000000.5}\n']),
    headers=HEADERS,
    status=st.integers(0, 599),
    kind=st.sampled_from([SSE, "text/plain", "application/json-seq", "application/jsonl", "", "x"]),
    fault=st.none() | st.sampled_from(TransportErrorKind),
    rest=st.floats(0, 100),
)
def test_every_response_has_a_verdict(
    times: list[float],
    data: bytes,
    headers: dict[str, str],
    status: int,
    kind: str,
    fault: TransportErrorKind | None,
    rest: float,
) -> None:
    """An error or a truncated response is never a stream."""
    arrivals = [(at, data) for at in times if data]
    total = (times[-1] if times else 0) + rest
    response = response_of(
        arrivals, headers, status=status, content_type=kind, total=total, fault=fault
    )
    diagnosis = diagnose(response)

    if not 200 <= status < 300 or (fault and not fault.is_intentional):
        assert not diagnosis.verdict.is_streamed
    assert diagnosis.verdict is Verdict.STREAMED or diagnosis.cause or not status


def test_a_renamed_challenge_is_a_warning() -> None:
    """API Gateway renames the WWW-Authenticate header of a function."""
    headers = {"x-amzn-Remapped-WWW-Authenticate": 'Bearer realm="x"'}
    diagnosis = diagnose(response_of(APART, headers, status=401))

    (warning,) = diagnosis.warnings
    assert diagnosis.cause is causes.REJECTED_BY_FUNCTION
    assert warning.cause is causes.REMAPPED_WWW_AUTHENTICATE
    assert 'Bearer realm="x"' in warning.detail


@pytest.mark.parametrize(
    ("allowed", "origin", "detail"),
    [
        (None, None, None),
        ("*", "https://app.test", None),
        ("https://app.test", "https://app.test", None),
        (None, "https://app.test", "Origin: https://app.test, no Access-Control-Allow-Origin"),
        ("https://other.test", "https://app.test", "Access-Control-Allow-Origin: https://other"),
        ("https://app.test, *", "https://app.test", "Access-Control-Allow-Origin: https://app"),
        ("HTTPS://APP.TEST", "https://app.test", "Access-Control-Allow-Origin: HTTPS"),
    ],
)
def test_an_origin_that_the_response_does_not_allow_is_a_warning(
    allowed: str | None, origin: str | None, detail: str | None
) -> None:
    """The check is that of CORS in a browser. The verdict stays the same."""
    headers = {"Access-Control-Allow-Origin": allowed} if allowed else {}
    diagnosis = diagnose(response_of(APART, headers), origin=origin)

    assert diagnosis.verdict is Verdict.STREAMED
    assert [warning.cause for warning in diagnosis.warnings] == (
        [causes.ORIGIN_NOT_ALLOWED] if detail else []
    )
    assert all(detail and detail in warning.detail for warning in diagnosis.warnings)


def test_without_a_response_there_is_no_warning() -> None:
    """A browser would report only the network error."""
    failed = response_of([], status=0, fault=TransportErrorKind.CONNECTION_REFUSED)

    assert diagnose(failed, origin="https://app.test").warnings == ()


def test_an_unsupported_method_is_reported_with_the_supported_ones() -> None:
    """The Allow header of the response has them."""
    diagnosis = diagnose(response_of(APART, {"Allow": "POST, PUT"}, status=405))

    assert diagnosis.cause is causes.METHOD_NOT_ALLOWED
    assert diagnosis.detail == "status 405, Allow: POST, PUT"
    assert "-X POST" in diagnosis.cause.fix


def test_the_body_of_an_error_is_not_part_of_the_diagnosis() -> None:
    """It may contain personal data. Secrets in a redirect target are replaced."""
    body = b'{"message": "user jane@example.com"}'
    failed = diagnose(response_of([(0.1, body)], status=500))
    headers = {"Location": "https://me:pw@host.test/x?token=secret&page=2"}
    redirected = diagnose(response_of([(0.1, body)], headers, status=302))

    assert "jane" not in repr(failed)
    assert redirected.detail == "status 302, Location: https://host.test/x?token=***&page=2"

"""The judgement on what came back, without a socket."""

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


def answer(
    arrivals: list[tuple[float, bytes]],
    headers: dict[str, str] | None = None,
    *,
    status: int = 200,
    content_type: str = SSE,
    total: float | None = None,
    head: float | None = 0.01,
    fault: TransportErrorKind | None = None,
) -> Response:
    """A response whose body arrived so."""
    pieces = tuple(Arrival(at, data) for at, data in arrivals)
    end = total if total is not None else pieces[-1].at + 0.01 if pieces else 1.0
    pairs = tuple((headers or {}).items())
    words = fault.value if fault else None
    return Response(status, content_type, Timeline(pieces, end, head), words, fault, pairs)


def named(response: Response, **known: Any) -> tuple[Verdict, str | None]:
    found = diagnose(response, ApiTimeouts(**known))
    return found.verdict, found.cause.id if found.cause else None


WHOLE = [(1.0, b"".join(EVENTS))]
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
def test_who_held_a_body_back_is_told_by_the_headers(headers: dict[str, str], cause: str) -> None:
    """Whoever gathers leaves a sign, or nobody is blamed."""
    assert named(answer(WHOLE, headers)) == (Verdict.BUFFERED, cause)


def test_proxies_are_named_with_their_headers() -> None:
    """Each once, whatever the number of its signs."""
    headers = {
        "X-Amz-Cf-Id": "x",
        "X-Cache": "Miss from cloudfront",
        "Via": "1.1 a.cloudfront.net (CloudFront), 1.1 squid",
        "Server": "envoy",
    }
    found = diagnose(answer(APART, headers))

    assert [each.name for each in found.intermediaries] == ["CloudFront", "Envoy", "Squid"]
    assert found.intermediaries[0].evidence == "x-amz-cf-id: x"
    assert found.verdict is Verdict.STREAMED


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_is_unpacked_to_be_judged(encoding: str) -> None:
    """Flushed after each event it streams; packed whole it does not, and that is the cause."""
    window = zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS
    packer = zlib.compressobj(wbits=window)
    flushed = [(at, packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)) for at, data in APART]
    body = b"".join(EVENTS)
    whole = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    headers = {"Content-Encoding": encoding}

    streamed = diagnose(answer(flushed, headers))
    assert (streamed.verdict, streamed.chunks, streamed.compression) == (
        Verdict.STREAMED,
        10,
        encoding,
    )
    assert named(answer([(1.0, whole)], headers)) == (Verdict.BUFFERED, "compression-buffering")


def test_an_encoding_that_is_not_known_is_judged_by_its_arrivals() -> None:
    """And what calls itself gzip and is not does no harm."""
    assert diagnose(answer(APART, {"Content-Encoding": "br"})).verdict is Verdict.STREAMED
    assert diagnose(answer(APART, {"Content-Encoding": "gzip"})).verdict is Verdict.STREAMED


def test_a_large_body_of_known_length_tells_nothing_by_coming_in_reads() -> None:
    """That is how the network delivers it; without a length, it was sent as it came."""
    reads = [(0.1 + 0.05 * number, b"x" * 64 * KIB) for number in range(20)]
    length = {"Content-Length": str(20 * 64 * KIB)}
    kind = "application/octet-stream"

    assert named(answer(reads, length, content_type=kind)) == (
        Verdict.INCONCLUSIVE,
        "network-limited",
    )
    assert named(answer(reads, content_type=kind)) == (Verdict.STREAMED, None)


@pytest.mark.parametrize(
    ("bend", "cause"), [(6, "lambda-bandwidth-limit"), (10, "api-gateway-bandwidth-limit")]
)
@pytest.mark.parametrize("before", [4.0, 50.0])
def test_whose_bandwidth_it_was_is_told_by_the_bend(bend: int, cause: str, before: float) -> None:
    """Two megabytes a second behind 6 MB, or behind 10."""
    at, reads = 0.5, []
    for number in range(16 * 16):
        at += 1 / 16 / (before if number < bend * 16 else 2)
        reads.append((at, b"x" * (MIB // 16)))
    response = answer(reads, content_type="application/octet-stream")

    assert named(response) == (Verdict.BANDWIDTH_LIMITED, cause)


@given(rate=st.floats(0.1, 100), megabytes=st.integers(1, 16))
def test_an_even_rate_is_never_called_slowed(rate: float, megabytes: int) -> None:
    """A slow network has no bend."""
    reads = [(0.5 + n / 16 / rate, b"x" * (MIB // 16)) for n in range(megabytes * 16)]

    assert (
        diagnose(answer(reads, content_type="image/png")).verdict is not Verdict.BANDWIDTH_LIMITED
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
def test_a_stream_that_moves_to_its_end_was_cut_by_the_limit_of_that_moment(
    limit: int, late: float, pace: float, scale: float
) -> None:
    """Whatever its pace, and however late the end is seen."""
    end = limit / scale + late
    moving = [(pace * n, b"data: x\n\n") for n in range(int(end / pace))]
    response = answer(moving or [(0.1, b"x")], total=end, fault=TransportErrorKind.TRUNCATED)

    assert named(response, time_scale=scale) == (Verdict.TRUNCATED, LIMITS[limit])


@given(last=st.floats(35, 500), idle=st.sampled_from([30, 300]), late=st.floats(-0.05, 0.4))
def test_a_silence_was_cut_by_the_idle_limit_of_its_length(
    last: float, idle: int, late: float
) -> None:
    """Wherever in a stream it began."""
    response = answer(
        [(n, b"data: x\n\n") for n in [*range(1, 35), last]],
        total=last + idle + late,
        fault=TransportErrorKind.TRUNCATED,
    )
    cause = "edge-idle-timeout" if idle == 30 else "regional-idle-timeout"

    if abs(last + idle + late - 900) > 20:
        assert named(response) == (Verdict.TRUNCATED, cause)


@given(end=st.floats(4, 28.8) | st.floats(31, 290))
def test_a_moment_that_no_limit_explains_is_not_blamed_on_one(end: float) -> None:
    """A function that failed is not called a timeout."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(int(end / 0.5) + 1)]

    assert named(answer(moving, total=end, fault=TransportErrorKind.TRUNCATED)) == (
        Verdict.TRUNCATED,
        "response-truncated",
    )


def test_a_round_moment_is_pointed_out() -> None:
    """Timeouts are whole numbers as a rule; the cause stays open."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(120)]
    found = diagnose(answer(moving, total=60.1, fault=TransportErrorKind.TRUNCATED))

    assert found.cause is not None
    assert found.cause.id == "response-truncated"
    assert "about 60 s: compare the timeouts" in found.detail


def test_a_timeout_that_is_known_is_named() -> None:
    """The integration's or the function's, whichever it was."""
    moving = [(0.5 * n, b"data: x\n\n") for n in range(120)]
    response = answer(moving, total=60.1, fault=TransportErrorKind.TRUNCATED)

    assert named(response, integration_timeout=60, function_timeout=90)[1] == "integration-timeout"
    assert named(response, integration_timeout=90, function_timeout=60)[1] == "function-timeout"


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
def test_api_gateways_own_errors_are_known(
    status: int, kind: str, body: bytes, verdict: str, cause: str
) -> None:
    """By their type, else by their message, else by their status."""
    headers = {"x-amzn-ErrorType": kind} if kind else {}
    response = answer([(0.1, body)], headers, status=status)

    assert named(response) == (Verdict(verdict), cause)


@pytest.mark.parametrize("fault", TransportErrorKind)
def test_every_fault_before_an_answer_has_a_cause(fault: TransportErrorKind) -> None:
    """But for those that somebody wanted."""
    response = answer([], status=0, head=None, fault=fault)
    verdict, cause = named(response)

    assert verdict is Verdict.NO_RESPONSE
    assert (cause is None) is fault.is_intentional


@pytest.mark.parametrize("fault", [TransportErrorKind.STOPPED, TransportErrorKind.INTERRUPTED])
def test_what_was_stopped_on_purpose_is_judged_by_what_came(fault: TransportErrorKind) -> None:
    """It was not cut short by anybody."""
    assert named(answer(APART, fault=fault)) == (Verdict.STREAMED, None)


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
def test_no_response_is_too_odd_to_be_judged(
    times: list[float],
    data: bytes,
    headers: dict[str, str],
    status: int,
    kind: str,
    fault: TransportErrorKind | None,
    rest: float,
) -> None:
    """And none that was an error, or broke off, is ever called a stream."""
    arrivals = [(at, data) for at in times if data]
    total = (times[-1] if times else 0) + rest
    response = answer(arrivals, headers, status=status, content_type=kind, total=total, fault=fault)
    found = diagnose(response)

    if not 200 <= status < 300 or (fault and not fault.is_intentional):
        assert not found.verdict.is_streamed
    assert found.verdict is Verdict.STREAMED or found.cause or not status


def test_a_renamed_challenge_is_a_warning() -> None:
    """API Gateway renames the WWW-Authenticate header of a function."""
    headers = {"x-amzn-Remapped-WWW-Authenticate": 'Bearer realm="x"'}
    diagnosis = diagnose(answer(APART, headers, status=401))

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
    """As the CORS check of a browser does; the verdict stays the same."""
    headers = {"Access-Control-Allow-Origin": allowed} if allowed else {}
    diagnosis = diagnose(answer(APART, headers), origin=origin)

    assert diagnosis.verdict is Verdict.STREAMED
    assert [warning.cause for warning in diagnosis.warnings] == (
        [causes.ORIGIN_NOT_ALLOWED] if detail else []
    )
    assert all(detail and detail in warning.detail for warning in diagnosis.warnings)


def test_without_a_response_there_is_no_warning() -> None:
    """A browser would see the network error only."""
    failed = answer([], status=0, fault=TransportErrorKind.CONNECTION_REFUSED)

    assert diagnose(failed, origin="https://app.test").warnings == ()


def test_an_unsupported_method_is_named_with_those_that_are_supported() -> None:
    """By the Allow header of the response."""
    diagnosis = diagnose(answer(APART, {"Allow": "POST, PUT"}, status=405))

    assert diagnosis.cause is causes.METHOD_NOT_ALLOWED
    assert diagnosis.detail == "status 405, Allow: POST, PUT"
    assert "-X POST" in diagnosis.cause.fix


def test_the_body_of_an_error_is_not_part_of_the_diagnosis() -> None:
    """It may contain personal data. Secrets in a redirect target are replaced."""
    body = b'{"message": "user jane@example.com"}'
    failed = diagnose(answer([(0.1, body)], status=500))
    headers = {"Location": "https://me:pw@host.test/x?token=secret&page=2"}
    redirected = diagnose(answer([(0.1, body)], headers, status=302))

    assert "jane" not in repr(failed)
    assert redirected.detail == "status 302, Location: https://host.test/x?token=***&page=2"

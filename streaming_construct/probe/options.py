"""`RequestOptions`: request and time limits, built from command-line options."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.http.fetch import Timeouts
from streaming_construct.probe.http.request import Request, RequestError, guess_media_type
from streaming_construct.probe.http.sigv4 import sign


@dataclass(frozen=True)
class RequestOptions:
    """A request without its URL, and its time limits."""

    method: str
    headers: dict[str, str]
    body: bytes | None
    insecure: bool
    region: str | None
    profile: str | None
    timeouts: Timeouts
    expected_timeouts: ApiTimeouts

    def request(self, url: str) -> Request:
        """Build the request for a URL. With a Region, sign it now.

        Raises:
            RequestError: The URL, method or a header is malformed, or the request cannot be signed.
        """
        request = Request(url, self.method, self.headers, self.body, self.insecure)
        if self.region is None:
            return request
        return sign(request, self.region or None, self.profile)


def build_request_options(
    *,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    region: str | None,
    profile: str | None,
    api_key: str | None,
    token: str | None,
    compressed: bool,
    insecure: bool,
    timeout: float,
    duration: float | None,
    integration_timeout: float | None,
    function_timeout: float | None,
    time_scale: float,
) -> RequestOptions:
    """Build the request options from the command-line options.

    Raises:
        RequestError: An option is malformed, or options contradict each other.
    """
    body = _read_body(data)
    sent_headers = _parse_headers(headers)
    names = {name.lower() for name in sent_headers}
    if body is not None and "content-type" not in names:
        sent_headers["Content-Type"] = guess_media_type(body)
    if token:
        sent_headers["Authorization"] = token if " " in token.strip() else f"Bearer {token.strip()}"
    if api_key:
        sent_headers["x-api-key"] = api_key
    if compressed:
        sent_headers["Accept-Encoding"] = "gzip, deflate"
    if profile and region is None:
        raise RequestError("--profile has no effect without --aws-sigv4. Pass --aws-sigv4 as well.")
    return RequestOptions(
        method=method or ("GET" if body is None else "POST"),
        headers=sent_headers,
        body=body,
        insecure=insecure,
        region=region,
        profile=profile,
        timeouts=Timeouts(timeout=timeout, max_duration=duration, interruptible=True),
        expected_timeouts=ApiTimeouts(
            time_scale=time_scale,
            integration_timeout=integration_timeout,
            function_timeout=function_timeout,
        ),
    )


def _parse_headers(headers: Sequence[str]) -> dict[str, str]:
    pairs = [header.partition(":") for header in headers]
    malformed = [name for name, colon, _ in pairs if not colon]
    if malformed:
        raise RequestError(f"--header {malformed[0]!r} has no colon. Pass 'Name: value'.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _read_body(data: str | None) -> bytes | None:
    if data is None:
        return None
    if data == "-":
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode(errors="surrogateescape")
    try:
        return Path(data[1:]).read_bytes()
    except (OSError, ValueError) as error:
        raise RequestError(f"--data {data} cannot be read: {error}.") from error

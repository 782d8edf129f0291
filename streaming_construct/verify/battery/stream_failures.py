"""Streams that fail before their head, with a bad prelude, or after it."""

from __future__ import annotations

from typing import Any, Final

from streaming_construct.aws.limits import PRELUDE_MAX_BYTES
from streaming_construct.verify.battery.programs import (
    LAMBDA_ERRORS,
    PROXY_STREAM,
    create_program_request,
    create_text_prelude,
    create_writes,
)
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest, Knowledge

_THEME: Final = "stream failures"
_RESPONSES: Final = "local-gateway.md#responses"
_INTERNAL: Final = "Internal server error"


def _create_bad_prelude_case(
    name: str,
    claim: str,
    *,
    knowledge: Knowledge = Knowledge.DOCUMENTED,
    **members: Any,
) -> Case:
    """Return a case of a prelude that API Gateway does not accept."""
    is_unknown = knowledge is Knowledge.UNKNOWN
    return Case(
        id=f"prelude-{name}",
        theme=_THEME,
        claim=claim,
        page=_RESPONSES,
        knowledge=knowledge,
        source_url=None if is_unknown else PROXY_STREAM,
        requests=(create_program_request(**{"writes": create_writes("body"), **members}),),
        expected={"status": 500, "json:/message": _INTERNAL},
    )


_failure: Final = Theme(name=_THEME, id_prefix="failure", page=_RESPONSES).case


_PADDING: Final = "x" * PRELUDE_MAX_BYTES

CASES: Final = (
    _create_bad_prelude_case(
        "not-json", "A prelude that is not JSON results in status 500.", prelude_text="{status: 200"
    ),
    _create_bad_prelude_case(
        "not-an-object", "A prelude that is a JSON list results in status 500.", prelude=[200]
    ),
    _create_bad_prelude_case(
        "no-delimiter", "A stream without a delimiter results in status 500.", delimiter=False
    ),
    _create_bad_prelude_case(
        "no-data", "A stream without data results in status 500.", raw=True, writes=[]
    ),
    _create_bad_prelude_case(
        "json-of-buffered-handler",
        "JSON of a handler that does not stream results in status 500.",
        raw=True,
        writes=create_writes('{"statusCode": 200, "body": "text"}'),
    ),
    _create_bad_prelude_case(
        "too-long",
        "A prelude of more than 16 KB results in status 500.",
        prelude=create_text_prelude(X_Padding=_PADDING),
    ),
    _create_bad_prelude_case(
        "unknown-key",
        "A prelude with an unknown key results in status 500.",
        prelude={"statusCode": 200, "headers": {}, "reason": "fine"},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "status-text",
        "A prelude whose statusCode is a word results in status 500.",
        prelude={"statusCode": "fine"},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "status-out-of-range",
        "A prelude whose statusCode is 999 results in status 500.",
        prelude={"statusCode": 999},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "headers-list",
        "A list as a value in `headers` results in status 500.",
        prelude={"statusCode": 200, "headers": {"X-List": ["one", "two"]}},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "headers-number",
        "A number as a value in `headers` results in status 500.",
        prelude={"statusCode": 200, "headers": {"X-Number": 7}},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "multi-value-headers-string",
        "A string as a value in `multiValueHeaders` results in status 500.",
        prelude={"statusCode": 200, "multiValueHeaders": {"X-Word": "one"}},
        knowledge=Knowledge.UNKNOWN,
    ),
    _create_bad_prelude_case(
        "cookies-string",
        "A string as `cookies` results in status 500.",
        prelude={"statusCode": 200, "cookies": "a=1"},
        knowledge=Knowledge.UNKNOWN,
    ),
    _failure(
        "prelude-byte-by-byte",
        "A prelude that arrives byte by byte is the same as one in one chunk.",
        create_program_request(
            split=True,
            prelude=create_text_prelude(201, X_Split="yes"),
            writes=create_writes("body"),
        ),
        {"status": 201, "header:x-split": "yes", "body": "body", "is_complete": True},
    ),
    _failure(
        "status-as-text",
        "A statusCode can be a number in a string.",
        create_program_request(prelude={"statusCode": "202"}, writes=create_writes("body")),
        {"status": 202},
    ),
    _failure(
        "empty-prelude",
        "A prelude without members has status 200 and the type application/json.",
        create_program_request(prelude={}, writes=create_writes("{}")),
        {"status": 200, "header:content-type": "application/json", "body": "{}"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _failure(
        "before-prelude",
        "A STREAM function that fails before its headers results in status 502.",
        create_program_request(raw=True, fail=True),
        {"status": 502, "json:/message": _INTERNAL},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _failure(
        "exit-before-prelude",
        "A function whose process ends before its headers results in status 502.",
        create_program_request(raw=True, exit=True),
        {"status": 502, "json:/message": _INTERNAL},
    ),
    _failure(
        "generator-before-prelude",
        "A Python handler that fails before its headers results in status 502.",
        CaseRequest(path="/generator?fail=before"),
        {"status": 502, "json:/message": _INTERNAL},
    ),
    _failure(
        "after-prelude",
        "A function that fails after its headers truncates the response.",
        create_program_request(writes=create_writes("one\n", "two\n", after_ms=200), fail=True),
        {
            "status": 200,
            "framing": "chunked",
            "body": "one\ntwo\n",
            "is_complete": False,
            "cut_after": "unknown",
        },
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _failure(
        "exit-after-prelude",
        "A function whose process ends after its headers truncates the response.",
        create_program_request(writes=create_writes("one\n", "two\n", after_ms=200), exit=True),
        {"status": 200, "body": "one\ntwo\n", "is_complete": False},
    ),
    _failure(
        "generator-after-prelude",
        "A Python handler that fails after its headers truncates the response.",
        CaseRequest(path="/generator?fail=after&count=2"),
        {"status": 200, "body": "line 0\nline 1\n", "is_complete": False},
    ),
    _failure(
        "native-after-prelude",
        "An ASGI app on the Python runtime that fails after its headers truncates the response.",
        CaseRequest(path="/native?fail=after&count=2"),
        {"status": 200, "body": "line 0\nline 1\n", "is_complete": False},
    ),
    _failure(
        "log-of-a-cut-stream",
        "The access log has the status and the bytes of a truncated response, and no error type.",
        create_program_request(writes=create_writes("one\n", "two\n", after_ms=200), fail=True),
        {
            "log:status": "200",
            "log:responseLength": "8",
            "log:integrationStatus": "200",
            "log:errorType": "-",
            "log:responseTransferMode": "STREAMED",
        },
        page="monitoring.md#metrics",
    ),
    _failure(
        "log-before-prelude",
        "The access log names the gateway response of a function that fails before its headers.",
        create_program_request(raw=True, fail=True),
        {"log:status": "502", "log:errorMessage": _INTERNAL, "log:errorType": "DEFAULT_5XX"},
    ),
    _failure(
        "streamed-buffered-handler",
        "A handler that does not stream fails on a STREAM route.",
        create_program_request("/streamed-buffered", response={"statusCode": 200, "body": "text"}),
        {"status": 500, "json:/message": _INTERNAL},
        source_url=PROXY_STREAM,
        page="streaming-rest-api.md#add-routes",
    ),
    _failure(
        "streamed-buffered-error",
        "A handler that does not stream and fails results in status 502.",
        create_program_request("/streamed-buffered", fail=True),
        {"status": 502, "json:/message": _INTERNAL},
    ),
    _failure(
        "buffered-streaming-handler",
        "A function that streams has no body on a BUFFERED route.",
        create_program_request(
            "/buffered-program",
            prelude=create_text_prelude(201, X_Kept="yes"),
            writes=create_writes("body"),
        ),
        {"status": 201, "header:x-kept": "yes", "body": "", "framing": "length"},
    ),
    _failure(
        "buffered-malformed",
        "BUFFERED output other than a Lambda proxy response results in status 502.",
        create_program_request("/buffered", response={"status": 200}),
        {"status": 502, "json:/message": _INTERNAL},
        source_url=LAMBDA_ERRORS,
    ),
    _failure(
        "buffered-error",
        "A BUFFERED function that fails results in status 502.",
        create_program_request("/buffered", fail=True),
        {"status": 502, "json:/message": _INTERNAL},
        source_url=LAMBDA_ERRORS,
    ),
)

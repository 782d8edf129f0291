"""Whether chunks arrive as the functions write them."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import (
    DOCS,
    PROXY_STREAM,
    TRANSFER_MODE,
    create_program_request,
    create_text_prelude,
    create_writes,
)
from streaming_construct.verify.case import Case, CaseRequest, Facts, Knowledge

_THEME: Final = "timing"
_LINES: Final = "?count=6&gap_ms=150"
_WEB_ADAPTER: Final = "https://github.com/aws/aws-lambda-web-adapter"
_REPORTS: Final = "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/102"
_STREAMED: Final[Facts] = {
    "status": 200,
    "is_complete": True,
    "framing": "chunked",
    "timing": "streamed",
}

CASES: Final = (
    Case(
        id="timing-node",
        theme=_THEME,
        claim="API Gateway sends each chunk of a Node.js function as soon as it is written.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.DOCUMENTED,
        source_url=TRANSFER_MODE,
        requests=(create_program_request(writes=create_writes(*["line\n"] * 6, after_ms=150)),),
        expected=_STREAMED,
    ),
    Case(
        id="timing-generator",
        theme=_THEME,
        claim="Chunks of a Python generator arrive one by one.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.UNKNOWN,
        requests=(CaseRequest(path=f"/generator{_LINES}"),),
        expected=_STREAMED,
    ),
    Case(
        id="timing-native",
        theme=_THEME,
        claim="Chunks of an ASGI app on the Python runtime of this library arrive one by one.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.UNKNOWN,
        requests=(CaseRequest(path=f"/native{_LINES}"),),
        expected=_STREAMED,
    ),
    Case(
        id="timing-web-adapter",
        theme=_THEME,
        claim="Chunks of an ASGI app behind the Web Adapter arrive one by one.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.DOCUMENTED,
        source_url=_WEB_ADAPTER,
        requests=(CaseRequest(path=f"/web{_LINES}"),),
        expected=_STREAMED,
    ),
    Case(
        id="timing-buffered",
        theme=_THEME,
        claim="A BUFFERED integration sends the response when the function has ended.",
        page="streaming-rest-api.md#add-routes",
        knowledge=Knowledge.DOCUMENTED,
        source_url=TRANSFER_MODE,
        requests=(
            create_program_request(
                "/buffered",
                before_ms=400,
                response={"statusCode": 200, "body": "a\nb\nc\nd\n"},
            ),
        ),
        expected={"status": 200, "framing": "length", "timing": "buffered"},
    ),
    Case(
        id="timing-small-writes",
        theme=_THEME,
        claim="Small writes are not collected on their way.",
        page="chunk-sizes.md#where-small-writes-are-buffered",
        knowledge=Knowledge.UNKNOWN,
        source_url=_REPORTS,
        requests=(create_program_request(writes=create_writes(*["x\n"] * 20, after_ms=60)),),
        expected={"timing": "streamed", "body_length": 40},
    ),
    Case(
        id="timing-writes-of-15-kb",
        theme=_THEME,
        claim="Writes of 15 kB are not collected on their way.",
        page="chunk-sizes.md#where-small-writes-are-buffered",
        knowledge=Knowledge.UNKNOWN,
        source_url="https://github.com/H4ad/serverless-adapter/issues/166",
        requests=(
            create_program_request(writes=create_writes(*["x" * 14_999 + "\n"] * 8, after_ms=120)),
        ),
        expected={"timing": "streamed", "body_length": 120_000},
    ),
    Case(
        id="timing-head-before-body",
        theme=_THEME,
        claim="The head arrives before the first byte of the body exists.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.UNKNOWN,
        requests=(
            create_program_request(
                prelude=create_text_prelude(),
                writes=[{"text": ""}, {"text": "late\n", "after_ms": 800}],
            ),
        ),
        expected={"status": 200, "head": "early", "body": "late\n"},
    ),
    Case(
        id="timing-head-before-body-web-adapter",
        theme=_THEME,
        claim="The head of a web app arrives before the first byte of its body exists.",
        page="local-gateway.md#the-local-gateway",
        knowledge=Knowledge.UNKNOWN,
        requests=(CaseRequest(path="/web?count=1&wait_ms=800"),),
        expected={"status": 200, "head": "early"},
    ),
    Case(
        id="timing-log-first-content",
        theme=_THEME,
        claim="The access log has the times to the headers and to the first byte of the body.",
        page="streaming-rest-api.md#access-log",
        knowledge=Knowledge.DOCUMENTED,
        source_url=f"{DOCS}response-streaming-troubleshoot.html",
        requests=(create_program_request(writes=create_writes("a\n", "b\n", after_ms=100)),),
        expected={
            "has_log:timeToAllHeaders": True,
            "has_log:timeToFirstContent": True,
            "has_log:integrationLatency": True,
            "log:responseTransferMode": "STREAMED",
            "log:responseLength": "4",
        },
    ),
    Case(
        id="timing-log-buffered",
        theme=_THEME,
        claim="The access log names the transfer mode of a BUFFERED integration.",
        page="streaming-rest-api.md#access-log",
        knowledge=Knowledge.DOCUMENTED,
        source_url=f"{DOCS}response-streaming-troubleshoot.html",
        requests=(
            create_program_request("/buffered", response={"statusCode": 200, "body": "four"}),
        ),
        expected={"log:responseTransferMode": "BUFFERED", "log:responseLength": "4"},
    ),
    Case(
        id="timing-burst",
        theme=_THEME,
        claim="Chunks that a function writes in bursts arrive in bursts.",
        page="chunk-sizes.md#measure",
        knowledge=Knowledge.UNKNOWN,
        requests=(
            create_program_request(
                writes=[
                    {"text": "x\n" * 20, "after_ms": 0},
                    {"text": "x\n" * 20, "after_ms": 500},
                    {"text": "x\n" * 20, "after_ms": 500},
                ]
            ),
        ),
        expected={"timing": "bursty", "body_length": 120},
    ),
    Case(
        id="timing-written-at-once",
        theme=_THEME,
        claim="A function that waits and then writes everything looks buffered.",
        page="chunk-sizes.md#measure",
        knowledge=Knowledge.DOCUMENTED,
        source_url=PROXY_STREAM,
        requests=(create_program_request(before_ms=500, writes=[{"text": "x\n" * 30}]),),
        expected={"timing": "buffered", "framing": "chunked"},
    ),
)

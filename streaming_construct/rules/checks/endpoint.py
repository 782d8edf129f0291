"""The endpoint: how long it lets a stream be silent, and who can reach it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    BUFFERED_TIMEOUT_MAX_MS,
    STREAM_IDLE_SECONDS_EDGE,
    STREAM_IDLE_SECONDS_REGIONAL,
    STREAM_TIMEOUT_MAX_MS,
)
from streaming_construct.model.api import ApiModel, EndpointType
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.finding import Finding, error, warning

_STAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def endpoint_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what may surprise about the endpoint of `api`."""
    api = declaration.api
    yield from _stage_name(api)
    yield from _raised_quota(api)
    if declaration.invalid_endpoint_type is not None:
        yield error(
            "endpoint-type-invalid",
            "the API",
            f"its endpoint type is {declaration.invalid_endpoint_type!r}, which API Gateway does "
            "not have",
            f"write {' or '.join(EndpointType.__members__)}",
            api.origin,
        )
    streams = any(r.integration.transfer_mode is TransferMode.STREAM for r in api.routes)
    if api.endpoint_type is EndpointType.EDGE and streams:
        yield warning(
            "edge-idle-timeout",
            "the API",
            f"an edge-optimized endpoint cuts a stream that is silent for "
            f"{STREAM_IDLE_SECONDS_EDGE} s; a Regional one waits {STREAM_IDLE_SECONDS_REGIONAL} s",
            "make it REGIONAL (in CDK, EndpointType.REGIONAL), or send a heartbeat at least every "
            f"{STREAM_IDLE_SECONDS_EDGE // 2} s",
            api.origin,
        )


def _stage_name(api: ApiModel) -> Iterator[Finding]:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    if not _STAGE_NAME.fullmatch(api.stage.name):
        yield error(
            "stage-name-invalid",
            "the stage",
            f"{api.stage.name!r} is not a name that API Gateway takes",
            "use letters, digits, - and _, at most 128 of them",
            api.stage.origin,
        )


def _raised_quota(api: ApiModel) -> Iterator[Finding]:
    raised = api.integration_timeout_max_ms
    if raised is None:
        return
    if raised < BUFFERED_TIMEOUT_MAX_MS or raised > STREAM_TIMEOUT_MAX_MS:
        yield error(
            "buffered-quota-invalid",
            "the API",
            f"a quota of {raised} ms for buffered integrations is not one that AWS grants",
            f"give what the account was granted, more than {BUFFERED_TIMEOUT_MAX_MS} ms",
        )
    elif api.endpoint_type is EndpointType.EDGE:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
        yield error(
            "buffered-quota-invalid",
            "the API",
            "the timeout of buffered integrations can be raised for Regional and private APIs only",
            "use EndpointType.REGIONAL, or leave buffered_timeout_quota out",
        )

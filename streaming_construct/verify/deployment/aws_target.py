"""The deployed stack as the target of cases."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.verify import stack_outputs
from streaming_construct.verify.case import CaseRequest
from streaming_construct.verify.client import send_request
from streaming_construct.verify.deployment.aws_credentials import AwsCredentials
from streaming_construct.verify.deployment.cloudwatch_logs import CloudWatchLogs
from streaming_construct.verify.deployment.stack_options import StackOptions
from streaming_construct.verify.target import Target, TargetKind

READY_SECONDS: Final = 180.0
_INTERVAL_SECONDS: Final = 1.0
_REQUEST_SECONDS: Final = 30.0


class ApiNotReadyError(Exception):
    """The deployed API does not respond. The message says what it returned."""


def create_deployed_target(
    aws: AwsWriteClient, options: StackOptions, outputs: Mapping[str, str]
) -> Target:
    """Return the target of a deployed stack, once its API responds.

    Raises:
        ApiNotReadyError: The API does not respond in `READY_SECONDS`.
    """
    url = outputs[stack_outputs.API_URL].rstrip("/")
    values = {
        "account": options.account,
        "api_id": outputs[stack_outputs.API_ID],
        "host": urlsplit(url).netloc,
    }
    target = Target(
        kind=TargetKind.AWS,
        url=url,
        region=options.region,
        credentials=AwsCredentials(aws, outputs),
        logs=CloudWatchLogs(aws, outputs[stack_outputs.ACCESS_LOG_GROUP]),
        values=values,
    )
    event = _wait_for_event(target)
    source_ip = event.get("requestContext", {}).get("identity", {}).get("sourceIp")
    if source_ip:
        values["source_ip"] = str(source_ip)
    return target


def _wait_for_event(target: Target) -> Mapping[str, Any]:
    """Request a route that echoes its event until it does, and return the event.

    A new stage returns status 403 for some seconds.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        exchange = send_request(target, CaseRequest(path="/any"), _REQUEST_SECONDS)
        if exchange.status == 200:
            try:
                event: Any = json.loads(exchange.body)
            except ValueError:
                event = None
            return event if isinstance(event, dict) else {}
        if time.monotonic() >= deadline:
            returned = exchange.error or f"status {exchange.status}"
            raise ApiNotReadyError(
                f"The API at {target.url} does not respond after {READY_SECONDS:g} s: {returned}."
            )
        time.sleep(_INTERVAL_SECONDS)

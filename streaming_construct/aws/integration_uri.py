"""The URI by which an API Gateway integration names its Lambda function.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class TransferMode(str, Enum):
    """How API Gateway transfers a function's response to the client (`responseTransferMode`).

    CDK's enum is `ResponseTransferMode`. The constructs use both, so they have different names.
    """

    BUFFERED = "BUFFERED"
    STREAM = "STREAM"


_API: Final = {
    TransferMode.STREAM: ("2021-11-15", "response-streaming-invocations"),
    TransferMode.BUFFERED: ("2015-03-31", "invocations"),
}
_URI: Final = re.compile(
    r"arn:(?P<partition>[^:]+):apigateway:(?P<region>[^:]+):lambda:path/"
    r"(?P<version>[^/]+)/functions/(?P<function_arn>.+)/(?P<action>[^/]+)"
)


@dataclass(frozen=True, kw_only=True)
class IntegrationUri:
    """The parts of a Lambda integration's URI; any of them may contain tokens."""

    partition: str
    region: str
    function_arn: str
    transfer_mode: TransferMode

    def __str__(self) -> str:
        version, action = _API[self.transfer_mode]
        return (
            f"arn:{self.partition}:apigateway:{self.region}:lambda:path/{version}"
            f"/functions/{self.function_arn}/{action}"
        )


def parse_integration_uri(uri: str) -> IntegrationUri | None:
    """Return the parts of `uri`, or None where it is not one that invokes a Lambda function."""
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    for mode, api in _API.items():
        if api == (match["version"], match["action"]):
            return IntegrationUri(
                partition=match["partition"],
                region=match["region"],
                function_arn=match["function_arn"],
                transfer_mode=mode,
            )
    return None

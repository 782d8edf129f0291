"""Which function an integration URI invokes, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_URI: Final = re.compile(
    r"arn:[^:]+:apigateway:[^:]*:lambda:path/"
    r"(?:2015-03-31/functions/(?P<whole>.+)/invocations"
    r"|2021-11-15/functions/(?P<streamed>.+)/response-streaming-invocations)"
)
_FUNCTION: Final = re.compile(
    r"(?:arn:[^:]+:lambda:[^:]*:|)(?:\d+:|)(?:function:|)(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"
)


@dataclass(frozen=True)
class LambdaUri:
    """The function that a URI names, its qualifier, and whether its response is streamed."""

    function: str
    qualifier: str | None
    streaming: bool


def parse_lambda_uri(uri: str) -> LambdaUri | None:
    """Parse the URI of a Lambda integration; None when it is not one.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    """
    matched = _URI.fullmatch(uri)
    if matched is None:
        return None
    function = _FUNCTION.fullmatch(matched["whole"] or matched["streamed"])
    if function is None:
        return None
    return LambdaUri(function["name"], function["qualifier"], matched["streamed"] is not None)

"""`Route`: what is said of operations of an OpenAPI document from outside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk.aws_apigateway import (
    RequestValidatorOptions,
    ResponseTransferMode,
    ThrottleSettings,
)

from streaming_construct.constructs.access.authorizer import Authorizer

if TYPE_CHECKING:
    # Importing this costs a tenth of a synthesis, and it is only named here.
    from aws_cdk.aws_lambda import IFunction


@dataclass(frozen=True, kw_only=True)
class RouteOptions:
    """How operations are served, where that is not as for the rest of their document.

    Attributes:
        transfer_mode: Whether API Gateway hands the answer on as it comes, or as a whole.
        handler: The function to invoke. Default: the API's own.
        timeout: How long API Gateway waits for the answer's end: 50 ms to 15 minutes, or to 29
            seconds when buffered. Default: the function's own timeout where it is known, else the
            longest there is.
        throttle: Requests a second, and at once, for each operation. Default: those of the stage.
        authorizer: Who decides whether a request may pass; `Authorizer.none()` for nobody.
            Default: what the document says, else the API's own.
        api_key_required: Whether a request needs the key of a usage plan. Default: as for the API.
        request_validation: What is checked of a request before the function is invoked.
            Default: what the document says, else as for the API.
    """

    transfer_mode: ResponseTransferMode | None = None
    handler: IFunction | None = None
    timeout: Duration | None = None
    throttle: ThrottleSettings | None = None
    authorizer: Authorizer | None = None
    api_key_required: bool | None = None
    request_validation: RequestValidatorOptions | None = None

"""Read an `IFunction` into the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from streaming_construct.aws.function_arn import FunctionArn, parse_function_arn
from streaming_construct.aws.lambda_runtimes import NON_STREAMING_RUNTIMES
from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS
from streaming_construct.constructs.cdk.cloudformation_values import has_token
from streaming_construct.constructs.cdk.durations import convert_to_milliseconds
from streaming_construct.constructs.functions.traits import get_function_traits
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.permissions import create_cross_account_function_warning
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.functions import HANDLER_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction

_UNREAD: Final = {"Environment": "CDK can add variables until synthesis and does not expose them"}


@dataclass(frozen=True)
class FunctionInfo:
    """A function and the ARN by which API Gateway invokes it.

    Attributes:
        function: The `Function`, `Alias`, `Version` or imported function of the caller.
        base_function: The function behind an alias or version, else `function`.
        arn: The ARN of `function`.
        parsed_arn: The parts of the ARN. None if it contains tokens.
        model: The function in the model.
    """

    function: IFunction
    base_function: Any
    arn: str
    parsed_arn: FunctionArn | None
    model: Function

    def read_account_and_region(self) -> tuple[str, str]:
        """Return the account and the Region of the function, each of which can be a token."""
        if self.parsed_arn is not None:
            return self.parsed_arn.account, self.parsed_arn.region
        environment = self.function.env
        return environment.account, environment.region


class FunctionReader:
    """Reads each function once, because each attribute costs a round trip to Node.js."""

    def __init__(self) -> None:
        self._read: dict[object, FunctionInfo] = {}

    def read(self, function: object, subject: Subject) -> tuple[FunctionInfo | None, list[Finding]]:
        """Return the function as information and the reasons why API Gateway cannot invoke it."""
        is_function = callable(getattr(function, "add_permission", None))
        if not is_function or isinstance(function, type):
            return None, [
                HANDLER_INVALID.at(
                    subject,
                    _describe_invalid_handler(function),
                    fix=(
                        "Pass the function itself (a Function, Alias or Version, or one imported "
                        "by Function.from_function_arn). An API with proxy=False needs no handler "
                        "if each route has one."
                    ),
                )
            ]
        if function in self._read:
            return self._read[function], []
        handler = _read_function(cast("IFunction", function))
        if handler.parsed_arn is None and not has_token(handler.arn):
            return None, [
                HANDLER_INVALID.at(
                    subject,
                    f"the handler's ARN {handler.arn!r} is not that of a Lambda function",
                    fix="Import it by arn:<partition>:lambda:<region>:<account>:function:<name>.",
                )
            ]
        self._read[function] = handler
        return handler, []


def check_account(handler: FunctionInfo, account: str) -> Iterator[Finding]:
    """Yield a warning where `handler` is known to belong to another account than `account`."""
    if has_token(account):
        return
    owner, _ = handler.read_account_and_region()
    if owner != account and not has_token(owner):
        yield create_cross_account_function_warning(str(handler.model.origin), owner, account)


def get_underlying_function(function: IFunction) -> Any:
    """Return the function behind an alias or version; else `function` itself."""
    underlying: Any = function
    # An alias and a version have `lambda_`; an imported function has not. `$LATEST` is an object of
    # jsii without a Python class, so that only the object has the attribute.
    while (behind := getattr(underlying, "lambda_", None)) is not None:
        underlying = behind
    return underlying


def _read_function(function: IFunction) -> FunctionInfo:
    underlying = get_underlying_function(function)
    arn = function.function_arn
    runtime = underlying.runtime.name if hasattr(type(underlying), "runtime") else None
    model = Function(
        id=arn,
        origin=SourceLocation(construct_path=function.node.path),
        timeout_seconds=_read_timeout_seconds(underlying),
        runtime=runtime,
        is_streaming=_is_streaming(underlying, runtime),
        is_tenant_isolated=getattr(underlying, "tenancy_config", None) is not None,
        unresolved=_UNREAD,
    )
    return FunctionInfo(function, underlying, arn, parse_function_arn(arn), model)


def _is_streaming(function: object, runtime: str | None) -> bool | None:
    """Return whether `function` streams, from its traits or its managed runtime; None if unknown.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
    """
    if (is_streaming := get_function_traits(function).is_streaming) is not None:
        return is_streaming
    return False if runtime is not None and runtime.startswith(NON_STREAMING_RUNTIMES) else None


def _read_timeout_seconds(function: Any) -> float | None:
    if not hasattr(type(function), "timeout"):
        return None
    timeout = function.timeout
    if timeout is None:
        return FUNCTION_TIMEOUT_DEFAULT_SECONDS
    timeout_ms = convert_to_milliseconds(timeout)
    return None if timeout_ms is None else timeout_ms / 1000


def _describe_invalid_handler(value: object) -> str:
    if value is None:
        return "the handler is missing"
    if isinstance(value, str):
        description = f"the text {value!r}"
    elif isinstance(value, type):
        description = f"the class {value.__name__}"
    elif type(value).__name__ == "FunctionUrl":
        description = "a function URL"
    else:
        description = f"of type {type(value).__name__}"
    return f"the handler is {description}, not a Lambda function"

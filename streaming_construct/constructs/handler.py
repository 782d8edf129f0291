"""What can be known, at synth, of the function that a caller hands over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Token

from streaming_construct.constructs.durations import milliseconds
from streaming_construct.knowledge.finding import Finding, error, warning
from streaming_construct.knowledge.function_arn import FunctionArn, parse_function_arn
from streaming_construct.knowledge.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS
from streaming_construct.knowledge.model import Function, Origin

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction


@dataclass(frozen=True)
class Handler:
    """A function as it is invoked: by its own ARN, a version's or an alias's.

    `function` is the `Function`, `Alias`, `Version` or imported function that was given;
    `underlying` is the function behind an alias or version. `parts` of the ARN are None
    where a token hides them.
    """

    function: IFunction
    underlying: Any
    arn: str
    parts: FunctionArn | None
    model: Function


def handler_findings(function: object, where: str) -> Iterator[Finding]:
    """Yield why `function` is not something that an integration could invoke."""
    if not callable(getattr(function, "add_permission", None)):
        yield error(
            "handler-invalid",
            where,
            f"the handler is {_describe(function)}, not a Lambda function",
            "pass the function itself (a Function, Alias or Version, or one imported "
            "by Function.from_function_arn)",
        )
        return
    arn: str = getattr(function, "function_arn")  # noqa: B009 - IFunction, as just checked
    if not Token.is_unresolved(arn) and parse_function_arn(arn) is None:
        yield error(
            "handler-invalid",
            where,
            f"the handler's ARN {arn!r} is not that of a Lambda function",
            "import it by arn:<partition>:lambda:<region>:<account>:function:<name>",
        )


def read_handler(function: IFunction) -> Handler:
    """Return what is known of `function`; each of its attributes is read from jsii once."""
    underlying = function
    # Aliases and versions are not `Function`s; both name the one behind them `lambda_`.
    # Imported functions have neither a `lambda_` nor a timeout.
    while hasattr(type(underlying), "lambda_"):
        underlying = underlying.lambda_  # type: ignore[attr-defined] # as just checked
    arn = function.function_arn
    model = Function(
        id=arn,
        origin=Origin(construct_path=function.node.path),
        timeout_seconds=_timeout_seconds(underlying),
    )
    return Handler(function, underlying, arn, parse_function_arn(arn), model)


def foreign_account_findings(handler: Handler, account: str) -> Iterator[Finding]:
    """Yield a warning where `handler` is known to belong to another account than `account`."""
    owner = handler.parts.account if handler.parts else handler.function.env.account
    if Token.is_unresolved(owner) or Token.is_unresolved(account) or owner == account:
        return
    yield warning(
        "foreign-account-handler",
        f"function {handler.model.origin}",
        f"{handler.arn} belongs to account {owner}, this API to {account}",
        "the function's resource policy must allow lambda:InvokeFunction to the API's role",
    )


def _timeout_seconds(function: Any) -> float | None:
    if not hasattr(type(function), "timeout"):
        return None
    if function.timeout is None:
        return FUNCTION_TIMEOUT_DEFAULT_SECONDS
    timeout = milliseconds(function.timeout)
    return None if timeout is None else timeout / 1000


def _describe(value: object) -> str:
    if isinstance(value, str):
        return f"the text {value!r}"
    kind = type(value).__name__
    if kind == "FunctionUrl":
        return "a function URL"
    return "missing" if value is None else f"a {kind}"

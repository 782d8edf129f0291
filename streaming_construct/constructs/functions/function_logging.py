"""Where and how a function logs, as far as its construct tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Token

from streaming_construct.constructs.functions.function_reader import underlying_function

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup


class FunctionLogging(NamedTuple):
    """How a function logs, as far as it is known.

    `format` is `Text`, `JSON` or None; `reports_left_out` is the level that leaves reports out.
    """

    group: ILogGroup | None
    format: str | None
    reports_left_out: str | None = None


def read_logging(function: IFunction) -> FunctionLogging:
    """Return where and how `function` logs.

    An L2 function that was given no log group makes a custom resource when it is asked for one, and
    Lambda makes the group only when it first logs: then a metric filter has nothing to be on. So a
    group is known only where this app makes it.
    """
    underlying = underlying_function(function)
    resource: Any = underlying.node.default_child
    if not hasattr(type(resource), "logging_config"):
        return FunctionLogging(group=None, format=None)
    config = resource.logging_config
    given = config is not None and getattr(config, "log_group", None) is not None
    managed = underlying.node.try_find_child("LogGroup") is not None
    log_format = _known(config, "log_format", "Text")
    level = _known(config, "system_log_level", None)
    return FunctionLogging(
        group=underlying.log_group if given or managed else None,
        format=log_format,
        reports_left_out=level if log_format == "JSON" and level == "WARN" else None,
    )


def log_group_names(functions: Iterable[IFunction]) -> list[str]:
    """Return where `functions` log, each group once: Lambda's own where no other is known."""
    return list(dict.fromkeys(_log_group_name(function) for function in functions))


def _log_group_name(function: IFunction) -> str:
    group = read_logging(function).group
    if group is not None:
        return group.log_group_name
    return f"/aws/lambda/{underlying_function(function).function_name}"


def _known(config: Any, name: str, default: str | None) -> str | None:
    """Return a setting; `default` where it was not made, None where a token hides it."""
    if config is None:
        return default
    value = getattr(config, name, None)
    if value is None:
        return default if hasattr(config, name) else None
    return None if Token.is_unresolved(value) else str(value)

"""Log group and format of a function."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Token

from streaming_construct.constructs.functions.function_reader import get_underlying_function

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup


class FunctionLogging(NamedTuple):
    """The logging configuration of a function.

    Attributes:
        group: The log group. None if the app does not create it.
        format: `Text` or `JSON`. None if unknown.
        reports_left_out: The system log level that excludes reports from the log. None if the log
            contains reports.
    """

    group: ILogGroup | None
    format: str | None
    reports_left_out: str | None = None


def read_logging(function: IFunction) -> FunctionLogging:
    """Return the logging configuration of `function`.

    The log group is known only if the app creates it. Else Lambda creates it when the function
    first logs, too late for a metric filter. `Function.log_group` would then create a custom
    resource.
    """
    underlying = get_underlying_function(function)
    resource: Any = underlying.node.default_child
    if not hasattr(type(resource), "logging_config"):
        return FunctionLogging(group=None, format=None)
    config = resource.logging_config
    is_set = config is not None and getattr(config, "log_group", None) is not None
    is_managed = underlying.node.try_find_child("LogGroup") is not None
    log_format = _read_setting(config, "log_format", "Text")
    level = _read_setting(config, "system_log_level", None)
    return FunctionLogging(
        group=underlying.log_group if is_set or is_managed else None,
        format=log_format,
        reports_left_out=level if log_format == "JSON" and level == "WARN" else None,
    )


def list_log_group_names(functions: Iterable[IFunction]) -> list[str]:
    """Return the log groups of `functions`, each once. Default: the group that Lambda creates."""
    return list(dict.fromkeys(_get_log_group_name(function) for function in functions))


def _get_log_group_name(function: IFunction) -> str:
    group = read_logging(function).group
    if group is not None:
        return group.log_group_name
    return f"/aws/lambda/{get_underlying_function(function).function_name}"


def _read_setting(config: Any, name: str, default: str | None) -> str | None:
    """Return a setting: `default` if it is not set, None if it is a token."""
    if config is None:
        return default
    value = getattr(config, name, None)
    if value is None:
        return default if hasattr(config, name) else None
    return None if Token.is_unresolved(value) else str(value)

"""States: the comparable properties of one description of an API.

A template, the API as it was last edited and the snapshot that a stage serves are three
descriptions of what should be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE, INVOKE_MODE_VARIABLE
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject


@dataclass(frozen=True, kw_only=True)
class RouteState:
    """The state of a route. None means that a field is unknown."""

    integration_uri: str | None = None
    transfer_mode: str | None = None
    timeout_ms: int | None = None
    authorization: str | None = None
    api_key_required: bool | None = None


@dataclass(frozen=True, kw_only=True)
class FunctionState:
    """The state of a function. None means that a field is unknown, an empty variable is not set."""

    runtime: str | None = None
    handler: str | None = None
    timeout_seconds: float | None = None
    memory_mb: int | None = None
    architecture: str | None = None
    layers: tuple[str, ...] | None = None
    invoke_mode: str | None = None
    exec_wrapper: str | None = None


@dataclass(frozen=True, kw_only=True)
class StageState:
    """The state of a stage. None means that a field is unknown."""

    rate: float | None = None
    burst: int | None = None
    access_log_format: str | None = None
    tracing: bool | None = None


State = RouteState | FunctionState | StageState


def snapshot_api(api: ApiModel) -> dict[Subject, State]:
    """Return the state of everything in `api`, by subject."""
    states: dict[Subject, State] = dict(snapshot_routes(api))
    states |= {
        Subject("function", name): _snapshot_function(function)
        for name, function in api.functions.items()
    }
    throttle = api.stage.throttle
    states[Subject("stage")] = StageState(
        rate=throttle.rate if throttle else None,
        burst=throttle.burst if throttle else None,
        access_log_format=api.stage.access_log_format,
        tracing=api.stage.is_tracing_enabled,
    )
    return states


def snapshot_routes(api: ApiModel) -> dict[Subject, RouteState]:
    """Return the state of every route of `api`, by subject."""
    return {Subject("route", str(route)): _snapshot_route(route) for route in api.routes}


def compare_states(
    expected: Mapping[Subject, State], actual_states: Mapping[Subject, State]
) -> Iterator[tuple[Subject, str]]:
    """Yield each subject whose actual state differs from the expected one, and the difference."""
    for subject in expected.keys() - actual_states.keys():
        yield subject, "is missing"
    for subject in actual_states.keys() - expected.keys():
        yield subject, "is there"
    for subject in expected.keys() & actual_states.keys():
        for name, expected_value, actual in _compare_fields(
            expected[subject], actual_states[subject]
        ):
            yield subject, f"has {name} {actual!r} instead of {expected_value!r}"


def _compare_fields(expected: State, actual_state: State) -> Iterator[tuple[str, Any, Any]]:
    for field in fields(expected):
        expected_value, actual = (
            getattr(expected, field.name),
            getattr(actual_state, field.name, None),
        )
        if expected_value is not None and actual is not None and expected_value != actual:
            yield field.name.replace("_", " "), expected_value, actual


def _snapshot_route(route: Route) -> RouteState:
    integration, authorizer = route.integration, route.access.authorizer
    unclear = authorizer is not None and bool(authorizer.unresolved or authorizer.unknown)
    kind = authorizer.type if authorizer else None
    # As a method names its authorization: both kinds of Lambda authorizers are CUSTOM.
    custom = kind in (AuthorizerType.TOKEN, AuthorizerType.REQUEST)
    authorization = "CUSTOM" if custom else kind.value if kind else "NONE"
    return RouteState(
        integration_uri=integration.uri,
        transfer_mode=_get_transfer_mode(integration),
        timeout_ms=integration.timeout_ms,
        authorization=None if unclear else authorization,
        api_key_required=route.access.api_key_required,
    )


def _get_transfer_mode(integration: Integration) -> str | None:
    """Return the mode; None if it is unknown, or another than that of the URI."""
    uri = parse_integration_uri(integration.uri or "")
    if integration.unresolved or integration.invalid_transfer_mode is not None:
        return None
    is_consistent = uri is None or uri.transfer_mode is integration.transfer_mode
    return integration.transfer_mode.value if is_consistent else None


def _snapshot_function(function: Function) -> FunctionState:
    arns = tuple(layer.arn for layer in function.layers)
    return FunctionState(
        runtime=function.runtime,
        handler=function.handler,
        timeout_seconds=function.timeout_seconds,
        memory_mb=function.memory_mb,
        architecture=function.architecture,
        layers=None if None in arns else tuple(arn for arn in arns if arn),
        invoke_mode=_read_variable(function, INVOKE_MODE_VARIABLE),
        exec_wrapper=_read_variable(function, EXEC_WRAPPER_VARIABLE),
    )


def _read_variable(function: Function, name: str) -> str | None:
    default = None if function.is_variable_unresolved(name) else ""
    return function.environment.get(name, default)

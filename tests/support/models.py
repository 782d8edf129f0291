"""Small `ApiModel`s for tests: everything that a test does not set is correct."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.rule import Finding

ORIGIN = SourceLocation(construct_path="Stack/Api")


def new_function(timeout_seconds: float | None = 300, function_id: str = "chat") -> Function:
    """Return a function that may run for five minutes."""
    return Function(
        id=function_id,
        origin=SourceLocation(construct_path=f"Stack/{function_id}"),
        timeout_seconds=timeout_seconds,
    )


def new_route(
    path: str = "/chat",
    method: str = "GET",
    *,
    mode: TransferMode = TransferMode.STREAM,
    timeout_ms: int | None = 3_000,
    function: str = "chat",
    **options: Any,
) -> Route:
    """Return a route that streams from the function `chat`."""
    integration = Integration(
        transfer_mode=mode,
        uri=f"uri of {function}",
        function=function,
        credentials="role",
        timeout_ms=timeout_ms,
    )
    return Route(method=method, path=path, integration=integration, origin=ORIGIN, **options)


def new_api(
    *routes: Route, functions: Iterable[Function] = (new_function(),), **options: Any
) -> ApiModel:
    """Return an API of `routes`."""
    return ApiModel(
        id="Stack/Api",
        name="Api",
        origin=ORIGIN,
        routes=routes,
        functions={function.id: function for function in functions},
        **{"stage": Stage(name="prod"), **options},
    )


def new_declaration(
    *routes: Route, functions: Iterable[Function] = (new_function(),), **options: Any
) -> Declaration:
    """Return the declaration of an API of `routes`; `options` are facts of either."""
    facts = {field.name for field in fields(Declaration)} & options.keys()
    declared = {name: options.pop(name) for name in facts}
    return Declaration(api=new_api(*routes, functions=functions, **options), **declared)


def ids(findings: Iterable[Finding]) -> list[str]:
    """Return the rule ids of `found`, in order."""
    return [finding.rule.id for finding in findings]

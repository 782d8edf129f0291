"""Reads the stages of a REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from streaming_construct.model.api import Stage
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.reader.method_settings import MethodSettings
from streaming_construct.templates.resolver.child_resources import ChildResources
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.unresolved import Unresolved


@dataclass(frozen=True)
class DeclaredStage:
    """A stage with its method settings, and the problem that prevents API Gateway from serving it.

    `declared_name` may be unresolved; the name of `stage` is then the default `prod`.
    """

    stage: Stage
    settings: MethodSettings
    declared_name: object = None
    problem: str | None = None


def read_stages(children: ChildResources, api: SourceLocation) -> tuple[DeclaredStage, ...]:
    """Read the stages of the API at `api`, or the stages of its deployments if it has none.

    The deployments that SAM creates have an additional stage, `Stage`.
    """
    declared = list(children.list_by_type("AWS::ApiGateway::Stage")) or list(
        _list_deployed_stages(children)
    )
    return tuple(_read_stage(children, api, *stage) for stage in declared)


def create_missing_stage(api: SourceLocation) -> DeclaredStage:
    """Return a stage for the API at `api`, which declares none."""
    problem = (
        f"{api}: the API has no stage, so that no client can call it: add an AWS::ApiGateway::Stage"
    )
    return DeclaredStage(Stage(name="prod"), MethodSettings(()), problem=problem)


def list_canary_notes(stage: Stage) -> Iterator[str]:
    """Yield a note if the stage has a canary."""
    if stage.has_canary:
        yield (
            f"{stage.origin}: the canary of stage {stage.name} is not applied: all requests go to "
            "the deployment of the stage"
        )


def _list_deployed_stages(
    children: ChildResources,
) -> Iterator[tuple[SourceLocation, Mapping[str, Any]]]:
    for origin, deployment in children.list_by_type("AWS::ApiGateway::Deployment"):
        if "StageName" in deployment:
            description = as_mapping(deployment.get("StageDescription"))
            yield origin, {**description, "StageName": deployment["StageName"]}


def _read_stage(
    children: ChildResources,
    api: SourceLocation,
    origin: SourceLocation,
    properties: Mapping[str, Any],
) -> DeclaredStage:
    name, problem = properties.get("StageName"), None
    if name is None or isinstance(name, Unresolved):
        problem = f"{api}: the name of the stage: {name or 'the value is missing'}"
        properties = {**properties, "StageName": "prod"}
    below = ("Properties", "MethodSettings") if origin.json_pointer else ()
    # A stage that was created from another document has its settings at other indexes.
    stacks = (resolver.stack for resolver in children.resolvers)
    stack = next((stack for stack in stacks if str(stack.file) == origin.file), None)
    is_written = stack is not None and origin.logical_id not in stack.pointers
    declared = properties.get("MethodSettings")
    settings = MethodSettings(
        [declared] if isinstance(declared, Unresolved) else as_list(declared),
        origin=replace(origin, json_pointer=(*origin.json_pointer, *below)),
        has_pointers=bool(below) and is_written,
        cluster=to_string(properties.get("CacheClusterEnabled", False)) == "true",
    )
    return DeclaredStage(_create_stage(properties, origin, settings), settings, name, problem)


def _create_stage(
    properties: Mapping[str, Any], origin: SourceLocation, settings: MethodSettings
) -> Stage:
    variables = as_mapping(properties.get("Variables"))
    unresolved = tuple(name for name, value in variables.items() if isinstance(value, Unresolved))
    log_format = as_mapping(properties.get("AccessLogSetting")).get("Format")
    return Stage(
        name=to_string(properties["StageName"]),
        origin=origin,
        is_complete=True,
        has_access_log="AccessLogSetting" in properties,
        variables={
            name: to_string(value) for name, value in variables.items() if name not in unresolved
        },
        unresolved_variables=unresolved,
        has_unresolved_variables=isinstance(properties.get("Variables"), Unresolved),
        throttle=settings.default,
        unresolved=settings.unresolved,
        access_log_format=log_format if isinstance(log_format, str) else None,
        is_tracing_enabled=properties.get("TracingEnabled") is True,
        has_canary=bool(properties.get("CanarySetting")),
    )

"""Reads the deployments of an API, and the account's role for logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streaming_construct.model.api import Route, Stage
from streaming_construct.model.declaration import (
    CloudWatchRole,
    Deployment,
    StageError,
    StageErrorKind,
    StageReference,
)
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.cloud_assembly import REPLACED_ON_CHANGE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved

_STAGE: Final = "AWS::ApiGateway::Stage"
_DEPLOYMENT: Final = "AWS::ApiGateway::Deployment"
# A hash, a date or a time at the end, as CDK, SAM and the Serverless Framework write it.
_CHANGING_ID: Final = re.compile(r"(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}$")
_SUBSTITUTED: Final = re.compile(r"\$\{([A-Za-z0-9]+)")
_RETAINED: Final = frozenset({"Retain", "RetainExceptOnCreate"})


def read_deployment(
    resolvers: Sequence[Resolver], api_id: str, routes: Sequence[Route]
) -> Deployment | None:
    """Read the deployment of an API that its stage shows; of several the last."""
    deployments: list[tuple[Resolver, str]] = []
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources(_DEPLOYMENT):
            if resolver.properties(resource).get("RestApiId") == api_id:
                deployments.append((resolver, logical_id))
    if not deployments:
        return None
    staged_ids = _list_staged_deployments(resolvers)
    staged_deployments = [
        candidate for candidate in deployments if str(candidate[0].ref(candidate[1])) in staged_ids
    ]
    resolver, logical_id = (staged_deployments or deployments)[-1]
    resources = resolver.section("Resources")
    before = _find_transitive_dependencies(resources, logical_id)
    metadata = as_mapping(as_mapping(resources[logical_id]).get("Metadata"))
    return Deployment(
        origin=find_origin(resolver.stack, logical_id),
        is_replaced_on_change=REPLACED_ON_CHANGE in metadata
        or bool(_CHANGING_ID.search(logical_id)),
        missing_depends_on=tuple(
            route
            for route in routes
            if route.origin.file == str(resolver.stack.file)
            and _is_method(resources, route.origin.logical_id)
            and route.origin.logical_id not in before
        ),
    )


def read_stage_errors(
    resolvers: Sequence[Resolver], api_id: str, stage: SourceLocation
) -> Iterator[StageError]:
    """Yield the errors of the resource of a stage, and of other resources that create its name."""
    creators = list(_list_stage_creators(resolvers, api_id))
    creator = next((item for item in creators if item.origin == stage), None)
    if creator is None:
        return
    if creator.name is None:
        yield StageError(kind=StageErrorKind.UNNAMED, origin=stage)
    elif not creator.is_conditional and any(
        item.name == creator.name and item is not creator and not item.is_conditional
        for item in creators
    ):
        yield StageError(kind=StageErrorKind.DUPLICATE, origin=stage)
    if not creator.has_deployment:
        yield StageError(kind=StageErrorKind.WITHOUT_DEPLOYMENT, origin=stage)


@dataclass(frozen=True)
class _StageCreator:
    """A stage, or a deployment that creates one; `name` is None if it has none."""

    origin: SourceLocation
    name: object
    has_deployment: bool
    is_conditional: bool


def has_stage_of_unknown_api(resolvers: Sequence[Resolver]) -> bool:
    """Return whether a resource creates a stage of an API that only the deployment knows."""
    return any(
        isinstance(properties.get("RestApiId"), Unresolved)
        and (kind == _STAGE or "StageName" in properties)
        for resolver in resolvers
        for kind in (_STAGE, _DEPLOYMENT)
        for _, resource in resolver.list_resources(kind)
        for properties in (resolver.properties(resource),)
    )


def _list_stage_creators(resolvers: Sequence[Resolver], api_id: str) -> Iterator[_StageCreator]:
    for resolver in resolvers:
        for kind in (_STAGE, _DEPLOYMENT):
            is_deployment = kind == _DEPLOYMENT
            for logical_id, resource in resolver.list_resources(kind):
                properties = resolver.properties(resource)
                if properties.get("RestApiId") != api_id:
                    continue
                if is_deployment and "StageName" not in properties:
                    continue
                yield _StageCreator(
                    find_origin(resolver.stack, logical_id),
                    properties.get("StageName"),
                    is_deployment or "DeploymentId" in properties,
                    "Condition" in resource,
                )


def read_unordered_references(
    resolvers: Sequence[Resolver], api_id: str, stage: Stage
) -> Iterator[StageReference]:
    """Yield the resources that name a stage of the same template and do not wait for it."""
    for resolver in resolvers:
        resources = resolver.section("Resources")
        if stage.origin.file != str(resolver.stack.file) or stage.origin.logical_id is None:
            continue
        for kind, stages_of in _STAGES_OF.items():
            for logical_id, resource in resolver.list_resources(kind):
                properties = resolver.properties(resource)
                waits = stage.origin.logical_id in _find_transitive_dependencies(
                    resources, logical_id
                )
                if stage.name in stages_of(properties, api_id) and not waits:
                    origin = find_origin(resolver.stack, logical_id)
                    yield StageReference(resource_type=kind, origin=origin)


def read_missing_stages(resolvers: Sequence[Resolver], api_id: str) -> Iterator[StageReference]:
    """Yield the resources that name a stage of the API that no template creates.

    Nothing is yielded if the API has no stage, or if the name of one of its stages is not known.
    """
    names = [
        properties.get("StageName")
        for resolver in resolvers
        for kind in (_STAGE, _DEPLOYMENT)
        for _, resource in resolver.list_resources(kind)
        if (properties := resolver.properties(resource)).get("RestApiId") == api_id
        and ("StageName" in properties or kind == _STAGE)
    ]
    if not names or not all(isinstance(name, str) for name in names):
        return
    for resolver in resolvers:
        for kind, stages_of in _STAGES_OF.items():
            for logical_id, resource in resolver.list_resources(kind):
                for stage in stages_of(resolver.properties(resource), api_id):
                    if isinstance(stage, str) and stage not in names:
                        origin = find_origin(resolver.stack, logical_id)
                        yield StageReference(resource_type=kind, origin=origin, missing_stage=stage)


def _plan_stages(properties: Mapping[str, Any], api_id: str) -> list[object]:
    uses = map(as_mapping, as_list(properties.get("ApiStages")))
    return [use.get("Stage") for use in uses if use.get("ApiId") == api_id]


def _list_mapping_stages(properties: Mapping[str, Any], api_id: str) -> list[object]:
    is_mapped = api_id in (properties.get("RestApiId"), properties.get("ApiId"))
    return [properties.get("Stage")] if is_mapped else []


def _list_key_stages(properties: Mapping[str, Any], api_id: str) -> list[object]:
    uses = map(as_mapping, as_list(properties.get("StageKeys")))
    return [use.get("StageName") for use in uses if use.get("RestApiId") == api_id]


def _list_association_stages(properties: Mapping[str, Any], api_id: str) -> list[object]:
    _, separator, stage = str(properties.get("ResourceArn")).partition(
        f"/restapis/{api_id}/stages/"
    )
    return [stage] if separator else []


_STAGES_OF: Final[Mapping[str, Callable[[Mapping[str, Any], str], list[object]]]] = {
    "AWS::ApiGateway::ApiKey": _list_key_stages,
    "AWS::ApiGateway::BasePathMapping": _list_mapping_stages,
    "AWS::ApiGateway::BasePathMappingV2": _list_mapping_stages,
    "AWS::ApiGateway::UsagePlan": _plan_stages,
    "AWS::ApiGatewayV2::ApiMapping": _list_mapping_stages,
    "AWS::WAFRegional::WebACLAssociation": _list_association_stages,
    "AWS::WAFv2::WebACLAssociation": _list_association_stages,
}
"""The resource types that name a stage, each with the stages of an API that it names."""


def read_cloud_watch_role(resolvers: Sequence[Resolver]) -> CloudWatchRole | None:
    """Read the role that `AWS::ApiGateway::Account` gives the account, where a template has it."""
    retained = {
        str(resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})): resource.get("DeletionPolicy")
        in _RETAINED
        for resolver in resolvers
        for logical_id, resource in resolver.list_resources("AWS::IAM::Role")
    }
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Account"):
            role = resolver.properties(resource).get("CloudWatchRoleArn")
            return CloudWatchRole(
                origin=find_origin(resolver.stack, logical_id),
                is_retained=retained.get(str(role), True),
            )
    return None


def _list_staged_deployments(resolvers: Sequence[Resolver]) -> set[str]:
    return {
        str(resolver.properties(resource).get("DeploymentId"))
        for resolver in resolvers
        for _, resource in resolver.list_resources(_STAGE)
    }


def _is_method(resources: Mapping[str, Any], logical_id: str | None) -> bool:
    return as_mapping(resources.get(logical_id or "")).get("Type") == "AWS::ApiGateway::Method"


def _find_transitive_dependencies(resources: Mapping[str, Any], start: str) -> set[str]:
    """Return the logical ids that a resource depends on, directly or not."""
    reached, above = set[str](), [start]
    while above:
        for name in _list_references(resources.get(above.pop())):
            if name in resources and name not in reached:
                reached.add(name)
                above.append(name)
    return reached


def _list_references(value: object) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _list_references(item)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key in {"Ref", "DependsOn"} and isinstance(item, str):
            yield item
        elif key == "DependsOn":
            yield from (name for name in as_list(item) if isinstance(name, str))
        elif key == "Fn::GetAtt":
            yield _get_first_argument(item).partition(".")[0]
        elif key == "Fn::Sub":
            yield from _SUBSTITUTED.findall(_get_first_argument(item))
        yield from _list_references(item)


def _get_first_argument(argument: object) -> str:
    """Return the text that an intrinsic function has for its argument, or for the first of them."""
    first = next(iter(as_list(argument)), argument)
    return first if isinstance(first, str) else ""

"""The choice of one REST API among stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import Stack

REST_API = "AWS::ApiGateway::RestApi"


def check_parameters(stacks: Sequence[Stack], parameters: Mapping[str, str]) -> None:
    """Raise if no template declares a given parameter.

    Raises:
        SourceError: A parameter is not declared. The message lists all of them.
    """
    declared = {name for stack in stacks for name in as_mapping(stack.template.get("Parameters"))}
    if unknown := sorted(parameters.keys() - declared):
        names = ", ".join(sorted(declared)) or "none"
        raise SourceError(f"there is no parameter {', '.join(unknown)}: the templates have {names}")


def choose_stack(resolvers: Sequence[Resolver], name: str | None) -> Resolver:
    """Return the stack of that name, or the only one with a REST API.

    Raises:
        SourceError: There is no such stack, or more than one.
    """
    if name is not None:
        for resolver in resolvers:
            if name in resolver.stack.names:
                return resolver
        stack_names = ", ".join(resolver.stack.name for resolver in resolvers)
        raise SourceError(f"Stack {name} does not exist. Pass one of {stack_names}.")
    holding = [resolver for resolver in resolvers if any(resolver.list_resources(REST_API))]
    if not holding:
        files = ", ".join(str(resolver.stack.file) for resolver in resolvers) or "the assembly"
        raise SourceError(
            f"{files} contains no {REST_API}. Pass a template or an assembly with one."
        )
    if len(holding) > 1:
        names = ", ".join(resolver.stack.name for resolver in holding)
        raise SourceError(f"Several stacks have a REST API. Pass --stack with one of {names}.")
    return holding[0]


def choose_api(resolver: Resolver, name: str | None) -> tuple[str, Mapping[str, Any]]:
    """Return logical id and resource of the REST API of that name, or of the only one.

    Raises:
        SourceError: There is no such API, or more than one.
    """
    apis = list(resolver.list_resources(REST_API))
    names = {logical_id: str(find_origin(resolver.stack, logical_id)) for logical_id, _ in apis}
    api_names = ", ".join(
        find_origin(resolver.stack, logical_id).display_name for logical_id in names
    )
    if name is not None:
        apis = [item for item in apis if name == item[0] or f"/{name}/" in f"/{names[item[0]]}/"]
    stack = f"Stack {resolver.stack.name}"
    if not apis:
        if name and api_names:
            raise SourceError(f"{stack} has no REST API {name}. Pass one of {api_names}.")
        raise SourceError(f"{stack} has no {REST_API}.")
    if len(apis) > 1:
        raise SourceError(f"{stack} has several REST APIs. Pass --api with one of {api_names}.")
    return apis[0]

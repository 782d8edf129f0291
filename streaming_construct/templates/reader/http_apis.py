"""HTTP APIs: their functions and integrations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from streaming_construct.model.http_api import HttpApi
from streaming_construct.templates.reader import openapi_body
from streaming_construct.templates.reader.integrations import read_integration
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping, to_string
from streaming_construct.templates.stacks.origin import find_origin

_API: Final = "AWS::ApiGatewayV2::Api"
_FUNCTION: Final = re.compile(r":function:([A-Za-z0-9-_]+)")


def read_http_apis(resolvers: Sequence[Resolver], functions: LambdaFunctions) -> Iterator[HttpApi]:
    """Yield the HTTP APIs of all stacks, without WebSocket APIs."""
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources(_API):
            properties = resolver.properties(resource)
            if properties.get("ProtocolType", "HTTP") == "HTTP":
                yield _read(resolvers, resolver, logical_id, properties, functions)


def _read(
    resolvers: Sequence[Resolver],
    resolver: Resolver,
    logical_id: str,
    properties: Mapping[str, Any],
    functions: LambdaFunctions,
) -> HttpApi:
    body, origin = as_mapping(properties.get("Body")), find_origin(resolver.stack, logical_id)
    api_id = str(resolver.ref(logical_id))
    integrations = [
        integration
        for candidate in resolvers
        for _, resource in candidate.list_resources("AWS::ApiGatewayV2::Integration")
        if (integration := candidate.properties(resource)).get("ApiId") == api_id
    ]
    function_names = _FUNCTION.findall(" ".join(_list_strings([properties, integrations])))
    found_functions = {name: functions.find(name) for name in dict.fromkeys(function_names)}
    return HttpApi(
        id=api_id,
        name=to_string(properties.get("Name") or logical_id),
        origin=origin,
        integrations=tuple(
            read_integration(operation.integration, functions)
            for operation in openapi_body.read_operations(body, origin)
        ),
        functions={
            name: function for name, function in found_functions.items() if function is not None
        },
    )


def _list_strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _list_strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _list_strings(item)

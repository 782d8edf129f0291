"""The converted document, written as OpenAPI 3.0.1.

3.0.1 is what API Gateway itself exports; whether it takes later 3.0.x is not documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.openapi.conversion.cdk_safe_values import is_safe_text
from streaming_construct.openapi.conversion.methods import Method, ResponseModel
from streaming_construct.openapi.conversion.resource_paths import variables
from streaming_construct.openapi.reader.operations import ANY_METHOD, OperationKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streaming_construct.openapi.conversion.model_names import Models
    from streaming_construct.openapi.reader.node import Node

VERSION = "3.0.1"


def written_methods(
    methods: Mapping[OperationKey, Method], models: Models, *, documentation: bool
) -> dict[str, dict[str, Any]]:
    """The `paths` of a document, in the order its operations came."""
    paths: dict[str, dict[str, Any]] = {}
    for key, method in methods.items():
        member = ANY_METHOD if key.method == ANY else key.method.lower()
        written = _method(method, key.path, models, documentation=documentation)
        paths.setdefault(key.path, {})[member] = written
    return paths


def _method(method: Method, path: str, models: Models, *, documentation: bool) -> dict[str, Any]:
    result: dict[str, Any] = dict(method.extensions)
    parameters = [*_path_parameters(path), *_parameters(method, documentation=documentation)]
    if parameters:
        result["parameters"] = parameters
    content = _content(method.bodies, models)
    if content:
        result["requestBody"] = {"content": content}
        if method.body_required:
            result["requestBody"]["required"] = True
    responses = method.responses or {"200": ResponseModel()}
    result["responses"] = {
        status: _response(status, response, models, documentation=documentation)
        for status, response in sorted(responses.items())
    }
    if method.security is not None:
        result["security"] = [{name: list(value) for name, value in method.security.items()}]
    return result


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in variables(path)
    ]


def _parameters(method: Method, *, documentation: bool) -> list[dict[str, Any]]:
    result = []
    for (location, name), parameter in method.parameters.items():
        written: dict[str, Any] = {"name": name, "in": location}
        if documentation and _is_kept(parameter.description):
            written["description"] = parameter.description
        if parameter.required:
            written["required"] = True
        result.append({**written, "schema": {"type": parameter.type}})
    return result


def _response(
    status: str, response: ResponseModel, models: Models, *, documentation: bool
) -> dict[str, Any]:
    keep = documentation and _is_kept(response.description)
    result: dict[str, Any] = {"description": response.description if keep else f"{status} response"}
    # a lone header of that name would be taken for a function call of CloudFormation
    names: Sequence[str] = () if response.headers == ("Ref",) else response.headers
    if names:
        result["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    content = _content(response.bodies, models)
    if content:
        result["content"] = content
    return result


def _content(bodies: Mapping[str, Any], models: Models) -> dict[str, Any]:
    written = {
        media_type: models.rewrite_references(schema) for media_type, schema in bodies.items()
    }
    return {media_type: {"schema": schema} for media_type, schema in written.items() if schema}


def _is_kept(text: str | None) -> bool:
    return text is not None and text != "" and is_safe_text(text)


def written_info(info: Node, *, documentation: bool) -> dict[str, Any]:
    """The `info` of a document; API Gateway names an API by its title."""
    title, version, description = (info.text(name) for name in ("title", "version", "description"))
    result = {
        "title": title if title and is_safe_text(title) else "API",
        "version": version if version and is_safe_text(version) else "1.0",
    }
    if documentation and description and is_safe_text(description):
        result["description"] = description
    return result

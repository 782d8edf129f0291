"""Write the converted document as OpenAPI 3.0.1.

API Gateway exports this version. AWS does not document whether it imports a later 3.0.x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.openapi.conversion.cdk_safe_values import is_safe_text
from streaming_construct.openapi.conversion.methods import Method, ResponseModel
from streaming_construct.openapi.conversion.resource_paths import list_resource_parameters
from streaming_construct.openapi.reader.operations import ANY_METHOD, OperationKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streaming_construct.openapi.conversion.model_names import NamedModels
    from streaming_construct.openapi.reader.node import Node

OPENAPI_VERSION = "3.0.1"


def write_paths(
    methods: Mapping[OperationKey, Method], models: NamedModels, *, documentation: bool
) -> dict[str, dict[str, Any]]:
    """Return the `paths` of a document, in the order of its operations."""
    paths: dict[str, dict[str, Any]] = {}
    for key, method in methods.items():
        member = ANY_METHOD if key.method == ANY else key.method.lower()
        written = _write_operation(method, key.path, models, documentation=documentation)
        paths.setdefault(key.path, {})[member] = written
    return paths


def _write_operation(
    method: Method, path: str, models: NamedModels, *, documentation: bool
) -> dict[str, Any]:
    result: dict[str, Any] = dict(method.extensions)
    parameters = [
        *_write_path_parameters(path),
        *_write_parameters(method, documentation=documentation),
    ]
    if parameters:
        result["parameters"] = parameters
    content = _write_content(method.bodies, models)
    if content:
        result["requestBody"] = {"content": content}
        if method.body_required:
            result["requestBody"]["required"] = True
    responses = method.responses or {"200": ResponseModel()}
    result["responses"] = {
        status: _write_response(status, response, models, documentation=documentation)
        for status, response in sorted(responses.items())
    }
    if method.security is not None:
        result["security"] = [{name: list(value) for name, value in method.security.items()}]
    return result


def _write_path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in list_resource_parameters(path)
    ]


def _write_parameters(method: Method, *, documentation: bool) -> list[dict[str, Any]]:
    result = []
    for (location, name), parameter in method.parameters.items():
        written: dict[str, Any] = {"name": name, "in": location}
        if documentation and _is_kept(parameter.description):
            written["description"] = parameter.description
        if parameter.required:
            written["required"] = True
        result.append({**written, "schema": {"type": parameter.type}})
    return result


def _write_response(
    status: str, response: ResponseModel, models: NamedModels, *, documentation: bool
) -> dict[str, Any]:
    keep = documentation and _is_kept(response.description)
    result: dict[str, Any] = {"description": response.description if keep else f"{status} response"}
    # CloudFormation would read a map with the only key `Ref` as an intrinsic function.
    names: Sequence[str] = () if response.headers == ("Ref",) else response.headers
    if names:
        result["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    content = _write_content(response.bodies, models)
    if content:
        result["content"] = content
    return result


def _write_content(bodies: Mapping[str, Any], models: NamedModels) -> dict[str, Any]:
    written = {
        media_type: models.rewrite_references(schema) for media_type, schema in bodies.items()
    }
    return {media_type: {"schema": schema} for media_type, schema in written.items() if schema}


def _is_kept(text: str | None) -> bool:
    return text is not None and text != "" and is_safe_text(text)


def write_info(info: Node, *, documentation: bool) -> dict[str, Any]:
    """Return the `info` of a document, whose title API Gateway uses as the name of the API."""
    title, version, description = (info.text(name) for name in ("title", "version", "description"))
    result = {
        "title": title if title and is_safe_text(title) else "API",
        "version": version if version and is_safe_text(version) else "1.0",
    }
    if documentation and description and is_safe_text(description):
        result["description"] = description
    return result

"""Convert parameters of an operation to method request parameters.

API Gateway supports path, query and header parameters, each name once in a method. It checks only
that required parameters are present and not blank
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streaming_construct.openapi.conversion.methods import ParameterModel
from streaming_construct.openapi.conversion.resource_paths import (
    list_path_parameters,
    list_resource_parameters,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation, Parameter

ONLY_PRESENCE_CHECKED = "API Gateway checks only that a required parameter is present"
UNSUPPORTED_LOCATION = "API Gateway supports only path, query and header parameters"
INVALID_NAME = "the name of a parameter must match ^[a-zA-Z0-9:._$-]+$"
DUPLICATE_NAME = "path, query and header parameters must have distinct names"
NOT_IN_PATH = "the path has no variable with this name"
IGNORED_HEADER = "OpenAPI 3 says that this header parameter is ignored"
EXPLODED_OBJECT = "a request sends its properties as separate parameters"
BLANK_VALUE = "API Gateway treats a blank value as missing"

_NAME = re.compile(r"[a-zA-Z0-9:._$-]+")
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}
_SCALAR_TYPES = {"boolean", "integer", "number", "string"}
_COMPOSITION_KEYWORDS = ("allOf", "anyOf", "oneOf", "$ref")
_OBJECT_KEYWORDS = ("properties", "additionalProperties", *_COMPOSITION_KEYWORDS)
_UNCONSTRAINING_MEMBERS = frozenset(
    [
        "type",
        "description",
        "title",
        "default",
        "example",
        "examples",
        "deprecated",
        "required",
        "name",
        "in",
    ]
)


def convert_parameters(
    operation: Operation, resource: str, report: ConversionReport
) -> Mapping[tuple[str, str], ParameterModel]:
    """Return the query and header parameters of an operation, by location and name.

    The path parameters follow from the path of the resource.

    Args:
        operation: The operation.
        resource: The path of its resource. No parameter gets the name of one of its variables.
        report: The report of omissions to add to.
    """
    result: dict[tuple[str, str], ParameterModel] = {}
    used_names = set(list_resource_parameters(resource))
    path_names = set(list_path_parameters(operation.key.path))
    for parameter in operation.parameters:
        reason = _find_omission_reason(parameter, used_names, path_names)
        label = f"parameter {parameter.name} ({parameter.location})"
        subject, pointers = str(operation.key), [str(parameter.node)]
        if reason is not None:
            report.add(subject, label, reason, pointers)
            continue
        if _is_exploded(parameter):
            report.add(
                subject,
                f"required: {label}" if parameter.required else label,
                EXPLODED_OBJECT,
                pointers,
            )
            for name, model in _explode_properties(parameter).items():
                if name not in used_names and _NAME.fullmatch(name):
                    used_names.add(name)
                    result["query", name] = model
            continue
        unchecked = _find_unchecked_keywords(parameter)
        if unchecked:
            report.add(subject, f"{label}: {', '.join(unchecked)}", ONLY_PRESENCE_CHECKED, pointers)
        if parameter.location != "path":
            used_names |= _list_used_names(parameter)
            key = (parameter.location, parameter.name)
            result[key] = _convert_parameter(parameter, subject, report)
    return result


def _find_omission_reason(
    parameter: Parameter, used_names: set[str], path_names: set[str]
) -> str | None:
    """Return why API Gateway cannot have a parameter; None if it can."""
    if parameter.location == "path":
        return None if parameter.name in path_names else NOT_IN_PATH
    if parameter.location not in {"query", "header"}:
        return UNSUPPORTED_LOCATION
    if _NAME.fullmatch(parameter.name) is None:
        return INVALID_NAME
    if parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS:
        return IGNORED_HEADER
    return DUPLICATE_NAME if used_names & _list_used_names(parameter) else None


def _is_exploded(parameter: Parameter) -> bool:
    """Return whether a request may send the properties of an object instead of the parameter.

    This applies to the style `form` with `explode`, the default of a query, and to `deepObject`.
    https://spec.openapis.org/oas/v3.0.3.html#style-values
    """
    style = parameter.node.text("style") or "form"
    explodes = parameter.node.value.get("explode", style == "form")
    if parameter.location != "query" or parameter.node.get("content") is not None:
        return False
    is_styled = style == "deepObject" or (style == "form" and explodes is not False)
    return is_styled and _can_be_object(parameter.schema)


def _can_be_object(schema: Node | None) -> bool:
    if schema is None:
        return False
    types = schema.value.get("type") if isinstance(schema.value, dict) else None
    if types is not None:
        return "object" in (types if isinstance(types, list | tuple) else [types])
    return any(schema.get(name) is not None for name in _OBJECT_KEYWORDS)


def _explode_properties(parameter: Parameter) -> Mapping[str, ParameterModel]:
    """Return the parameters that a request sends for an exploded object of style `form`.

    A parameter is required if the object and its property are. A composed schema requires none.
    """
    schema, style = parameter.schema, parameter.node.text("style") or "form"
    declared = schema.get("properties") if schema and style == "form" else None
    if schema is None or declared is None:
        return {}
    required = schema.value.get("required", ())
    is_plain = not any(schema.get(name) is not None for name in _COMPOSITION_KEYWORDS)
    return {
        name: ParameterModel(
            required=parameter.required and is_plain and name in required,
            type=_read_scalar_type(node),
            description=node.text("description"),
        )
        for name, node in declared.items()
    }


def _list_used_names(parameter: Parameter) -> set[str]:
    """Return the names that a parameter uses: also the lowercase name of a header with a colon."""
    if parameter.location == "query":
        return {parameter.name}
    return {parameter.name, f"{parameter.name.lower()}:"}


def _convert_parameter(
    parameter: Parameter, subject: str, report: ConversionReport
) -> ParameterModel:
    blank = parameter.required and parameter.node.flag("allowEmptyValue")
    if blank:
        report.add(
            subject, f"required: parameter {parameter.name}", BLANK_VALUE, [str(parameter.node)]
        )
    return ParameterModel(
        required=parameter.required and not blank,
        type=_find_type(parameter),
        description=parameter.node.text("description"),
    )


def _find_type(parameter: Parameter) -> str:
    return _read_scalar_type(parameter.schema)


def _read_scalar_type(schema: Node | None) -> str:
    name = schema.text("type") if schema else None
    return name if name in _SCALAR_TYPES else "string"


def _find_unchecked_keywords(parameter: Parameter) -> list[str]:
    """Return the schema keywords of a parameter, which API Gateway does not validate."""
    if parameter.schema is None:
        return ["content"] if parameter.node.get("content") else []
    names = parameter.schema.names()
    unchecked = [
        name for name in names if name not in _UNCONSTRAINING_MEMBERS and not name.startswith("x-")
    ]
    is_plain = "type" not in names or parameter.schema.text("type") in _SCALAR_TYPES
    return unchecked if is_plain else ["type", *unchecked]

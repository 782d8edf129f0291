"""Parameters of an operation to method request parameters.

API Gateway knows parameters of path, query and header, each name once in a method, and checks that
the required ones are there and not blank; nothing else
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streaming_construct.openapi.conversion.methods import ParameterModel
from streaming_construct.openapi.conversion.resource_paths import path_parameter_names, variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation, Parameter

PRESENCE = "API Gateway checks only that a required parameter is there"
LOCATION = "API Gateway knows parameters of path, query and header"
NAME = "a parameter's name must match ^[a-zA-Z0-9:._$-]+$"
TWICE = "a name may be used once among query, header and path"
NOT_IN_PATH = "the path has no such variable"
IGNORED = "OpenAPI 3 says that this header parameter is ignored"
EXPLODED = "a request has its properties as separate parameters"
BLANK = "API Gateway takes a blank value for a missing one"

_NAME = re.compile(r"[a-zA-Z0-9:._$-]+")
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}
_SCALARS = {"boolean", "integer", "number", "string"}
_COMPOSING = ("allOf", "anyOf", "oneOf", "$ref")
_OF_OBJECTS = ("properties", "additionalProperties", *_COMPOSING)
_SAYS_NOTHING = frozenset(
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


def request_parameters(
    operation: Operation, resource: str, report: Report
) -> Mapping[tuple[str, str], ParameterModel]:
    """The query and header parameters of an operation, by location and name.

    Those of the path follow from the resource's path alone.

    Args:
        operation: The operation.
        resource: Its resource's path, whose variables take their names first.
        report: Takes what is left out.
    """
    result: dict[tuple[str, str], ParameterModel] = {}
    taken = set(variables(resource))
    in_path = set(path_parameter_names(operation.key.path))
    for parameter in operation.parameters:
        why = _refusal(parameter, taken, in_path)
        label = f"parameter {parameter.name} ({parameter.location})"
        where, pointers = str(operation.key), [str(parameter.node)]
        if why is not None:
            report.add(where, label, why, pointers)
            continue
        if _is_exploded(parameter):
            report.add(
                where, f"required: {label}" if parameter.required else label, EXPLODED, pointers
            )
            for name, model in _properties(parameter).items():
                if name not in taken and _NAME.fullmatch(name):
                    taken.add(name)
                    result["query", name] = model
            continue
        lost = _unchecked(parameter)
        if lost:
            report.add(where, f"{label}: {', '.join(lost)}", PRESENCE, pointers)
        if parameter.location != "path":
            taken |= _names_taken(parameter)
            key = (parameter.location, parameter.name)
            result[key] = _model(parameter, where, report)
    return result


def _refusal(parameter: Parameter, taken: set[str], in_path: set[str]) -> str | None:
    """Why a parameter cannot be had; `None` when it can."""
    if parameter.location == "path":
        return None if parameter.name in in_path else NOT_IN_PATH
    if parameter.location not in {"query", "header"}:
        return LOCATION
    if _NAME.fullmatch(parameter.name) is None:
        return NAME
    if parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS:
        return IGNORED
    return TWICE if taken & _names_taken(parameter) else None


def _is_exploded(parameter: Parameter) -> bool:
    """Whether the name of a parameter is not in a request, or may not be.

    So it is for objects in style `form` with `explode`, the defaults of a query, and in style
    `deepObject`. https://spec.openapis.org/oas/v3.0.3.html#style-values
    """
    style = parameter.node.text("style") or "form"
    explodes = parameter.node.value.get("explode", style == "form")
    if parameter.location != "query" or parameter.node.get("content") is not None:
        return False
    is_styled = style == "deepObject" or (style == "form" and explodes is not False)
    return is_styled and _may_be_object(parameter.schema)


def _may_be_object(schema: Node | None) -> bool:
    if schema is None:
        return False
    types = schema.value.get("type") if isinstance(schema.value, dict) else None
    if types is not None:
        return "object" in (types if isinstance(types, list | tuple) else [types])
    return any(schema.get(name) is not None for name in _OF_OBJECTS)


def _properties(parameter: Parameter) -> Mapping[str, ParameterModel]:
    """The parameters that an exploded object of style `form` is sent as.

    Such a parameter is required where the object and the property are. A schema that is more than
    its properties requires none.
    """
    schema, style = parameter.schema, parameter.node.text("style") or "form"
    declared = schema.get("properties") if schema and style == "form" else None
    if schema is None or declared is None:
        return {}
    required = schema.value.get("required", ())
    is_plain = not any(schema.get(name) is not None for name in _COMPOSING)
    return {
        name: ParameterModel(
            required=parameter.required and is_plain and name in required,
            type=_scalar(node),
            description=node.text("description"),
        )
        for name, node in declared.items()
    }


def _names_taken(parameter: Parameter) -> set[str]:
    """The names that a parameter takes; a header's are one in whatever case, with a colon."""
    if parameter.location == "query":
        return {parameter.name}
    return {parameter.name, f"{parameter.name.lower()}:"}


def _model(parameter: Parameter, where: str, report: Report) -> ParameterModel:
    blank = parameter.required and parameter.node.flag("allowEmptyValue")
    if blank:
        report.add(where, f"required: parameter {parameter.name}", BLANK, [str(parameter.node)])
    return ParameterModel(
        required=parameter.required and not blank,
        type=_type(parameter),
        description=parameter.node.text("description"),
    )


def _type(parameter: Parameter) -> str:
    return _scalar(parameter.schema)


def _scalar(schema: Node | None) -> str:
    name = schema.text("type") if schema else None
    return name if name in _SCALARS else "string"


def _unchecked(parameter: Parameter) -> list[str]:
    """Return the schema keywords of a parameter, which API Gateway does not validate."""
    if parameter.schema is None:
        return ["content"] if parameter.node.get("content") else []
    names = parameter.schema.names()
    lost = [name for name in names if name not in _SAYS_NOTHING and not name.startswith("x-")]
    is_plain = "type" not in names or parameter.schema.text("type") in _SCALARS
    return lost if is_plain else ["type", *lost]

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
    from streaming_construct.openapi.reader.operations import Operation, Parameter

PRESENCE = "API Gateway checks only that a required parameter is there"
LOCATION = "API Gateway knows parameters of path, query and header"
NAME = "a parameter's name must match ^[a-zA-Z0-9:._$-]+$"
TWICE = "a name may be used once among query, header and path"
NOT_IN_PATH = "the path has no such variable"
IGNORED = "OpenAPI 3 says that this header parameter is ignored"
BLANK = "API Gateway takes a blank value for a missing one"

_NAME = re.compile(r"[a-zA-Z0-9:._$-]+")
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}
_SCALARS = {"boolean", "integer", "number", "string"}
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
    name = parameter.schema.text("type") if parameter.schema else None
    return name if name in _SCALARS else "string"


def _unchecked(parameter: Parameter) -> list[str]:
    """Return the schema keywords of a parameter, which API Gateway does not validate."""
    if parameter.schema is None:
        return ["content"] if parameter.node.get("content") else []
    names = parameter.schema.names()
    lost = [name for name in names if name not in _SAYS_NOTHING and not name.startswith("x-")]
    is_plain = "type" not in names or parameter.schema.text("type") in _SCALARS
    return lost if is_plain else ["type", *lost]

"""Text to plain data: JSON, and YAML as OpenAPI reads it.

OpenAPI requires the JSON schema of YAML 1.2 (https://spec.openapis.org/oas/v3.1.1, section 4.2).
PyYAML implements YAML 1.1, in which `NO` is false, `12:30` is 750, a date is not a string, and a
response code is a number. This module reads these values as YAML 1.2 does.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from streaming_construct.documents.bounds import (
    BoundsError,
    check_yaml_bounds,
    parse_bounded_int,
    parse_bounded_json,
    parse_finite_float,
)
from streaming_construct.documents.duplicate_keys import (
    DuplicateKeysError,
    find_json_duplicates,
    load_yaml,
    reject_repeated_keys,
)
from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError
from streaming_construct.documents.positions import Position

if TYPE_CHECKING:
    import yaml


NO_YAML = "PyYAML, which reads YAML, is missing: pip install 'streaming-construct[local]'"


def parse(text: str, name: str) -> Any:
    """Return the plain data of a JSON or YAML text that errors call `name`.

    Raises:
        OpenApiError: The text is neither, with line and column.
    """
    try:
        return _parse_json(text) if is_json(text) else _parse_yaml(text)
    except _SyntaxProblem as problem:
        reason = ImportProblem(message=problem.message, file=name, position=problem.position)
        raise OpenApiError(name, [reason]) from problem
    except RecursionError as error:
        raise OpenApiError(name, [ImportProblem(message="nested too deeply")]) from error
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        raise OpenApiError(name, [ImportProblem(message=NO_YAML)]) from error


def is_json(text: str) -> bool:
    """Return whether a text is JSON: it starts with a brace, and its first key is quoted."""
    return re.match(r'\s*\{\s*("|\})', text) is not None


class _SyntaxProblem(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, message: str, position: Position | None) -> None:
        self.message = message
        self.position = position
        super().__init__(message)


def _parse_json(text: str) -> Any:
    try:
        return parse_bounded_json(text, object_pairs_hook=reject_repeated_keys)
    except DuplicateKeysError as error:
        duplicates = DuplicateKeysError(tuple(find_json_duplicates(text)))
        raise _SyntaxProblem(str(duplicates), None) from error
    except BoundsError as error:
        raise _SyntaxProblem(f"not JSON: {error}", None) from error
    except json.JSONDecodeError as error:
        try:  # a flow mapping of YAML, with comments or trailing commas
            return _parse_yaml(text)
        except _SyntaxProblem:
            position = Position(error.lineno, error.colno)
            raise _SyntaxProblem(f"not JSON: {error.msg}", position) from error


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        check_yaml_bounds(text)
        return load_yaml(text, _create_yaml_loader())
    except DuplicateKeysError as error:
        raise _SyntaxProblem(str(error), None) from error
    except BoundsError as error:
        raise _SyntaxProblem(f"not YAML: {error}", None) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else None
        raise _SyntaxProblem(f"not YAML: {error.problem}", position) from error
    except yaml.YAMLError as error:
        raise _SyntaxProblem(f"not YAML: {error}", None) from error


@cache
def _create_yaml_loader() -> type[yaml.SafeLoader]:
    """Return PyYAML's safe loader with the core schema of YAML 1.2 and strings as keys."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is optional
    loader: type[yaml.SafeLoader] = type("Loader", (base,), {"yaml_implicit_resolvers": {}})

    for tag, pattern, first in (
        ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", list("-+0123456789")),
        (
            "tag:yaml.org,2002:float",
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
            list("-+.0123456789"),
        ),
        ("tag:yaml.org,2002:merge", "<<", ["<"]),
    ):
        loader.add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), first)
    loader.add_constructor("tag:yaml.org,2002:int", _construct_integer)
    loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
    loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
    return loader


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    """Return a mapping whose keys are the texts as written."""
    import yaml

    loader.flatten_mapping(node)
    result = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be text", key.start_mark
            )
        # deep, so that a mapping that contains itself is an error and not a cycle
        result[str(key.value)] = loader.construct_object(value, deep=True)
    return result


def _construct_integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return parse_bounded_int(str(loader.construct_scalar(node)))


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return parse_finite_float(str(loader.construct_scalar(node)))

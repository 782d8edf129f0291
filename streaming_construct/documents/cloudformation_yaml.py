"""CloudFormation's YAML: short-form tags become the long form that JSON templates use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.documents.bounds import check_digits, check_yaml_bounds, parse_finite_float
from streaming_construct.documents.duplicate_keys import load_yaml
from streaming_construct.documents.errors import SourceError

try:
    import yaml
except ModuleNotFoundError as error:
    raise SourceError(
        "reading YAML needs PyYAML: pip install 'streaming-construct[local]'"
    ) from error


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where it is there


class _Loader(_SafeLoader):  # type: ignore[misc] # either of the two
    """Reads what CloudFormation reads: a date stays the string it was written as."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[dict[str, Any]]:
    """Construct a mapping whose keys are strings, as in the JSON that CloudFormation creates.

    PyYAML requires two steps for a value that an alias can refer to.
    """
    mapping: dict[str, Any] = {}
    yield mapping
    loader.flatten_mapping(node)
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else loader.construct_object(key)
        mapping[str(name)] = loader.construct_object(value)


def _construct_long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind of node
        (value,) = _construct_mapping(loader, node)
    if suffix in {"Ref", "Condition"}:
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _construct_integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    check_digits(str(node.value))
    value: int = loader.construct_yaml_int(node)
    return value


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    check_digits(str(node.value))
    return parse_finite_float(str(loader.construct_yaml_float(node)))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
_Loader.add_multi_constructor("!", _construct_long_form)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def parse_yaml(text: str, name: str, *, allow_duplicates: bool = False) -> Mapping[str, Any]:
    """Parse a YAML template that errors call `name`.

    With `allow_duplicates`, the last of repeated keys counts, as for CloudFormation.

    Raises:
        SourceError: The text is not YAML, repeats a key, or its top is not a mapping.
    """
    try:
        check_yaml_bounds(text)
        content = load_yaml(text, _Loader, allow_duplicates=allow_duplicates)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise SourceError(f"{name} cannot be read as YAML: {_format_reason(error)}") from error
    if not isinstance(content, dict):
        raise SourceError(f"{name} is not a YAML mapping")
    return content


def _format_reason(error: Exception) -> str:
    """Return an error of the parser in one line, with the line of the text."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        is_continued = error.problem.startswith("but ") and error.context is not None
        problem = f"{error.context}, {error.problem}" if is_continued else error.problem
        return f"line {error.problem_mark.line + 1}: {problem}"
    return " ".join(str(error).split())

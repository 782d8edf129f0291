"""Resolves the intrinsic functions that `AWS::LanguageExtensions` resolves before SAM.

The transform resolves a function whose value is known before the deployment: it depends on
parameters, mappings, conditions and pseudo parameters only.
https://github.com/aws/serverless-application-model/issues/2533
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from streaming_construct.templates.resolver.intrinsic_functions import NO_VALUE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.unresolved import list_unresolved_reasons

_DEPLOYED: Final = frozenset({"Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput"})
_NAME: Final = re.compile(r"\$\{([^!}][^}]*)\}")


def resolve_known_values(
    template: Mapping[str, Any], resolve: Callable[[object], Any]
) -> Mapping[str, Any]:
    """Return a template with the values of the functions that no resource decides."""
    resources = frozenset(as_mapping(template.get("Resources")))
    return {
        name: _resolve_part(section, resources, resolve)
        if name in {"Globals", "Resources"}
        else section
        for name, section in template.items()
    }


def _resolve_part(value: Any, resources: frozenset[str], resolve: Callable[[object], Any]) -> Any:
    if isinstance(value, list):
        return [_resolve_part(item, resources, resolve) for item in value]
    if not isinstance(value, Mapping):
        return value
    is_function = len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
    if is_function and not _is_of_resource(value, resources):
        resolved = resolve(value)
        if resolved is not NO_VALUE and next(list_unresolved_reasons(resolved), None) is None:
            return resolved
    return {name: _resolve_part(item, resources, resolve) for name, item in value.items()}


def _is_of_resource(value: object, resources: frozenset[str]) -> bool:
    """Return whether a value depends on a resource or on another stack."""
    if isinstance(value, list):
        return any(_is_of_resource(item, resources) for item in value)
    if not isinstance(value, Mapping):
        return False
    if _DEPLOYED & value.keys() or value.get("Ref") in resources:
        return True
    written = next(iter(as_list(value.get("Fn::Sub"))), value.get("Fn::Sub"))
    names = _NAME.findall(written) if isinstance(written, str) else []
    return any(name.partition(".")[0] in resources for name in names) or any(
        _is_of_resource(item, resources) for item in value.values()
    )

"""Environment variables that the user sets, for all functions or for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from streaming_construct.documents.errors import SourceError
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function


class UnknownFunctionError(SourceError):
    """A name that no function or several functions have. The text lists the functions."""


def set_variables(api: ApiModel, variables: Mapping[str, str]) -> ApiModel:
    """Return the API with variables added to the environments of its functions.

    Args:
        api: The API.
        variables: Values by `NAME`, for all functions, or by `FUNCTION:NAME`, for one function.
            They win over those of the template, those for one function over those for all.

    Raises:
        UnknownFunctionError: A FUNCTION is not the name of exactly one function.
    """
    by_function: dict[str, dict[str, str]] = {name: {} for name in api.functions}
    for key in sorted(variables, key=lambda key: ":" in key):
        name, colon, variable = key.rpartition(":")
        targets = [find_function(api, name)] if colon else api.functions.values()
        for function in targets:
            by_function[function.id][variable] = variables[key]
    return replace(
        api,
        functions={
            name: _set_variables(function, by_function[name])
            for name, function in api.functions.items()
        },
    )


def find_function(api: ApiModel, name: str) -> Function:
    """Return the function with a name.

    Its name is its construct path, the last parts of the path, its logical id, or the function
    name of the template.

    Raises:
        UnknownFunctionError: No function has this name, or several.
    """
    matches = [function for function in api.functions.values() if _has_name(function, name)]
    if len(matches) != 1:
        names = ", ".join(
            sorted(function.origin.display_name for function in api.functions.values())
        )
        problem = "several functions are" if matches else "no function is"
        raise UnknownFunctionError(f"{problem} named {name!r}. The functions: {names or 'none'}.")
    return matches[0]


def _has_name(function: Function, name: str) -> bool:
    path = function.origin.construct_path or ""
    names = (function.id, function.name, function.origin.logical_id, path)
    return bool(name) and (name in names or f"/{path}".endswith(f"/{name}"))


def _set_variables(function: Function, variables: Mapping[str, str]) -> Function:
    resolved_properties = {f"Environment.Variables.{name}" for name in variables}
    unresolved: Iterable[tuple[str, str]] = function.unresolved.items()
    return replace(
        function,
        environment={**function.environment, **variables},
        replaced_environment={
            name: value for name, value in function.environment.items() if name in variables
        },
        unresolved={name: reason for name, reason in unresolved if name not in resolved_properties},
    )

"""Variables that the user sets for all functions or for one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.local.gateway.startup_messages import format_route_table
from streaming_construct.local.settings.variables import (
    UnknownFunctionError,
    find_function,
    set_variables,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import api_model, route

UNKNOWN = {"Environment.Variables.TABLE": "nothing exports Table", "Timeout": "no default"}


def api() -> ApiModel:
    functions = {
        name: Function(
            id=name,
            name=f"deployed-{name}",
            origin=SourceLocation(construct_path=path, logical_id=name),
            environment={"A": "template", "B": "template"},
            unresolved=UNKNOWN,
        )
        for name, path in (("Web1", "Chat/Web/Function"), ("Jobs2", "Chat/Jobs/Function"))
    }
    return replace(api_model(route("/", function="Web1")), functions=functions)


@pytest.mark.parametrize("name", ["Web1", "deployed-Web1", "Chat/Web/Function", "Web/Function"])
def test_a_function_is_found_by_each_of_its_names(name: str) -> None:
    assert find_function(api(), name).id == "Web1"


@pytest.mark.parametrize(("name", "problem"), [("Function", "several functions are"), ("W", "no")])
def test_another_name_lists_the_functions(name: str, problem: str) -> None:
    with pytest.raises(UnknownFunctionError) as rejected:
        find_function(api(), name)

    assert str(rejected.value).startswith(problem)
    assert "The functions: Chat/Jobs/Function, Chat/Web/Function." in str(rejected.value)


def test_a_value_for_one_function_overrides_all_others() -> None:
    """A value for all functions overrides the template."""
    served = set_variables(api(), {"Web/Function:A": "one", "A": "all", "NEW": "all"})

    assert served.functions["Web1"].environment == {"A": "one", "B": "template", "NEW": "all"}
    assert served.functions["Jobs2"].environment == {"A": "all", "B": "template", "NEW": "all"}


def test_a_value_replaces_an_unresolved_variable() -> None:
    """Without it, a message names the option that gives the value."""
    before = list(format_route_table(api(), {}))
    after = set_variables(api(), {"Web1:TABLE": "local"}).functions

    assert "Pass --env 'Chat/Web/Function:TABLE=VALUE' to set the variable locally." in before
    assert not any("Timeout=VALUE" in line for line in before)
    assert set(after["Web1"].unresolved) == {"Timeout"}
    assert set(after["Jobs2"].unresolved) == set(UNKNOWN)

"""The option `--debug`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.settings.debug_ports import read_debug_ports
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import api_model, route


def api(*runtimes: str) -> ApiModel:
    functions = {
        f"F{number}": Function(
            id=f"F{number}",
            runtime=runtime,
            origin=SourceLocation(construct_path=f"Chat/F{number}"),
        )
        for number, runtime in enumerate(runtimes)
    }
    return replace(api_model(route("/", function="F0")), functions=functions)


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        (None, {}),
        ("F0", {"F0": 5678}),
        ("Chat/F1", {"F1": 9229}),
        ("F1=4000", {"F1": 4000}),
    ],
)
def test_a_function_has_the_port_of_its_kind_or_the_given_one(
    value: str | None, ports: dict[str, int]
) -> None:
    assert read_debug_ports(api("python3.14", "nodejs24.x"), value) == ports


def test_the_only_function_needs_no_name() -> None:
    assert read_debug_ports(api("provided.al2023"), "") == {"F0": 5678}
    assert read_debug_ports(api("provided.al2023"), "=4000") == {"F0": 4000}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "the API has 2 functions. Pass one of them: Chat/F0, Chat/F1."),
        ("F2", "no function is named 'F2'. The functions: Chat/F0, Chat/F1."),
        ("F0=x", "'x' is no port. Pass a number such as 5678."),
        ("F0=70000", "'70000' is no port. Pass a number such as 5678."),
    ],
)
def test_the_error_of_a_wrong_value_lists_the_right_ones(value: str, problem: str) -> None:
    with pytest.raises(SourceError) as rejected:
        read_debug_ports(api("python3.14", "nodejs24.x"), value)
    assert str(rejected.value) == problem

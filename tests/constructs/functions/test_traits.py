"""`FunctionTraits` exist for each function as long as the function exists."""

from __future__ import annotations

import gc

from aws_cdk import Stack

from streaming_construct import WebAdapter
from streaming_construct.constructs.functions.function_reader import get_underlying_function
from streaming_construct.constructs.functions.traits import FunctionTraits, get_function_traits
from tests.support.synthesis import new_function


def test_a_function_without_traits_has_unknown_ones(stack: Stack) -> None:
    """It does not have those of another function."""
    WebAdapter().attach(new_function(stack, "Adapted"))

    assert get_function_traits(new_function(stack)) == FunctionTraits()


def test_the_adapter_sets_streaming_and_base_path(stack: Stack) -> None:
    """The value of the variable has one leading slash."""
    function = new_function(stack)
    WebAdapter(stream=False, remove_base_path="/v1/").attach(function)

    assert get_function_traits(function) == FunctionTraits(
        is_streaming=False,
        base_path_variable="AWS_LWA_REMOVE_BASE_PATH",
        base_path="/v1",
    )


def test_the_traits_exist_while_only_an_alias_is_referenced(stack: Stack) -> None:
    """The app references the function, although no variable of the caller does."""
    function = new_function(stack)
    WebAdapter().attach(function)
    alias = function.add_alias("live")
    del function
    gc.collect()

    assert get_function_traits(get_underlying_function(alias)).is_streaming is True

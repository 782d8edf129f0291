"""Names of operations in overrides: their precedence, and suggestions for unknown ones."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.openapi import OpenApi
from streaming_construct.openapi.operation_overrides import Overrides, find_close_matches
from streaming_construct.openapi.reader.operations import Operation

PATHS: dict[str, Any] = {
    "/pets": {
        "get": {"operationId": "listPets", "tags": ["pets", "slow"], "responses": {}},
        "post": {"operationId": "addPet", "tags": ["pets"], "responses": {}},
    },
    "/plain": {"get": {"responses": {}}},
}


def operations() -> dict[str, Operation]:
    conversion = OpenApi.from_dict({"openapi": "3.0.0", "paths": PATHS}).convert()
    return {str(key): operation for key, operation in conversion.sources.items()}


def test_the_most_specific_name_comes_first() -> None:
    """Path and method, then operationId, then tags in the order of the operation."""
    overrides = {"slow": 4, "pets": 3, "listPets": 2, "GET /pets": 1, "GET /plain": 5}

    assert Overrides(overrides).find_for_operation(operations()["GET /pets"]) == (1, 2, 3, 4)
    assert Overrides(overrides).find_for_operation(operations()["POST /pets"]) == (3,)
    assert Overrides(overrides).find_for_operation(operations()["GET /plain"]) == (5,)


def test_a_method_may_be_lowercase() -> None:
    """The case of paths and names matters."""
    assert Overrides({"get /pets": 1}).find_for_operation(operations()["GET /pets"]) == (1,)
    assert Overrides({"GET /Pets": 1}).find_for_operation(operations()["GET /pets"]) == ()
    assert Overrides({"listpets": 1}).find_for_operation(operations()["GET /pets"]) == ()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("GET /pet", "GET /pets"),
        ("DELETE /plain", "GET /plain"),
        ("listpets", "listPets"),
        ("Pets", "pets"),
    ],
)
def test_the_error_for_an_unknown_name_has_similar_ones(name: str, near: str) -> None:
    """The most similar one is first."""
    ((unmatched, similar),) = Overrides({name: 1, "pets": 2}).find_unmatched(operations().values())

    assert unmatched == name
    assert similar[0] == near


def test_a_name_without_similar_ones_has_no_suggestion() -> None:
    """Then nothing is suggested."""
    assert find_close_matches("zzzzzzzz", ["GET /pets", "listPets"]) == []

"""The contract of each conversion, checked on random documents."""

from __future__ import annotations

import copy
import json
import os
import re
from typing import Any

from hypothesis import HealthCheck, example, given, settings

from streaming_construct.openapi import Conversion, OpenApi, OperationKey
from tests.openapi.conversion import import_rules, request_samples
from tests.openapi.conversion.documents import documents
from tests.openapi.conversion.routing import Router


def convert(document: dict[str, Any]) -> Conversion:
    return OpenApi.from_dict(document).convert()


def find_served_operation(conversion: Conversion, key: OperationKey) -> Any:
    result = conversion.operations[key]
    return conversion.document["paths"][result.path][result.method.lower()]


def originals(document: dict[str, Any]) -> dict[OperationKey, Any]:
    return {
        OperationKey(method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def list_reported(conversion: Conversion, key: OperationKey) -> str:
    return "\n".join(
        f"{entry.element}: {entry.reason}"
        for entry in conversion.dropped
        if entry.subject == str(key)
    )


def assert_import_accepts(_: dict[str, Any], conversion: Conversion) -> None:
    """Check that a converted document breaks no rule of the import."""
    assert import_rules.findings(conversion.document) == []


def assert_operations_are_reachable(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that a request to each original path and method reaches its resource."""
    resources = conversion.document["paths"]
    router = Router(resources)
    for key in originals(document):
        target = conversion.operations[key]
        assert target.method == key.method
        assert target.method.lower() in resources[target.path]
        plain = re.sub(r"\{\?[^}]*\}|[?#].*$", "", key.path)
        path = re.sub(r"\{[^}]*\}", "0value", plain)
        assert router.route(path) == target.path


def assert_bodies_stay_allowed(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that the converted model allows, as draft 4, every body that the original allows."""
    _, rejected = request_samples.count_rejected_bodies(
        document, conversion.document, conversion.operations
    )
    assert rejected == []


def assert_parameters_stay_optional(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that a query or header parameter is required only if the original requires it."""
    for key, operation in originals(document).items():
        required = {(p["in"], p["name"]) for p in operation["parameters"] if p.get("required")}
        for parameter in find_served_operation(conversion, key).get("parameters", []):
            if parameter.get("required") and parameter["in"] != "path":
                assert (parameter["in"], parameter["name"]) in required


def assert_dropped_parameters_are_reported(
    document: dict[str, Any], conversion: Conversion
) -> None:
    """Check that the report names each dropped parameter with its operation."""
    for key, operation in originals(document).items():
        served_parameters = {
            (p["in"], p["name"])
            for p in find_served_operation(conversion, key).get("parameters", [])
        }
        for parameter in operation["parameters"]:
            if (
                parameter["in"] != "body"
                and (parameter["in"], parameter["name"]) not in served_parameters
            ):
                assert f"parameter {parameter['name']} ({parameter['in']})" in list_reported(
                    conversion, key
                )


def assert_dropped_responses_are_reported(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that the report names each dropped response with its operation."""
    for key, operation in originals(document).items():
        for status in operation["responses"]:
            if status not in find_served_operation(conversion, key)["responses"]:
                assert f"response {status}" in list_reported(conversion, key)


def assert_security_is_kept_or_reported(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that open operations stay open, and that the report names dropped schemes."""
    for key, operation in originals(document).items():
        alternatives = operation.get("security", document.get("security", []))
        now = find_served_operation(conversion, key).get("security", [])
        if not alternatives or {} in alternatives:
            assert now == []
        for requirement in now:
            assert any(set(requirement) <= set(alternative) for alternative in alternatives)
        applied = {name for requirement in now for name in requirement}
        for name in {name for alternative in alternatives for name in alternative} - applied:
            assert re.search(rf"security: .*\b{name}\b", list_reported(conversion, key))


def assert_changed_paths_are_reported(_: dict[str, Any], conversion: Conversion) -> None:
    """Check that the report names both paths of an operation whose path changes."""
    for key, target in conversion.operations.items():
        if key.path != target.path:
            assert f"path {key.path}: it is served by {target.path}" in list_reported(
                conversion, key
            )


def assert_conversion_is_repeatable(document: dict[str, Any], conversion: Conversion) -> None:
    """Check that the input is unchanged, and that it always gives the same result."""
    before = copy.deepcopy(document)
    again = convert(document)
    assert document == before
    assert json.dumps(conversion.document) == json.dumps(again.document)
    assert conversion.dropped == again.dropped


def assert_conversion_is_idempotent(_: dict[str, Any], conversion: Conversion) -> None:
    """Check that a second conversion changes nothing."""
    assert convert(conversion.document).document == conversion.document


def assert_result_shares_nothing(document: dict[str, Any], _: Conversion) -> None:
    """Check that a change of the result does not change the input."""
    before = copy.deepcopy(document)
    _clear(convert(document).document)
    assert document == before


def _clear(value: Any) -> None:
    for child in list(value.values()) if isinstance(value, dict) else list(value):
        if isinstance(child, dict | list):
            _clear(child)
    value.clear()


CONTRADICTORY = {
    "openapi": "3.1.0",
    "info": {"title": "Chat", "version": "1"},
    "paths": {
        "/": {
            "get": {
                "parameters": [],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {},
                                    "allOf": [{"type": "null", "enum": ["a"]}],
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


# CONTRACT_EXAMPLES=500 draws more. test_real_documents.py converts twenty published documents.
@settings(
    max_examples=int(os.environ.get("CONTRACT_EXAMPLES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(documents())
@example(CONTRADICTORY)
def test_a_conversion_fulfills_the_contract(document: dict[str, Any]) -> None:
    """Every check above passes for every document. All share one conversion."""
    conversion = convert(document)

    assert_import_accepts(document, conversion)
    assert_operations_are_reachable(document, conversion)
    assert_bodies_stay_allowed(document, conversion)
    assert_parameters_stay_optional(document, conversion)
    assert_dropped_parameters_are_reported(document, conversion)
    assert_dropped_responses_are_reported(document, conversion)
    assert_security_is_kept_or_reported(document, conversion)
    assert_changed_paths_are_reported(document, conversion)
    assert_conversion_is_repeatable(document, conversion)
    assert_conversion_is_idempotent(document, conversion)
    assert_result_shares_nothing(document, conversion)

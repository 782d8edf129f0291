"""The oracles of the conversion tests find the defects that they look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.openapi.conversion import import_rules, request_samples
from tests.openapi.conversion.routing import Router

if TYPE_CHECKING:
    from collections.abc import Mapping

OK: dict[str, Any] = {"responses": {"200": {"description": "x"}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "T", "version": "1"}, "paths": paths, **more}


def body(schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return document({"/a": {"post": {**OK, "requestBody": {"content": content}}}})


def model(schema: Any, name: str = "M") -> dict[str, Any]:
    return document({"/a": {"get": OK}}, components={"schemas": {name: schema}})


def parameter(**members: Any) -> dict[str, Any]:
    return document({"/a": {"get": {**OK, "parameters": [members]}}})


def response(**responses: Any) -> dict[str, Any]:
    return document({"/a": {"get": {"responses": responses}}})


def with_security(scheme: Any) -> dict[str, Any]:
    operation = {**OK, "security": [{"s": []}]}
    components = {"securitySchemes": {"s": scheme}} if scheme else {}
    return document({"/a": {"get": operation}}, components=components)


TWO = {"name": "a", "in": "query"}, {"name": "a", "in": "header"}
BROKEN = [
    ("D01", {**document({}), "openapi": "3.1.0"}),
    ("D02", []),
    ("D02", {**document({}), "openapi": 3.0}),
    ("D04", document({"/a": {"get": {**OK, "description": "x" * 1_000_000}}})),
    ("D05", document({f"/p{n}": {"get": OK} for n in range(301)})),
    ("C01", body({"type": "object", "default": None})),
    ("C02", body({"type": "object", "minProperties": 2**60})),
    ("C03", body({"type": "object", "properties": {"Ref": {}}})),
    ("C04", document({"/a": {"get": {**OK, "description": "${Token[T.1]}"}}})),
    ("P01", document({"a": {"get": OK}})),
    ("P02", document({"/@me": {"get": OK}})),
    ("P03", document({"/{a}.{b}": {"get": OK}})),
    ("P04", document({"/{a}/x": {"get": OK}, "/{b}": {"get": OK}})),
    ("P04", document({"/{a}": {"get": OK}, "/{b+}": {"get": OK}})),
    ("P05", document({"/{a+}/x": {"get": OK}})),
    ("P06", document({"/a": {"get": OK}, "/a/": {"get": OK}})),
    ("P07", document({"/a/": {"get": OK}})),
    ("P08", document({"/a": {"$ref": "#/x"}})),
    ("P09", document({"/a": {"trace": OK}})),
    ("R01", body({"type": "array", "items": {"$ref": "other.yaml"}})),
    ("R02", body({"type": "array", "items": {"$ref": "#/components/schemas/M"}})),
    ("R03", body({"$ref": "#/components/schemas/M"})),
    ("R04", body({"type": "array", "items": {"$ref": "#/paths"}})),
    ("R05", document({"/a": {"get": {**OK, "parameters": [{"$ref": "#/components/x/y"}]}}})),
    ("R06", body({"$ref": "other.yaml"})),
    ("M01", model({"type": "object"}, "a_b")),
    ("M02", model({"oneOf": [{"$ref": "#/components/schemas/M"}]})),
    ("M03", body({"oneOf": [{"type": "object"}]})),
    ("M04", body({"type": "string"})),
    ("M05", body({})),
    ("M06", model({"type": ["string", "null"]})),
    ("M06", model({"exclusiveMinimum": 1})),
    ("M07", model({"const": 1})),
    ("M08", model({"enum": ["x" * 500_000]})),
    ("M09", model({"enum": []})),
    ("M09", model({"enum": ["a", "a"]})),
    ("M12", model({"type": "array"})),
    ("Q01", parameter(**{"name": "a[b]", "in": "query"})),
    ("Q02", document({"/a": {"get": {**OK, "parameters": list(TWO)}}})),
    ("Q03", parameter(**{"name": "a", "in": "formData"})),
    ("Q04", parameter(**{"name": "a", "in": "cookie"})),
    ("Q05", parameter(**{"name": "a", "in": "path"})),
    ("S01", response(default={})),
    ("S02", response(**{"2XX": {}})),
    ("S03", response()),
    ("S05", response(**{"200": {"headers": {"a b": {}}}})),
    ("X01", with_security({"type": "http"})),
    ("X03", document({"/a": {"get": OK}}, security=[])),
    ("X04", with_security(None)),
    ("X05", with_security({"type": "apiKey", "x-amazon-apigateway-authtype": "custom"})),
    ("X06", with_security({"type": "http"})),
    ("E07", document({"/a": {"get": {**OK, "x-amazon-apigateway-request-validator": "v"}}})),
    ("E08", document({}, **{"x-amazon-apigateway-gateway-responses": {"NOPE": {}}})),
]


@pytest.mark.parametrize(("rule", "source"), BROKEN)
def test_a_broken_rule_is_found(rule: str, source: Any) -> None:
    """The test breaks each rule once."""
    assert rule in {finding.rule for finding in import_rules.findings(source)}


def test_a_clean_document_has_no_findings() -> None:
    """The samples of AWS have none."""
    pet = {"type": "object", "properties": {"tags": {"type": "array", "items": {}}}}
    source = body({"$ref": "#/components/schemas/Pet"})
    assert import_rules.findings({**source, "components": {"schemas": {"Pet": pet}}}) == []


class SameValue(dict[Any, Any]):
    def __missing__(self, key: Any) -> Any:
        return key


NARROWER: list[tuple[Any, Any]] = [
    ({"type": "string", "nullable": True}, {"type": "string"}),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "string"}),
    ({"type": "string"}, {"type": "string", "maxLength": 1}),
    ({"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a"]}),
    ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}),
]


@pytest.mark.parametrize(("before", "after"), NARROWER)
def test_a_stricter_model_is_found(before: Any, after: Any) -> None:
    """One of the sampled bodies is valid only before."""
    original, converted = (
        body({"type": "object", "properties": {"a": schema}, "required": ["a"]})
        for schema in (before, after)
    )
    operations: Mapping[Any, Any] = SameValue()
    count, rejected = request_samples.count_rejected_bodies(
        original, converted, operations, tries=50
    )
    assert count > len(rejected) > 0


def test_a_request_goes_to_static_before_variable_before_greedy() -> None:
    """The router of the tests chooses as API Gateway does."""
    resources = ["/a/b", "/a/{x}", "/{rest+}", "/a/{x}/c"]
    router = Router(resources)

    assert router.route("/a/b") == "/a/b"
    assert router.route("/a/z") == "/a/{x}"
    assert router.route("/a/b/c") == "/a/{x}/c"
    assert router.route("/q/r") == "/{rest+}"
    assert Router(["/a"]).route("/b") is None

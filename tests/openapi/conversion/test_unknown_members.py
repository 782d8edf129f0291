"""Members that this library does not know: the conversion keeps and lists them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.openapi import OpenApi
from streaming_construct.openapi.command import run_convert

AUTHORIZER = "x-amazon-apigateway-authorizer"
OPERATION = {"responses": {"200": {"description": "ok"}}}
KEY = {"type": "apiKey", "name": "Authorization", "in": "header"}


def document(
    operation: dict[str, Any] | None = None,
    scheme: dict[str, Any] | None = None,
) -> dict[str, Any]:
    security = {"security": [{"Id": ["chat/write"]}]} if scheme else {}
    members: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/chat": {"post": {**OPERATION, **security, **(operation or {})}}},
    }
    return {**members, "components": {"securitySchemes": {"Id": scheme}}} if scheme else members


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        (document({"x-amazon-apigateway-new": "INVENTED"}), "POST /chat"),
        (document({"x-amazon-apigateway-auth": {"type": "INVENTED"}}), "POST /chat"),
        (document() | {"x-amazon-apigateway-new": "INVENTED"}, "#"),
        (document() | {"x-amazon-apigateway-gateway-responses": {"INVENTED": {}}}, "#"),
        (document(scheme={"type": "INVENTED"}), "security scheme Id"),
        (document(scheme={**KEY, AUTHORIZER: {"type": "INVENTED"}}), "security scheme Id"),
        (
            document(scheme={**KEY, "x-amazon-apigateway-authtype": "INVENTED"}),
            "security scheme Id",
        ),
        (
            document(scheme={**KEY, AUTHORIZER: {"type": "jwt", "newMember": "INVENTED"}}),
            "security scheme Id",
        ),
    ],
)
def test_an_unknown_member_is_kept_and_listed(source: dict[str, Any], subject: str) -> None:
    """The converted document has it unchanged, with the security requirement of its scheme."""
    conversion = OpenApi.from_dict(source).convert()

    (member,) = conversion.unknown
    assert member.subject == subject
    assert "INVENTED" in json.dumps(conversion.document)
    assert "INVENTED" in str(member)
    if "components" in source:
        operation = conversion.document["paths"]["/chat"]["post"]
        assert operation["security"] == [{"Id": ["chat/write"]}]
        assert conversion.document["components"] == source["components"]


def test_a_member_of_a_path_is_kept() -> None:
    """It is a method of a newer OpenAPI, on the resource of the path."""
    source = document()
    source["paths"]["/chat/"] = {"invented": {"a": "INVENTED"}}
    conversion = OpenApi.from_dict(source).convert()

    assert [str(member) for member in conversion.unknown] == ["/chat/: invented {'a': 'INVENTED'}"]
    assert "INVENTED" in json.dumps(conversion.document)


def test_the_unknown_members_of_an_integration_are_listed(tmp_path: Path) -> None:
    """The command lists them on standard error, with a count."""
    integration = {"type": "INVENTED", "responseTransferMode": "DUPLEX", "newMember": 1}
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document({"x-amazon-apigateway-integration": integration})))
    output, errors = io.StringIO(), io.StringIO()

    assert run_convert(str(file), output, errors) == 0
    assert errors.getvalue().splitlines()[-5:] == [
        "not understood, and kept as written (check the spelling, or update):",
        "  POST /chat: type 'INVENTED'",
        "  POST /chat: responseTransferMode 'DUPLEX'",
        "  POST /chat: newMember 1",
        "operations converted: 1; left out: 1; not understood: 3",
    ]


def test_known_members_are_not_listed() -> None:
    """Extensions of other tools have no effect on API Gateway, and are dropped."""
    source = document({"x-codegen": 1}, {"type": "http", "scheme": "bearer"}) | {"x-logo": 1}

    assert OpenApi.from_dict(source).convert().unknown == ()

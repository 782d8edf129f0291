"""What a document has and nothing here knows: kept by the conversion, and listed."""

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
    made: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/chat": {"post": {**OPERATION, **security, **(operation or {})}}},
    }
    return {**made, "components": {"securitySchemes": {"Id": scheme}}} if scheme else made


@pytest.mark.parametrize(
    ("given", "where"),
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
def test_what_is_not_known_is_kept_and_listed(given: dict[str, Any], where: str) -> None:
    """The converted document has it as it was, with the requirement that names its scheme."""
    conversion = OpenApi.from_dict(given).convert()

    (member,) = conversion.unknown
    assert member.subject == where
    assert "INVENTED" in json.dumps(conversion.document)
    assert "INVENTED" in str(member)
    if "components" in given:
        operation = conversion.document["paths"]["/chat"]["post"]
        assert operation["security"] == [{"Id": ["chat/write"]}]
        assert conversion.document["components"] == given["components"]


def test_a_member_of_a_path_is_kept() -> None:
    """A method of a newer OpenAPI, on the resource that the path becomes."""
    given = document()
    given["paths"]["/chat/"] = {"invented": {"a": "INVENTED"}}
    conversion = OpenApi.from_dict(given).convert()

    assert [str(member) for member in conversion.unknown] == ["/chat/: invented {'a': 'INVENTED'}"]
    assert "INVENTED" in json.dumps(conversion.document)


def test_the_integration_is_listed_with_what_is_not_known_of_it(tmp_path: Path) -> None:
    """The command lists it on standard error, with a count."""
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


def test_what_is_known_is_not_listed() -> None:
    """Other tools' extensions have no effect on API Gateway, and are left out as before."""
    given = document({"x-codegen": 1}, {"type": "http", "scheme": "bearer"}) | {"x-logo": 1}

    assert OpenApi.from_dict(given).convert().unknown == ()

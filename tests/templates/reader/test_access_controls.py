"""What protects an API beside its authorizers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.templates.reader.test_api_reader import fn, operation, read, resources

WEB_ACL = {"Acl": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {}}}

MUTUAL_TLS = {
    "Domain": {
        "Type": "AWS::ApiGateway::DomainName",
        "Properties": {"MutualTlsAuthentication": {"TruststoreUri": "s3://trust/clients.pem"}},
    }
}


@pytest.mark.parametrize(
    ("api", "body", "others", "guards"),
    [
        ({}, {}, {}, ()),
        ({"Policy": {"Fn::ImportValue": "Elsewhere"}}, {}, {}, ("the resource policy",)),
        ({}, {}, WEB_ACL, ("WAF",)),
        ({}, {}, MUTUAL_TLS, ("mutual TLS",)),
    ],
)
def test_every_guard_of_a_template_is_named(
    api: dict[str, Any], body: dict[str, Any], others: dict[str, Any], guards: tuple[str, ...]
) -> None:
    """So that whoever serves the API can say what is missing."""
    template = resources({"/": {"get": operation(fn())}}, **others)
    properties = template["Api"]["Properties"]
    properties.update(api)
    properties["Body"].update(body)

    assert read(template).access_controls == guards


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ({"Policy": {"Statement": []}}, {}),
        ({}, {"x-amazon-apigateway-policy": {"Statement": []}}),
    ],
)
def test_a_resource_policy_is_read_from_the_api_or_its_body(
    api: dict[str, Any], body: dict[str, Any]
) -> None:
    """Whoever serves the API can enforce it."""
    template = resources({"/": {"get": operation(fn())}})
    template["Api"]["Properties"].update(api)
    template["Api"]["Properties"]["Body"].update(body)

    assert read(template).resource_policy == {"Statement": []}
    assert read(template).access_controls == ()


def test_base_paths_of_its_domain_names_are_read() -> None:
    """Those of other APIs and what is not known are not among them."""
    mappings = {
        name: {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Properties": {"RestApiId": api, "DomainName": "api.example.com", **path},
        }
        for name, api, path in (
            ("Own", {"Ref": "Api"}, {"BasePath": "v1"}),
            ("Root", {"Ref": "Api"}, {}),
            ("Unknown", {"Ref": "Api"}, {"BasePath": {"Fn::ImportValue": "Elsewhere"}}),
            ("Other", "another", {"BasePath": "v2"}),
        )
    }

    assert read(resources({"/": {"get": operation(fn())}}, **mappings)).base_paths == ("v1",)

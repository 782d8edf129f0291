"""Protection of an API besides its authorizers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.templates.reader.test_api_reader import get_att, operation, read, resources

WEB_ACL = {"Acl": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {}}}

MUTUAL_TLS = {
    "Domain": {
        "Type": "AWS::ApiGateway::DomainName",
        "Properties": {"MutualTlsAuthentication": {"TruststoreUri": "s3://trust/clients.pem"}},
    }
}


@pytest.mark.parametrize(
    ("api", "body", "other_resources", "guards"),
    [
        ({}, {}, {}, ()),
        ({"Policy": {"Fn::ImportValue": "Elsewhere"}}, {}, {}, ("the resource policy",)),
        ({}, {}, WEB_ACL, ("WAF",)),
        ({}, {}, MUTUAL_TLS, ("mutual TLS",)),
    ],
)
def test_every_access_control_of_a_template_is_named(
    api: dict[str, Any],
    body: dict[str, Any],
    other_resources: dict[str, Any],
    guards: tuple[str, ...],
) -> None:
    """The gateway can then report a missing one."""
    template = resources({"/": {"get": operation(get_att())}}, **other_resources)
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
    """The gateway can then enforce it."""
    template = resources({"/": {"get": operation(get_att())}})
    template["Api"]["Properties"].update(api)
    template["Api"]["Properties"]["Body"].update(body)

    assert read(template).resource_policy == {"Statement": []}
    assert read(template).access_controls == ()


def test_base_paths_of_its_domain_names_are_read() -> None:
    """Those of other APIs and unknown values do not count."""
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

    assert read(resources({"/": {"get": operation(get_att())}}, **mappings)).base_paths == ("v1",)

"""What protects an API beside its authorizers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sources.test_template import fn, operation, read, resources

WEB_ACL = {"Acl": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {}}}


@pytest.mark.parametrize(
    ("api", "body", "others", "guards"),
    [
        ({}, {}, {}, ()),
        ({"Policy": {"Statement": []}}, {}, {}, ("the resource policy",)),
        ({}, {"x-amazon-apigateway-policy": {"Statement": []}}, {}, ("the resource policy",)),
        ({}, {}, WEB_ACL, ("WAF",)),
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

    assert read(template).guards == guards

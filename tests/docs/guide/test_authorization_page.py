"""The examples of docs/authorization.md synthesize together, with the security they show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT
from tests.support.synthesis import Template, resources


@pytest.fixture(scope="module")
def template() -> Template:
    """The template of all examples together."""
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for example in list_examples("authorization"):
            run_example(example, names)
        stack = names["stack"]
        synthesized: Template = stack.node.root.synth().get_stack_by_name(stack.stack_name).template
    return synthesized


def security(template: Template, api: str) -> dict[str, Any]:
    """Return the security requirement of each operation of an API."""
    (document,) = (
        resource["Properties"]["Body"]
        for name, resource in resources(template, "AWS::ApiGateway::RestApi").items()
        if name.startswith(api)
    )
    return {
        path: operation.get("security")
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_each_route_has_the_security_of_its_example(template: Template) -> None:
    """A route has the authorizer of the API, another one, or none."""
    assert security(template, "Signed") == {
        "/": [{"CognitoUsers": []}],
        "/admin": [{"CognitoUsers": ["chat/admin"]}],
        "/health": None,
        "/jobs/{id}": [{"Iam": []}],
        "/payments": [{"TokenGuard": []}],
        "/tenants/{tenant}": [{"RequestGuard": []}],
        "/{proxy+}": [{"CognitoUsers": []}],
    }
    assert security(template, "Documented") == {"/chat": [{"TokenGuard": []}], "/health": None}
    assert security(template, "Metered") == {
        "/": [{"ApiKey": []}],
        "/chat": [{"ApiKey": []}],
        "/health": None,
        "/{proxy+}": [{"ApiKey": []}],
    }


def test_the_usage_plan_has_both_api_keys(template: Template) -> None:
    """API Gateway generates one key; a secret contains the value of the other."""
    assert len(resources(template, "AWS::ApiGateway::UsagePlanKey")) == 2
    assert len(resources(template, "AWS::ApiGateway::UsagePlan")) == 1

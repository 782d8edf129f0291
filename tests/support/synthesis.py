"""Synthesis in tests: new stacks, and templates as plain data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import jsii._type_checking as jsii_types
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

Template = dict[str, Any]
CONTAINERS: Final = (dict, list, tuple, set)


def check_types_once() -> None:
    """Let jsii check each type of argument once, in place of each argument.

    The checks take a fifth of the CPU time of a synthesis. Their results depend on the type of the
    argument alone, except for containers.
    """
    check = jsii_types._resolve_check()
    passed: set[tuple[type, int]] = set()

    def check_once(*, argname: str, value: object, expected_type: Any) -> None:
        # jsii keeps the expected types as long as the process runs, so their ids stay unique.
        key = (type(value), id(expected_type))
        if key not in passed:
            check(argname=argname, value=value, expected_type=expected_type)
            if not isinstance(value, CONTAINERS):
                passed.add(key)

    jsii_types._resolved_check = check_once


check_types_once()


def new_stack(name: str = "Stack", *, context: dict[str, Any] | None = None, **env: str) -> Stack:
    """Return a stack in a new app. CDK's template validation is off, because it is slow."""
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context=context,
    )
    return Stack(app, name, env=Environment(**env) if env else None)


def new_function(scope: Construct, name: str = "Function", **options: Any) -> lambda_.Function:
    """Return a Node.js function that may run for five minutes."""
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.NODEJS_22_X,
        handler="index.handler",
        code=lambda_.Code.from_inline("exports.handler = async () => ({ statusCode: 200 })"),
        **{"timeout": Duration.minutes(5), **options},
    )


def synthesize(stack: Stack) -> Template:
    """Return the template of `stack`, as a plain dict."""
    template: Template = json.loads(template_file(stack).read_bytes())
    return template


def template_file(stack: Stack) -> Path:
    """Synthesize the app of `stack`, and return the file with the template of the stack."""
    app = stack.node.root
    assert isinstance(app, App)
    return Path(app.synth(force=True).directory, stack.template_file)


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of type `kind` by logical id."""
    return {
        logical_id: resource
        for logical_id, resource in template.get("Resources", {}).items()
        if resource["Type"] == kind
    }


def only(template: Template, kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of type `kind`."""
    (resource,) = resources(template, kind).values()
    properties: dict[str, Any] = resource.get("Properties", {})
    return properties


def body_of(template: Template) -> dict[str, Any]:
    """Return the OpenAPI body of the one REST API of `template`."""
    body: dict[str, Any] = only(template, "AWS::ApiGateway::RestApi")["Body"]
    return body


def integration(template: Template, path: str, method: str = "ANY") -> dict[str, Any]:
    """Return the integration of one route of the one REST API of `template`."""
    key = "x-amazon-apigateway-any-method" if method == "ANY" else method.lower()
    definition: dict[str, Any] = body_of(template)["paths"][path][key][
        "x-amazon-apigateway-integration"
    ]
    return definition

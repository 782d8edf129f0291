"""`StreamingValidation` in `app.synth()`: the rules of lint for every API of an app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Acknowledgment, App, Duration, Stack, Stage, Validations
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    CfnMethod,
    EndpointConfiguration,
    EndpointType,
    LambdaIntegration,
    ResponseTransferMode,
    RestApi,
)
from constructs import Construct

from streaming_construct import StreamingRestApi, StreamingValidation
from streaming_construct.lint.linter import lint_path
from streaming_construct.rules.suppression import apply_suppressions

PREFIX = "streaming-construct::"


def function(scope: Construct) -> lambda_.Function:
    return lambda_.Function(
        scope,
        "Function",
        runtime=lambda_.Runtime.NODEJS_24_X,
        handler="index.handler",
        code=lambda_.Code.from_inline("exports.handler = awslambda.streamifyResponse(() => 1)"),
    )


def plain_api(scope: Construct, *, is_broken: bool = False) -> RestApi:
    """Return CDK's RestApi with a streamed route, or with a URI that does not stream."""
    api = RestApi(scope, "Api")
    mode = ResponseTransferMode.BUFFERED if is_broken else ResponseTransferMode.STREAM
    method = api.root.add_method(
        "GET", LambdaIntegration(function(scope), response_transfer_mode=mode)
    )
    if is_broken:
        resource = method.node.default_child
        assert isinstance(resource, CfnMethod)
        resource.add_property_override("Integration.ResponseTransferMode", "STREAM")
    return api


def new_app(folder: Path) -> App:
    return App(
        outdir=str(folder), analytics_reporting=False, builtin_cloud_formation_validation=False
    )


def report(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the findings in CDK's report, and the acknowledged ones, by construct and rule."""
    (plugin,) = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    assert plugin["pluginName"] == "streaming-construct"
    return by_construct(plugin["violations"]), by_construct(plugin.get("suppressedViolations", []))


def by_construct(violations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{violation['violatingConstructs'][0]['constructPath']} {violation['ruleName']}": violation
        for violation in violations
    }


def test_an_error_in_any_api_of_the_app_fails_the_synthesis(tmp_path: Path) -> None:
    """CDK's RestApi in a stage counts. An annotation of a construct is not repeated."""
    app = new_app(tmp_path)
    Validations.of(app).add_plugins(StreamingValidation())
    api = plain_api(Stack(app, "Plain"))
    Validations.of(api).acknowledge(
        Acknowledgment(id=f"{PREFIX}edge-idle-timeout", reason="heartbeats"),
    )
    plain_api(Stack(Stage(app, "Prod"), "Broken"), is_broken=True)
    annotated = Stack(app, "Annotated")
    edge = EndpointConfiguration(types=[EndpointType.EDGE])
    StreamingRestApi(annotated, "Api", handler=function(annotated), endpoint_configuration=edge)

    with pytest.raises(RuntimeError, match=f"Acknowledge with '{PREFIX}transfer-mode-mismatch'"):
        app.synth()

    violations, acknowledged = report(tmp_path)
    mismatch = violations["Prod/Broken/Api/Default/GET/Resource transfer-mode-mismatch"]
    assert mismatch["severity"] == "error"
    assert "the transfer mode is STREAM" in mismatch["description"]
    assert mismatch["suggestedFix"]
    assert violations["Plain/Function/Resource function-timeout-default"]["severity"] == "warning"
    assert acknowledged["Plain/Api/Resource edge-idle-timeout"]["reason"] == "heartbeats"
    assert not [name for name in violations if name.startswith("Annotated")]

    # `lint` reads the same reasons from the assembly.
    result = lint_path(tmp_path)
    suppressed = apply_suppressions(result.findings, result.cdk_suppressions).suppressed
    assert ("edge-idle-timeout", "heartbeats") in {
        (finding.rule.id, suppression.reason) for finding, suppression in suppressed
    }


def test_an_acknowledged_error_does_not_fail_the_synthesis(tmp_path: Path) -> None:
    """The plugin of a stage reads only the stacks of that stage."""
    app = new_app(tmp_path)
    plain_api(Stack(app, "Plain"), is_broken=True)
    stage = Stage(app, "Prod")
    api = plain_api(Stack(stage, "Broken"), is_broken=True)
    Validations.of(stage).add_plugins(StreamingValidation())
    Validations.of(api).acknowledge(
        Acknowledgment(id=f"{PREFIX}transfer-mode-mismatch", reason="to be fixed"),
    )

    app.synth()

    violations, acknowledged = report(tmp_path)
    assert "Prod/Broken/Api/Default/GET/Resource transfer-mode-mismatch" in acknowledged
    assert {name.partition("/")[0] for name in (*violations, *acknowledged)} == {"Prod"}


@pytest.mark.parametrize(
    ("quota", "problem"),
    [
        (Duration.seconds(5), "a quota of 5000 ms for buffered integrations is out of range"),
        (Duration.minutes(16), "a quota of 960000 ms for buffered integrations is out of range"),
        (60_000, "integration_timeout_quota is 60000, not a Duration"),
    ],
)
def test_an_invalid_quota_is_an_error(quota: Any, problem: str) -> None:
    """The constructor of the plugin raises it."""
    with pytest.raises(ValueError, match=problem):
        StreamingValidation(integration_timeout_quota=quota)


def test_a_raised_quota_allows_longer_buffered_integrations(tmp_path: Path) -> None:
    """The option of lint is `--integration-timeout-quota`. Without it, the timeout is an error."""
    app = new_app(tmp_path)
    stages = {
        "Raised": StreamingValidation(integration_timeout_quota=Duration.seconds(60)),
        "Default": StreamingValidation(),
    }
    for name, plugin in stages.items():
        stack = Stack(stage := Stage(app, name), "Stack")
        Validations.of(stage).add_plugins(plugin)
        regional = EndpointConfiguration(types=[EndpointType.REGIONAL])
        api = RestApi(stack, "Api", endpoint_configuration=regional)
        integration = LambdaIntegration(function(stack), timeout=Duration.seconds(29))
        resource = api.root.add_method("GET", integration).node.default_child
        assert isinstance(resource, CfnMethod)
        resource.add_property_override("Integration.TimeoutInMillis", 60_000)

    with pytest.raises(RuntimeError):
        app.synth()

    plugins = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    violations = {
        name
        for plugin in plugins
        for name in by_construct(plugin["violations"])
        if name.endswith(" timeout-out-of-range")
    }
    assert violations == {"Default/Stack/Api/Default/GET/Resource timeout-out-of-range"}

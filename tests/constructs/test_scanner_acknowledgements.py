"""What a scanner is not to report stands in the app, with its reason."""

from __future__ import annotations

import pytest
from aws_cdk import CfnResource, Stack
from constructs import Construct

from streaming_construct import StreamingRestApi, acknowledge_scanner_findings
from tests.support.synthesis import new_function, resources, synthesize


def skips(stack: Stack, kind: str) -> dict[str, str]:
    (resource,) = resources(synthesize(stack), kind).values()
    skipped = resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    return {entry["id"]: entry["comment"] for entry in skipped}


def test_nothing_is_acknowledged_unless_it_is_asked_for(stack: Stack) -> None:
    """A library that hides findings by itself would not be trusted."""
    StreamingRestApi(stack, "Api", handler=new_function(stack))

    assert skips(stack, "AWS::ApiGateway::Stage") == {}


def test_what_is_false_of_every_api_is_acknowledged_on_its_one_resource(stack: Stack) -> None:
    """With and without the account's role for logs."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

    acknowledge_scanner_findings(api)

    assert "does not cache" in skips(stack, "AWS::ApiGateway::Stage")["CKV_AWS_120"]


def test_reasons_add_up(stack: Stack) -> None:
    """Those given later, and those of other tools, leave the earlier ones alone."""
    function = new_function(stack)

    acknowledge_scanner_findings(function, {"CKV_AWS_116": "synchronous"})
    acknowledge_scanner_findings(function, {"CKV_AWS_117": "public", "AwsSolutions-L1": "pinned"})

    assert skips(stack, "AWS::Lambda::Function") == {
        "CKV_AWS_116": "synchronous",
        "CKV_AWS_117": "public",
    }


def test_checkov_needs_a_resource(stack: Stack) -> None:
    """A construct of several has none that is meant."""
    several = Construct(stack, "Several")
    CfnResource(several, "One", type="AWS::SNS::Topic")

    with pytest.raises(TypeError, match="Stack/Several: it is no CloudFormation resource"):
        acknowledge_scanner_findings(several, {"CKV_AWS_26": "public"})

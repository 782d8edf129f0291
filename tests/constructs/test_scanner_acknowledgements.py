"""Acknowledgements of scanner findings are in the app, with their reasons."""

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


def test_the_library_acknowledges_nothing_implicitly(stack: Stack) -> None:
    """A user could not trust a library that hides findings."""
    StreamingRestApi(stack, "Api", handler=new_function(stack))

    assert skips(stack, "AWS::ApiGateway::Stage") == {}


def test_a_false_finding_is_acknowledged_on_its_resource(stack: Stack) -> None:
    """With and without the CloudWatch role of the account."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

    acknowledge_scanner_findings(api)

    assert "does not cache" in skips(stack, "AWS::ApiGateway::Stage")["CKV_AWS_120"]


def test_reasons_are_combined(stack: Stack) -> None:
    """Later reasons, and those of other tools, do not change earlier ones."""
    function = new_function(stack)

    acknowledge_scanner_findings(function, {"CKV_AWS_116": "synchronous"})
    acknowledge_scanner_findings(function, {"CKV_AWS_117": "public", "AwsSolutions-L1": "pinned"})

    assert skips(stack, "AWS::Lambda::Function") == {
        "CKV_AWS_116": "synchronous",
        "CKV_AWS_117": "public",
    }


def test_checkov_needs_a_single_resource(stack: Stack) -> None:
    """A construct with several resources is ambiguous."""
    several = Construct(stack, "Several")
    CfnResource(several, "One", type="AWS::SNS::Topic")

    with pytest.raises(TypeError, match="Stack/Several: the construct is not a CloudForm"):
        acknowledge_scanner_findings(several, {"CKV_AWS_26": "public"})

"""The web ACL of the stage."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType
from aws_cdk.aws_wafv2 import CfnWebACL

from streaming_construct import ManagedWebAcl, ResourcePolicy, StreamingRestApi
from tests.support.synthesis import Template, new_function, new_stack, only, resources, synthesize

ARN = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/acl/0f"
ASSOCIATION = "AWS::WAFv2::WebACLAssociation"
ACL = "AWS::WAFv2::WebACL"


@pytest.fixture
def stack() -> Stack:
    """A stack whose Region is known."""
    return new_stack(account="111122223333", region="eu-west-1")


def synthesize_with(stack: Stack, web_acl: Any, **options: Any) -> Template:
    StreamingRestApi(stack, "Api", handler=new_function(stack), web_acl=web_acl, **options)
    return synthesize(stack)


def new_web_acl(stack: Stack, scope: str) -> CfnWebACL:
    return CfnWebACL(
        stack,
        "Own",
        scope=scope,
        default_action={"allow": {}},
        visibility_config={
            "cloudWatchMetricsEnabled": True,
            "sampledRequestsEnabled": True,
            "metricName": "own",
        },
    )


def rules(template: Template) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in only(template, ACL)["Rules"]}


def test_an_existing_web_acl_is_associated_with_the_stage(stack: Stack) -> None:
    """The association depends on the stage, since it has the ARN of the stage."""
    template = synthesize_with(stack, ARN)

    (association,) = resources(template, ASSOCIATION).values()
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    assert association["Properties"]["WebACLArn"] == ARN
    assert {"Ref": stage} in association["Properties"]["ResourceArn"]["Fn::Join"][1]


def test_a_web_acl_may_be_a_construct(stack: Stack) -> None:
    """The deployment knows its ARN."""
    template = synthesize_with(stack, new_web_acl(stack, "REGIONAL"))

    assert only(template, ASSOCIATION)["WebACLArn"] == {"Fn::GetAtt": ["Own", "Arn"]}


def test_the_managed_web_acl_has_rules_of_aws_and_a_rate_limit(stack: Stack) -> None:
    """Their priorities are in order. All other requests are allowed."""
    template = synthesize_with(stack, ManagedWebAcl())

    acl = only(template, ACL)
    assert (acl["Scope"], acl["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    assert [(rule["Priority"], rule["Name"]) for rule in acl["Rules"]] == [
        (0, "RateLimit"),
        (1, "AmazonIpReputationList"),
        (2, "KnownBadInputsRuleSet"),
        (3, "CommonRuleSet"),
    ]
    rate = rules(template)["RateLimit"]["Statement"]["RateBasedStatement"]
    assert rate == {"Limit": 2000, "AggregateKeyType": "IP"}
    core = rules(template)["CommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert core == {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}
    (logical_id,) = resources(template, ACL)
    assert only(template, ASSOCIATION)["WebACLArn"] == {"Fn::GetAtt": [logical_id, "Arn"]}


def test_large_bodies_are_counted_and_not_blocked(stack: Stack) -> None:
    """Only the rule about their size changes."""
    template = synthesize_with(stack, ManagedWebAcl(allow_large_bodies=True, rate_limit=None))

    core = rules(template)["CommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert core["RuleActionOverrides"] == [
        {"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}
    ]
    assert "RateLimit" not in rules(template)


def test_a_private_api_may_have_a_web_acl(stack: Stack) -> None:
    """WAF supports REST APIs with every endpoint type."""
    template = synthesize_with(
        stack,
        ManagedWebAcl(),
        endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE]),
        policy=ResourcePolicy(vpc_endpoints=["vpce-1"]),
    )

    assert len(resources(template, ASSOCIATION)) == 1


@pytest.mark.parametrize(
    ("acl", "message"),
    [
        (ARN.replace("regional/", "global/"), "the scope is CLOUDFRONT"),
        (ARN.replace("eu-west-1", "eu-west-2"), "is in eu-west-2, the API in eu-west-1"),
        ("arn:aws:s3:::bucket", "is not the ARN of a web ACL"),
        ("acl", "'acl' is not the ARN"),
        (7, "web_acl is 7"),
        (ManagedWebAcl(rate_limit=5), "rate_limit is 5"),
        (ManagedWebAcl(rate_limit="many"), "rate_limit is 'many'"),  # type: ignore[arg-type]  # rejected here
    ],
)
def test_a_web_acl_that_waf_cannot_associate_is_an_error(
    stack: Stack, acl: Any, message: str
) -> None:
    """No resource is created."""
    with pytest.raises(ValueError, match=message):
        synthesize_with(stack, acl)


def test_a_web_acl_of_cloudfront_is_an_error(stack: Stack) -> None:
    """Its scope is a distribution."""
    with pytest.raises(ValueError, match="the scope is CLOUDFRONT"):
        synthesize_with(stack, new_web_acl(stack, "CLOUDFRONT"))

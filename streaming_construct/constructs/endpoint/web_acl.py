"""AWS WAF in front of an API: a web ACL that is there, or one of AWS's managed rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Stack, Token
from aws_cdk.aws_apigateway import Stage
from constructs import Construct

from streaming_construct.aws.limits import WAF_RATE_MIN
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    check_tokens,
    is_token,
)
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.endpoint import WEB_ACL_INVALID, create_web_acl_scope_error
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_wafv2 import CfnWebACL
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef

_ARN: Final = re.compile(
    r"arn:[a-z-]+:wafv2:(?P<region>[a-z0-9-]+):\d{12}:(?P<scope>regional|global)/webacl/[^/]+/[^/]+"
)
_BODY_SIZE_RULE: Final = "SizeRestrictions_BODY"
# By priority: what is cheap and certain first.
_RULE_GROUPS: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)


@dataclass(frozen=True, kw_only=True)
class ManagedWebAcl:
    """A web ACL of AWS's managed rules: reputation of addresses, known bad inputs, the core rules.

    WAF inspects only requests: streamed responses are not delayed.
    https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html

    Attributes:
        rate_limit: Requests that one address may make in five minutes, from 10. AWS WAF blocks
            more of them. None for no such limit. Behind CloudFront all requests come from
            CloudFront's addresses: put the web ACL on the distribution. Default: 2000.
        allow_large_bodies: Whether requests with more than 8 KB of body may pass, such as an
            upload. WAF inspects their first 16 KB. Default: false, so that the core rules block
            them.
    """

    rate_limit: int | None = 2000
    allow_large_bodies: bool = False

    def create(self, scope: Construct) -> CfnWebACL:
        """Create the web ACL, for one Region."""
        from aws_cdk.aws_wafv2 import CfnWebACL

        return CfnWebACL(
            scope,
            "WebAcl",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=_create_visibility_config("WebAcl"),
            rules=[
                {**rule, "priority": priority} for priority, rule in enumerate(self._build_rules())
            ],
        )

    def _build_rules(self) -> Iterator[dict[str, Any]]:
        if self.rate_limit is not None:
            limit = {"limit": self.rate_limit, "aggregateKeyType": "IP"}
            yield {
                "name": "RateLimit",
                "action": {"block": {}},
                "statement": {"rateBasedStatement": limit},
                "visibilityConfig": _create_visibility_config("RateLimit"),
            }
        for name in _RULE_GROUPS:
            group: dict[str, Any] = {"vendorName": "AWS", "name": name}
            if self.allow_large_bodies and name == "AWSManagedRulesCommonRuleSet":
                rule_override = {"name": _BODY_SIZE_RULE, "actionToUse": {"count": {}}}
                group["ruleActionOverrides"] = [rule_override]
            yield {
                "name": name.removeprefix("AWSManagedRules"),
                "overrideAction": {"none": {}},
                "statement": {"managedRuleGroupStatement": group},
                "visibilityConfig": _create_visibility_config(name.removeprefix("AWSManagedRules")),
            }


def check_web_acl(
    scope: Construct, acl: ManagedWebAcl | IWebACLRef | str | None
) -> Iterator[Finding]:
    """Yield a finding for a web ACL that cannot be associated with the stage of a REST API.

    Source: https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html
    """
    if acl is None:
        return
    if isinstance(acl, ManagedWebAcl):
        yield from _check_rate(acl.rate_limit)
        yield from check_argument_types(
            Subject("web ACL"), allow_large_bodies=(acl.allow_large_bodies, bool)
        )
        return
    if getattr(acl, "scope", None) == "CLOUDFRONT":
        yield create_web_acl_scope_error()
        return
    arn = _read_arn(acl)
    if arn is None:
        yield _create_error(
            f"web_acl is {acl!r}", "Pass ManagedWebAcl(), a CfnWebACL, or the ARN of a web ACL."
        )
    elif not Token.is_unresolved(arn):
        yield from _check_arn(arn, Stack.of(scope).region)


def associate_web_acl(
    scope: Construct, acl: ManagedWebAcl | IWebACLRef | str, stage: Stage
) -> None:
    """Put a web ACL in front of a stage."""
    from aws_cdk.aws_wafv2 import CfnWebACLAssociation

    web_acl = acl.create(scope) if isinstance(acl, ManagedWebAcl) else acl
    # The ARN refers to the stage, so that CloudFormation makes the stage first.
    CfnWebACLAssociation(
        scope,
        "WebAclAssociation",
        resource_arn=stage.stage_arn,
        web_acl_arn=str(_read_arn(web_acl)),
    )


def _read_arn(acl: object) -> str | None:
    if isinstance(acl, str):
        return acl
    reference = getattr(acl, "web_acl_ref", None)
    return None if reference is None else str(reference.web_acl_arn)


def _check_arn(arn: str, region: str) -> Iterator[Finding]:
    match = _ARN.fullmatch(arn)
    if match is None:
        yield _create_error(
            f"{arn!r} is not the ARN of a web ACL",
            "Write arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>.",
        )
    elif match["scope"] == "global":
        yield create_web_acl_scope_error()
    elif match["region"] != region and not Token.is_unresolved(region):
        yield _create_error(
            f"{arn} is in {match['region']}, the API in {region}", "Use one of there."
        )


def _check_rate(limit: object) -> Iterator[Finding]:
    if limit is None:
        return
    if is_token(limit):
        yield from check_tokens(Subject("web ACL"), rate_limit=limit)
    elif not isinstance(limit, int) or limit < WAF_RATE_MIN:
        yield _create_error(
            f"rate_limit is {limit!r}",
            f"Give a whole number of requests in five minutes, at least {WAF_RATE_MIN}, "
            "or None for no such limit.",
        )


def _create_error(message: str, fix: str) -> Finding:
    return WEB_ACL_INVALID.at(Subject("web ACL"), message, fix=fix)


def _create_visibility_config(name: str) -> dict[str, Any]:
    return {
        "cloudWatchMetricsEnabled": True,
        "sampledRequestsEnabled": True,
        "metricName": name,
    }

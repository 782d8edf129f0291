"""Saying, where a template scanner finds fault, why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct

from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi

_CHECKOV: Final = "CKV"

_NO_CACHE: Final = {
    "CKV_AWS_120": "API Gateway does not cache streamed responses "
    "(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html)"
}
_LOG_ROLE: Final = {
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
    "AmazonAPIGatewayPushToCloudWatchLogs]": "the policy that AWS documents for the account's role "
    "(https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html)"
}


def acknowledge_scanner_findings(
    construct: IConstruct, findings: Mapping[str, str] | None = None
) -> None:
    """Acknowledge findings of cdk-nag and Checkov on a construct, with a reason for each.

    Only this function acknowledges findings, so that reviewers see them in the app. For a
    `StreamingRestApi` it also acknowledges two false positives. The stage has no cache, and the
    CloudWatch role has the managed policy that AWS documents.

    Args:
        construct: The construct. For a `CKV_...` it must be a CloudFormation resource or have one
            as its default child, because Checkov reads the metadata of the resource.
        findings: Reasons by the id that the scanner prints: `AwsSolutions-...`, optionally with
            details in brackets, or `CKV_...`. Default: only the false positives.

    Raises:
        TypeError: `construct` is not a construct, or there is a Checkov id, but the construct has
            no CloudFormation resource.
    """
    if not hasattr(construct, "node"):
        raise TypeError(f"construct is {construct!r}, not a construct. Pass the construct itself.")
    if isinstance(construct, StreamingRestApi):
        _acknowledge(construct.stage, _NO_CACHE)
        role = construct.rest_api.node.try_find_child("CloudWatchRole")
        if role is not None:
            _acknowledge(role, _LOG_ROLE)
        construct = construct.rest_api
    _acknowledge(construct, findings or {})


def _acknowledge(construct: IConstruct, findings: Mapping[str, str]) -> None:
    skipped = [
        {"id": rule, "comment": reason}
        for rule, reason in findings.items()
        if rule.startswith(_CHECKOV)
    ]
    if skipped:
        resource = _find_resource(construct)
        # https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
        earlier: dict[str, Any] = resource.get_metadata("checkov") or {"skip": []}
        resource.add_metadata("checkov", {"skip": [*earlier["skip"], *skipped]})
    for rule, reason in findings.items():
        if not rule.startswith(_CHECKOV):
            Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def _find_resource(construct: IConstruct) -> CfnResource:
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(
            f"{construct.node.path}: the construct is not a CloudFormation resource and has no "
            "default child, where Checkov would read the reason. Pass the construct that has the "
            "resource."
        )
    return resource

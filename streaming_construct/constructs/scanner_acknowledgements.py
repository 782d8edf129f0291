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
    """Note on a construct why what cdk-nag and Checkov find there is acceptable.

    Nothing is acknowledged unless this is called: what a scanner is not to report stands in the
    app, for its reviewers to see. Of a `StreamingRestApi`, what is false of every one is
    acknowledged along with `findings`, each on its one resource: that its stage has no cache, and
    that the account's role for logs has the managed policy that AWS documents.

    Args:
        construct: The construct. Checkov reads the reason in its template's metadata, so that for a
            `CKV_...` it must be, or have as its default child, one CloudFormation resource.
        findings: Reasons by the id that the scanner prints: `AwsSolutions-...`, also with what is
            meant in brackets, or `CKV_...`. Default: none but those that are known.

    Raises:
        TypeError: A Checkov id is given for a construct without a resource of its own.
    """
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
        resource = _resource(construct)
        # https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
        earlier: dict[str, Any] = resource.get_metadata("checkov") or {"skip": []}
        resource.add_metadata("checkov", {"skip": [*earlier["skip"], *skipped]})
    for rule, reason in findings.items():
        if not rule.startswith(_CHECKOV):
            Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def _resource(construct: IConstruct) -> CfnResource:
    found = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(found, CfnResource):
        raise TypeError(
            f"{construct.node.path}: it is no CloudFormation resource and has none by default, "
            "where Checkov would read the reason; pass the construct that has the resource"
        )
    return found

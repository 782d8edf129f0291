"""Whether an account and a Region are ready for a first deploy.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws import web_adapter
from streaming_construct.aws.limits import BOOTSTRAP_VERSION_MIN
from streaming_construct.model.account import AccountReadiness
from streaming_construct.rules.deployed.concurrency import low_concurrency_findings
from streaming_construct.rules.finding import Finding, error, warning


def readiness_findings(facts: AccountReadiness) -> Iterator[Finding]:
    """Yield what a first deploy would meet, as far as `facts` are known."""
    yield from _streaming(facts)
    yield from _adapter(facts)
    yield from _bootstrap(facts)
    if facts.concurrency is not None:
        yield from low_concurrency_findings(facts.concurrency)
    role = facts.log_role
    if role is not None and role.arn is not None and role.exists is not False:
        yield warning(
            "account-log-role-replaced",
            "the account",
            f"it has a role for the logs of all its APIs, {role.arn}, and the deploy puts one of "
            "its own in that place",
            "say cloud_watch_role=False to leave it as it is",
        )


def _streaming(facts: AccountReadiness) -> Iterator[Finding]:
    if facts.region_known is False:
        yield error(
            "region-unknown",
            f"Region {facts.region}",
            "AWS lists no Lambda or no API Gateway there",
            "choose another Region, or update boto3 where this one is new",
        )
    if facts.sdk_supports_streaming is False:
        yield warning(
            "sdk-outdated",
            "boto3",
            "it does not know responseTransferMode, so that no transfer mode can be read",
            "pip install --upgrade boto3",
        )


def _adapter(facts: AccountReadiness) -> Iterator[Finding]:
    for where, reason in (facts.adapter_layers or {}).items():
        if reason is None:
            continue
        yield warning(
            "adapter-unreadable",
            where,
            f"the layer of the Lambda Web Adapter cannot be used: {reason}",
            "use PythonStreamingFunction, which needs no layer, or another layer, or a container "
            f"image from {web_adapter.IMAGE}",
        )


def _bootstrap(facts: AccountReadiness) -> Iterator[Finding]:
    version = facts.bootstrap_version
    if version is not None and version < BOOTSTRAP_VERSION_MIN:
        yield error(
            "bootstrap-missing",
            f"Region {facts.region}",
            f"the CDK's resources there are of version {version}, and a deploy needs "
            f"{BOOTSTRAP_VERSION_MIN}"
            if version
            else "the CDK has no resources there, and a deploy needs them",
            "run `npx aws-cdk@2 bootstrap`",
        )

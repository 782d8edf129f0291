"""Whether an account and a Region are ready for a first deploy.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws import web_adapter
from streaming_construct.aws.limits import BOOTSTRAP_VERSION_MIN
from streaming_construct.model.account import AccountReadiness
from streaming_construct.model.subject import Subject
from streaming_construct.rules.deployed.concurrency import check_account_concurrency
from streaming_construct.rules.rule import Finding, Rule, Severity

REGION_UNKNOWN: Final = Rule(
    id="region-unknown",
    severity=Severity.ERROR,
    title="Unknown Region",
    what="boto3 lists no Lambda or no API Gateway endpoint for the Region.",
    why="The deployment fails, or the Region name is misspelled.",
    fix="Choose another Region, or update boto3 if the Region is new.",
    source_url="https://docs.aws.amazon.com/general/latest/gr/apigateway.html",
    tags=frozenset({"account", "pre-deploy"}),
)

SDK_OUTDATED: Final = Rule(
    id="sdk-outdated",
    severity=Severity.WARNING,
    title="Outdated boto3",
    what="The installed boto3 does not support `responseTransferMode`.",
    why="boto3 drops fields that it does not know, so every route would appear buffered.",
    fix="Run `pip install --upgrade boto3`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html",
    tags=frozenset({"account", "pre-deploy"}),
)

ADAPTER_LAYER_UNAVAILABLE: Final = Rule(
    id="adapter-layer-unavailable",
    severity=Severity.WARNING,
    title="Lambda Web Adapter layer unavailable",
    what="The Lambda Web Adapter layer is not in the Region, or the account cannot read it.",
    why="`PythonWebFunction` requires the layer.",
    fix=(
        "Use `PythonStreamingFunction`, which needs no layer, or provide your own layer or a "
        "container image."
    ),
    source_url="https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html",
    tags=frozenset({"account", "pre-deploy"}),
)

BOOTSTRAP_MISSING: Final = Rule(
    id="bootstrap-missing",
    severity=Severity.ERROR,
    title="CDK bootstrap missing",
    what="The Region has no CDK bootstrap stack, or its version is below 6.",
    why="A deployment uploads the code of functions to the bootstrap stack's bucket first.",
    fix="Run `npx --yes aws-cdk@2 bootstrap`.",
    source_url="https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html",
    tags=frozenset({"account", "pre-deploy"}),
)

CLOUDWATCH_ROLE_REPLACED: Final = Rule(
    id="cloudwatch-role-replaced",
    severity=Severity.WARNING,
    title="CloudWatch role replaced",
    what="The account has a CloudWatch role, and `StreamingRestApi` would replace it.",
    why="The role is shared by all APIs in the Region, and other stacks may depend on it.",
    fix="Set `cloud_watch_role=False`.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html",
    tags=frozenset({"account", "pre-deploy"}),
)


def check_readiness(facts: AccountReadiness) -> Iterator[Finding]:
    """Yield the errors of a first deploy that `facts` show."""
    yield from _check_streaming(facts)
    yield from _check_adapter(facts)
    yield from _check_bootstrap(facts)
    if facts.concurrency is not None:
        yield from check_account_concurrency(facts.concurrency)
    role = facts.log_role
    if role is not None and role.arn is not None and role.exists is not False:
        yield CLOUDWATCH_ROLE_REPLACED.at(
            Subject("account"),
            f"the account has the CloudWatch role {role.arn} for all its APIs, and the deployment "
            "replaces that role",
        )


def _check_streaming(facts: AccountReadiness) -> Iterator[Finding]:
    if facts.is_region_known is False:
        yield REGION_UNKNOWN.at(
            Subject("Region", facts.region), "AWS does not offer both Lambda and API Gateway there"
        )
    if facts.sdk_supports_streaming is False:
        yield SDK_OUTDATED.at(
            Subject("boto3"),
            "this version does not support responseTransferMode, so that the transfer mode of a "
            "route is unknown",
        )


def _check_adapter(facts: AccountReadiness) -> Iterator[Finding]:
    for layer_or_region, reason in (facts.adapter_layers or {}).items():
        if reason is None:
            continue
        yield ADAPTER_LAYER_UNAVAILABLE.at(
            Subject("layer" if ":" in layer_or_region else "Region", layer_or_region),
            f"the layer of the Lambda Web Adapter cannot be used: {reason}",
            fix=(
                "Use PythonStreamingFunction, which needs no layer, or another layer, or a "
                "container image from "
                f"{web_adapter.IMAGE}."
            ),
        )


def _check_bootstrap(facts: AccountReadiness) -> Iterator[Finding]:
    version = facts.bootstrap_version
    if version is not None and version < BOOTSTRAP_VERSION_MIN:
        yield BOOTSTRAP_MISSING.at(
            Subject("Region", facts.region),
            f"the CDK's resources there are of version {version}, and a deploy needs "
            f"{BOOTSTRAP_VERSION_MIN}"
            if version
            else "the CDK has no resources there, and a deploy needs them",
        )

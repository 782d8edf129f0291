"""Deployments: snapshots, which hold what was there when they were made, and nothing later.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.model.declaration import Declaration, StageErrorKind
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.endpoint import STAGE_NAME_INVALID
from streaming_construct.rules.rule import Finding, Rule, Severity

DEPLOYMENT_MISSING_DEPENDS_ON: Final = Rule(
    id="deployment-missing-depends-on",
    severity=Severity.ERROR,
    title="Deployment without DependsOn",
    what="CloudFormation or Terraform can create the deployment before a method of the API.",
    why=(
        "A deployment is a snapshot. It lacks methods that are created later, and fails if "
        "there are none."
    ),
    fix=(
        "Add the methods to the deployment's `DependsOn`. In Terraform, name the "
        "integrations in `depends_on`."
    ),
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    tags=frozenset({"deployment", "lint"}),
)

DEPLOYMENT_NOT_UPDATED: Final = Rule(
    id="deployment-not-updated",
    severity=Severity.WARNING,
    title="Deployment not updated",
    what=(
        "The deployment does not change when the API changes: its logical ID is fixed, or in "
        "Terraform it has no `triggers`."
    ),
    why=(
        "A stage serves the snapshot of its deployment. A route that you change to stream "
        "stays buffered."
    ),
    fix=(
        "Include a hash of the API in the logical ID, as CDK and SAM do. In Terraform, add "
        "`triggers`. Or redeploy manually after each change."
    ),
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    tags=frozenset({"deployment", "lint"}),
)


STAGE_MISSING: Final = Rule(
    id="stage-missing",
    severity=Severity.WARNING,
    title="API without a stage",
    what="The template has a REST API with streamed routes and no stage for it.",
    why="Clients call a stage. Until another template or tool creates one, no client can.",
    fix="Add an `AWS::ApiGateway::Stage` with a deployment.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    tags=frozenset({"deployment", "lint"}),
)

DUPLICATE_STAGE: Final = Rule(
    id="duplicate-stage",
    severity=Severity.ERROR,
    title="Stage created twice",
    what="Two resources create a stage of the same name: two stages, or a stage and a deployment.",
    why='The second one fails: "Stage already exists".',
    fix="Remove `StageName` from the deployment, or rename one of the stages.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    tags=frozenset({"deployment", "lint"}),
)

STAGE_WITHOUT_DEPLOYMENT: Final = Rule(
    id="stage-without-deployment",
    severity=Severity.ERROR,
    title="Stage without a deployment",
    what="A stage has no `DeploymentId`.",
    why="API Gateway rejects the stage, since it would have nothing to serve.",
    fix="Set `DeploymentId` to an `AWS::ApiGateway::Deployment` of the API.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html",
    tags=frozenset({"deployment", "lint"}),
)

API_WITHOUT_METHODS: Final = Rule(
    id="api-without-methods",
    severity=Severity.ERROR,
    title="Deployment of an API without methods",
    what="The template deploys a REST API that has no method.",
    why='API Gateway rejects the deployment: "The REST API doesn\'t contain any methods".',
    fix="Add a method to the API, or remove the deployment.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    tags=frozenset({"deployment", "lint"}),
)

STAGE_REFERENCE_UNORDERED: Final = Rule(
    id="stage-reference-unordered",
    severity=Severity.ERROR,
    title="Reference to a stage that may not exist yet",
    what=(
        "A usage plan, API key, base path mapping, or web ACL association names the stage in "
        "plain text and does not depend on it. Or it names a stage that no template creates."
    ),
    why="CloudFormation creates it as soon as the API exists, and fails: the stage is not found.",
    fix="Refer to the stage (`!Ref Stage`), or add the stage to `DependsOn`.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    tags=frozenset({"deployment", "lint"}),
)

_STAGE_ERRORS: Final[Mapping[StageErrorKind, tuple[Rule, str]]] = {
    StageErrorKind.UNNAMED: (STAGE_NAME_INVALID, "the stage has no name"),
    StageErrorKind.DUPLICATE: (
        DUPLICATE_STAGE,
        "another resource of the template creates a stage of that name",
    ),
    StageErrorKind.WITHOUT_DEPLOYMENT: (STAGE_WITHOUT_DEPLOYMENT, "the stage has no DeploymentId"),
    StageErrorKind.WITHOUT_METHODS: (
        API_WITHOUT_METHODS,
        "the deployment is of an API that has no method",
    ),
}


def check_stages(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each error that prevents the creation of a stage."""
    for error in declaration.stage_errors:
        if error.kind is StageErrorKind.MISSING:
            if declaration.has_streaming_intent:
                yield STAGE_MISSING.at(
                    Subject("API"), "the template has no stage for it", location=error.origin
                )
            continue
        rule, problem = _STAGE_ERRORS[error.kind]
        is_deployment = error.kind is StageErrorKind.WITHOUT_METHODS
        subject = Subject("deployment" if is_deployment else "stage", error.origin.display_name)
        yield rule.at(subject, problem, location=error.origin)
    for reference in declaration.unordered_references:
        yield STAGE_REFERENCE_UNORDERED.at(
            Subject(_REFERENCING[reference.resource_type], reference.origin.display_name),
            f"the resource names stage {declaration.api.stage.name} and does not depend on it"
            if reference.missing_stage is None
            else f"the resource names stage {reference.missing_stage}, which the API does not have",
            fix=None if reference.missing_stage is None else "Name a stage of the API.",
            location=reference.origin,
        )


_REFERENCING: Final = {
    "AWS::ApiGateway::BasePathMapping": "base path mapping",
    "AWS::ApiGateway::BasePathMappingV2": "base path mapping",
    "AWS::ApiGateway::ApiKey": "API key",
    "AWS::ApiGateway::UsagePlan": "usage plan",
    "AWS::ApiGatewayV2::ApiMapping": "base path mapping",
    "AWS::WAFRegional::WebACLAssociation": "web ACL association",
    "AWS::WAFv2::WebACLAssociation": "web ACL association",
}


def check_deployment(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding if the stage does not serve the API of the template."""
    deployment = declaration.deployment
    if deployment is None:
        return
    if deployment.missing_depends_on:
        names = ", ".join(map(str, deployment.missing_depends_on[:3]))
        suffix = " and more" if deployment.missing_depends_on[3:] else ""
        yield DEPLOYMENT_MISSING_DEPENDS_ON.at(
            Subject("deployment", deployment.origin.display_name),
            f"the deployment has no DependsOn for {names}{suffix}: the stage may lack these "
            "routes, or the deployment fails",
            location=deployment.origin,
        )
    if declaration.has_streaming_intent and not deployment.is_replaced_on_change:
        yield DEPLOYMENT_NOT_UPDATED.at(
            Subject("deployment", deployment.origin.display_name),
            "the logical id is fixed, so a later change of the API is not deployed: a route that "
            "changes to `STREAM` stays buffered",
            location=deployment.origin,
        )

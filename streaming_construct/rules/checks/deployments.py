"""Deployments: snapshots, which hold what was there when they were made, and nothing later.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
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


def deployment_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what keeps the stage from serving what the template says."""
    deployment = declaration.deployment
    if deployment is None:
        return
    if deployment.missing_depends_on:
        some = ", ".join(map(str, deployment.missing_depends_on[:3]))
        more = " and more" if deployment.missing_depends_on[3:] else ""
        yield DEPLOYMENT_MISSING_DEPENDS_ON.at(
            Subject("deployment", deployment.origin.display_name),
            f"nothing makes it wait for {some}{more}: the stage may be without these routes, or "
            "the deployment fails",
            location=deployment.origin,
        )
    if declaration.has_streaming_intent and not deployment.is_replaced_on_change:
        yield DEPLOYMENT_NOT_UPDATED.at(
            Subject("deployment", deployment.origin.display_name),
            "it is made once, and a later change of the API is not deployed: a route that is "
            "changed to stream goes on as it was",
            location=deployment.origin,
        )

"""Deployments: snapshots, which hold what was there when they were made, and nothing later.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.finding import Finding, error, warning


def deployment_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what keeps the stage from serving what the template says."""
    deployment = declaration.deployment
    if deployment is None:
        return
    if deployment.missing_depends_on:
        some = ", ".join(map(str, deployment.missing_depends_on[:3]))
        more = " and more" if deployment.missing_depends_on[3:] else ""
        yield error(
            "deployment-unordered",
            f"deployment {deployment.origin.display_name}",
            f"nothing makes it wait for {some}{more}: the stage may be without these routes, or "
            "the deployment fails",
            "name their methods in its DependsOn",
            deployment.origin,
        )
    if declaration.has_streaming_intent and not deployment.is_replaced_on_change:
        yield warning(
            "deployment-stale",
            f"deployment {deployment.origin.display_name}",
            "it is made once, and a later change of the API is not deployed: a route that is "
            "changed to stream goes on as it was",
            "let its logical id change with the API, as CDK and SAM do (in Terraform, add "
            "triggers), or redeploy by hand",
            deployment.origin,
        )

"""The snapshot of an API that a stage serves: its deployment.

https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError
from streaming_construct.deployed.rest_api import DeployedApi, add_exported_definition
from streaming_construct.documents.errors import SourceError
from streaming_construct.model.comparison import RouteState, snapshot_routes
from streaming_construct.model.subject import Subject
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.stacks.coercion import as_mapping


def read_deployed_routes(aws: AwsClient, deployed: DeployedApi) -> dict[Subject, RouteState]:
    """Return the known routes that the stage serves.

    The summary of the deployment lists the methods and their authorization. The export of the stage
    has their integrations.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    summary = _read_summary(aws, deployed)
    if not summary:
        return {}
    exported_routes = _read_export(aws, deployed)
    # A method of an ANY route with its own throttle is its own route; the summary has only ANY.
    inherited = {
        name: summary[_create_any_route(name)]
        for name in exported_routes
        if _create_any_route(name) in summary
    }
    return {
        name: replace(
            exported_routes.get(name, RouteState()),
            authorization=settings.get("authorizationType"),
            api_key_required=settings.get("apiKeyRequired"),
        )
        for name, settings in {**inherited, **summary}.items()
    }


def _create_any_route(route: Subject) -> Subject:
    path = route.name.rpartition(" ")[2]
    return Subject("route", f"ANY {path}")


def _read_summary(aws: AwsClient, deployed: DeployedApi) -> dict[Subject, Mapping[str, Any]]:
    """Return the settings of each route in the summary of the deployment."""
    deployment = aws.call(
        "apigateway",
        "get_deployment",
        restApiId=deployed.api_id,
        deploymentId=deployed.deployed_stage["deploymentId"],
        embed=["apisummary"],
    )
    return {
        Subject("route", f"{method} {path}"): as_mapping(settings)
        for path, methods in as_mapping(deployment.get("apiSummary")).items()
        for method, settings in as_mapping(methods).items()
    }


def _read_export(aws: AwsClient, deployed: DeployedApi) -> dict[Subject, RouteState]:
    response = aws.call(
        "apigateway",
        "get_export",
        restApiId=deployed.api_id,
        stageName=deployed.stage_name,
        exportType="oas30",
        parameters={"extensions": "apigateway"},
        accepts="application/json",
    )
    try:
        document: Mapping[str, Any] = json.loads(response["body"].read())
        return snapshot_routes(read_api((add_exported_definition(deployed, document),)))
    except (SourceError, ValueError) as error:
        raise AwsCallError(f"the stage's export cannot be read: {error}") from error

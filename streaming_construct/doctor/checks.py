"""The checks of a deployed API and of an account, and the locations of their findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import BUFFERED_TIMEOUT_MAX_MS, STREAM_TIMEOUT_MAX_MS
from streaming_construct.deployed import account, logs, readiness
from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.cloudformation import DeployedStack, read_processed_template
from streaming_construct.deployed.rest_api import DeployedApi
from streaming_construct.deployed.stage_snapshot import read_deployed_routes
from streaming_construct.doctor.runner import Check
from streaming_construct.doctor.target import DeployedTarget
from streaming_construct.model.account import AccountReadiness
from streaming_construct.model.api import ApiModel
from streaming_construct.model.comparison import snapshot_api, snapshot_routes
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.deployed.account import (
    check_cloud_watch_role,
    check_throttle,
)
from streaming_construct.rules.deployed.concurrency import check_concurrency
from streaming_construct.rules.deployed.drift import (
    check_drift,
    check_stale_deployment,
)
from streaming_construct.rules.deployed.function_errors import (
    check_function_failures,
)
from streaming_construct.rules.deployed.invoke_permission import check_invoke_permissions
from streaming_construct.rules.deployed.readiness import check_readiness
from streaming_construct.rules.deployed.traffic import check_traffic
from streaming_construct.rules.deployed.web_acl import check_web_acl
from streaming_construct.rules.registry import check_declaration
from streaming_construct.rules.rule import Finding
from streaming_construct.templates.reader.api_reader import read_api


def list_locations(api: ApiModel, stage: SourceLocation) -> dict[Subject, SourceLocation]:
    """Return the location of the stage, of each route and of each function of `api`."""
    return {
        Subject("stage"): stage,
        Subject("stage", api.stage.name): stage,
        **{Subject("route", str(route)): route.origin for route in api.routes},
        **{Subject("function", name): function.origin for name, function in api.functions.items()},
    }


def add_location(finding: Finding, locations: Mapping[Subject, SourceLocation]) -> Finding:
    """Return a finding with the location of its subject, if it has none and that is known."""
    if finding.location != UNKNOWN_LOCATION or finding.subject not in locations:
        return finding
    return replace(finding, location=locations[finding.subject])


def list_deployment_checks(target: DeployedTarget) -> list[Check]:
    """Return the checks of a deployed API, the quick ones first."""
    aws, deployed, seconds = target.aws, target.deployed, target.seconds
    model = target.declaration.api
    checks = [
        Check(
            "the configuration",
            lambda: check_declaration(_assume_quota_increased(target.declaration)),
        ),
        Check("the deployment of the stage", lambda: _check_snapshot(aws, deployed, model)),
    ]
    if (stack := target.stack) is not None:
        checks.append(Check("drift from the template", lambda: _check_drift(aws, stack, model)))
    checks += [
        Check(
            "the permission to invoke",
            lambda: check_invoke_permissions(account.read_integration_roles(aws, model)),
        ),
        Check("the role for logs", lambda: _check_log_role(aws, deployed)),
        Check(
            "the account's throttle",
            lambda: check_throttle(account.read_account_throttle(aws), model.stage.throttle),
        ),
        Check("concurrency", lambda: check_concurrency(account.read_concurrency(aws), ())),
        Check(
            "throttled invocations",
            lambda: check_concurrency(
                None, account.read_function_loads(aws, model, seconds=seconds)
            ),
        ),
        Check("the web ACL", lambda: _check_web_acl(aws, deployed, seconds)),
        Check("the access log", lambda: _check_traffic(aws, deployed, model, seconds)),
        *(
            _create_function_log_check(aws, function, seconds)
            for function in model.functions.values()
        ),
    ]
    locations = list_locations(model, SourceLocation(arn=deployed.stack.arns["Stage"]))
    return [_add_locations(check, locations) for check in checks]


def list_pre_deployment_checks(aws: AwsClient) -> list[Check]:
    """Return the checks of an account and a Region before the first deploy."""

    def check_account(**facts: object) -> Iterator[Finding]:
        return check_readiness(replace(AccountReadiness(region=aws.region), **facts))  # type: ignore[arg-type] # each fact by its own name

    return [
        Check(
            "the Region", lambda: check_account(is_region_known=readiness.is_region_supported(aws))
        ),
        Check(
            "boto3", lambda: check_account(sdk_supports_streaming=readiness.has_streaming_sdk(aws))
        ),
        Check(
            "the layer of the Lambda Web Adapter",
            lambda: check_account(adapter_layers=readiness.read_adapter_layers(aws)),
        ),
        Check("the CDK's resources", lambda: _check_bootstrap(aws)),
        Check("concurrency", lambda: _check_concurrency(aws)),
        Check(
            "the role for logs", lambda: check_account(log_role=account.read_cloud_watch_role(aws))
        ),
        Check("the quota of buffered integrations", lambda: _describe_timeout_quota(aws)),
    ]


def _add_locations(check: Check, locations: Mapping[Subject, SourceLocation]) -> Check:
    def run() -> Iterator[Finding | str]:
        for result in check.run():
            yield result if isinstance(result, str) else add_location(result, locations)

    return replace(check, run=run)


def _create_function_log_check(aws: AwsClient, function: Function, seconds: float) -> Check:
    def run() -> Iterator[Finding]:
        failures = logs.read_recent_failures(aws, function.arn or function.id, seconds=seconds)
        yield from check_function_failures(function.id, failures)

    return Check(f"the log of function {function.id}", run)


def _assume_quota_increased(declaration: Declaration) -> Declaration:
    """Return the declaration with a quota that allows the timeouts that API Gateway accepted."""
    model = declaration.api
    accepted = [
        route.integration.timeout_ms or 0
        for route in model.routes
        if route.integration.transfer_mode is TransferMode.BUFFERED
    ]
    longest = min(max(accepted, default=0), STREAM_TIMEOUT_MAX_MS)
    if longest <= BUFFERED_TIMEOUT_MAX_MS:
        return declaration
    return replace(declaration, api=replace(model, integration_timeout_max_ms=longest))


def _check_snapshot(aws: AwsClient, deployed: DeployedApi, model: ApiModel) -> Iterator[Finding]:
    served = read_deployed_routes(aws, deployed)
    yield from check_stale_deployment(deployed.stage_name, served, snapshot_routes(model))


def _check_drift(aws: AwsClient, stack: DeployedStack, model: ApiModel) -> Iterator[Finding]:
    template = read_processed_template(aws, stack)
    api = next(
        name for name, (_, physical_id) in stack.resources.items() if physical_id == model.id
    )
    declared = read_api((template,), api=api, stage=model.stage.name, parameters=stack.parameters)
    yield from check_drift(snapshot_api(declared), snapshot_api(model))


def _check_log_role(aws: AwsClient, deployed: DeployedApi) -> Iterator[Finding]:
    settings = deployed.deployed_stage.get("methodSettings") or {}
    logs_errors = any(setting.get("loggingLevel", "OFF") != "OFF" for setting in settings.values())
    if deployed.deployed_stage.get("accessLogSettings") or logs_errors:
        yield from check_cloud_watch_role(account.read_cloud_watch_role(aws))


def _check_web_acl(aws: AwsClient, deployed: DeployedApi, seconds: float) -> Iterator[Finding]:
    if arn := deployed.deployed_stage.get("webAclArn"):
        yield from check_web_acl(account.read_web_acl(aws, arn, seconds=seconds))


def _check_traffic(
    aws: AwsClient, deployed: DeployedApi, model: ApiModel, seconds: float
) -> Iterator[Finding | str]:
    requests = logs.read_recent_requests(aws, deployed.deployed_stage, seconds=seconds)
    yield f"{len(requests)} requests in the access log of the last {seconds / 60:g} minutes"
    streamed = {
        Subject("route", str(route))
        for route in model.routes
        if route.integration.transfer_mode is TransferMode.STREAM
    }
    yield from check_traffic(requests, streamed)


def _check_bootstrap(aws: AwsClient) -> Iterator[Finding | str]:
    version = readiness.read_bootstrap_version(aws)
    if version:
        yield f"the CDK's resources are of version {version}"
    yield from check_readiness(AccountReadiness(region=aws.region, bootstrap_version=version))


def _check_concurrency(aws: AwsClient) -> Iterator[Finding | str]:
    concurrency = account.read_concurrency(aws)
    yield f"{concurrency.unreserved} of {concurrency.limit} concurrent executions are not reserved"
    yield from check_readiness(AccountReadiness(region=aws.region, concurrency=concurrency))


def _describe_timeout_quota(aws: AwsClient) -> Iterator[str]:
    yield f"buffered integrations may take {account.read_integration_timeout_max_ms(aws)} ms"

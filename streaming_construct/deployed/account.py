"""The settings and quotas of the account and its Region on which an API depends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError, NotFoundError
from streaming_construct.model.account import (
    CloudWatchRoleStatus,
    Concurrency,
    FunctionConcurrency,
    IntegrationRole,
    WebAcl,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.templates.stacks.coercion import as_list, as_mapping

# "Maximum integration timeout in milliseconds"
# https://docs.aws.amazon.com/general/latest/gr/apigateway.html
_TIMEOUT_QUOTA: Final = "L-E5AE38E3"
_GATEWAY: Final = "apigateway.amazonaws.com"


def read_account_throttle(aws: AwsClient) -> Throttle:
    """Return the throttle that all APIs of the account and Region share.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    settings = as_mapping(aws.call("apigateway", "get_account").get("throttleSettings"))
    return Throttle(rate=settings.get("rateLimit"), burst=settings.get("burstLimit"))


def read_cloud_watch_role(aws: AwsClient) -> CloudWatchRoleStatus:
    """Return the role by which API Gateway writes logs.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    arn = aws.call("apigateway", "get_account").get("cloudwatchRoleArn")
    if not arn:
        return CloudWatchRoleStatus()
    try:
        role = aws.call("iam", "get_role", RoleName=str(arn).rpartition("/")[2])["Role"]
    except NotFoundError:
        return CloudWatchRoleStatus(arn=arn, exists=False)
    return CloudWatchRoleStatus(
        arn=arn,
        exists=True,
        is_assumable=_is_trusting_gateway(role["AssumeRolePolicyDocument"]),
    )


def read_concurrency(aws: AwsClient) -> Concurrency:
    """Return the quota of concurrent executions in the account and Region.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    limits = aws.call("lambda", "get_account_settings")["AccountLimit"]
    return Concurrency(
        limit=int(limits["ConcurrentExecutions"]),
        unreserved=int(limits["UnreservedConcurrentExecutions"]),
    )


def read_function_loads(
    aws: AwsClient, api: ApiModel, *, seconds: float
) -> list[FunctionConcurrency]:
    """Return the load of each function of `api` in the last `seconds`.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    names = sorted(api.functions)
    sums = _read_sums(
        aws,
        [("AWS/Lambda", "Throttles", {"FunctionName": name}) for name in names],
        seconds=seconds,
    )
    return [
        FunctionConcurrency(
            name=name, reserved=api.functions[name].reserved_concurrency, throttles=throttles
        )
        for name, throttles in zip(names, sums, strict=True)
    ]


def read_web_acl(aws: AwsClient, arn: str, *, seconds: float) -> WebAcl:
    """Return the web ACL with the requests that it blocked in the last `seconds`.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    # arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID
    *_, name, identity = arn.split("/")
    acl = aws.call("wafv2", "get_web_acl", Name=name, Id=identity, Scope="REGIONAL")["WebACL"]
    dimensions = {"WebACL": name, "Region": aws.region, "Rule": "ALL"}
    try:
        (blocked,) = _read_sums(
            aws, [("AWS/WAFV2", "BlockedRequests", dimensions)], seconds=seconds
        )
    except AwsCallError:
        # The default action is known without the metric.
        return WebAcl(name=name, is_blocking_by_default=_is_blocking(acl))
    return WebAcl(name=name, is_blocking_by_default=_is_blocking(acl), blocked=blocked)


def read_integration_roles(aws: AwsClient, api: ApiModel) -> Iterator[IntegrationRole]:
    """Yield each credentials role with each function, and whether IAM lets it invoke the function.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    functions_by_role: dict[str, dict[str, str]] = {}
    for route in api.routes:
        function = api.functions.get(route.integration.function or "")
        if function is None or function.arn is None or not _is_role(route.integration.credentials):
            continue
        qualifier = route.integration.qualifier
        arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
        functions_by_role.setdefault(str(route.integration.credentials), {})[arn] = function.id
    for role, functions in functions_by_role.items():
        yield from _simulate_invocations(aws, role, functions)


def read_integration_timeout_max_ms(aws: AwsClient) -> int:
    """Return the account's quota for the timeout of buffered integrations.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    quota = aws.call(
        "service-quotas", "get_service_quota", ServiceCode="apigateway", QuotaCode=_TIMEOUT_QUOTA
    )["Quota"]
    return int(quota["Value"])


def _simulate_invocations(
    aws: AwsClient, role: str, functions: Mapping[str, str]
) -> Iterator[IntegrationRole]:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    for arn, name in functions.items():
        results = aws.call(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=role,
            ActionNames=["lambda:InvokeFunction"],
            ResourceArns=[arn],
        )["EvaluationResults"]
        allowed = all(result["EvalDecision"] == "allowed" for result in results)
        yield IntegrationRole(role=role, function=name, is_allowed=allowed)


def _is_role(credentials: str | None) -> bool:
    return credentials is not None and ":role/" in credentials


def _is_blocking(acl: Mapping[str, Any]) -> bool:
    return "Block" in as_mapping(acl.get("DefaultAction"))


def _is_trusting_gateway(policy: object) -> bool:
    document = json.loads(policy) if isinstance(policy, str) else policy
    return any(
        _GATEWAY in _list_services(statement)
        for statement in as_list(as_mapping(document).get("Statement"))
        if as_mapping(statement).get("Effect") == "Allow"
    )


def _list_services(statement: Mapping[str, Any]) -> list[str]:
    service = as_mapping(statement.get("Principal")).get("Service")
    return [service] if isinstance(service, str) else list(as_list(service))


def _read_sums(
    aws: AwsClient, metrics: Iterable[tuple[str, str, Mapping[str, str]]], *, seconds: float
) -> list[int]:
    """Return the sum of each metric over the last `seconds`, 0 where nothing was measured."""
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, (namespace, metric, dimensions) in enumerate(metrics)
    ]
    sums = dict.fromkeys((query["Id"] for query in queries), 0.0)
    now = time.time()
    for result in (
        aws.paginate(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            MetricDataQueries=queries,
            StartTime=now - seconds,
            EndTime=now,
        )
        if queries
        else ()
    ):
        sums[result["Id"]] += sum(result.get("Values") or ())
    return [int(value) for value in sums.values()]

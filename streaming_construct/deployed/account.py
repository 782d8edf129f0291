"""The account and its Region, as far as an API hangs on them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from streaming_construct.deployed.client import Aws
from streaming_construct.deployed.errors import NotFoundError, UnansweredError
from streaming_construct.model.account import (
    Concurrency,
    FunctionLoad,
    Invoker,
    LogRole,
    WebAcl,
)
from streaming_construct.model.api import ApiModel, Throttle
from streaming_construct.templates.stacks.coercion import listing, mapping

# "Maximum integration timeout in milliseconds"
# https://docs.aws.amazon.com/general/latest/gr/apigateway.html
_TIMEOUT_QUOTA: Final = "L-E5AE38E3"
_GATEWAY: Final = "apigateway.amazonaws.com"


def account_throttle(aws: Aws) -> Throttle:
    """Return what all APIs of the account and Region get together.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    settings = mapping(aws.ask("apigateway", "get_account").get("throttleSettings"))
    return Throttle(rate=settings.get("rateLimit"), burst=settings.get("burstLimit"))


def log_role(aws: Aws) -> LogRole:
    """Return the role by which API Gateway writes logs.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    arn = aws.ask("apigateway", "get_account").get("cloudwatchRoleArn")
    if not arn:
        return LogRole()
    try:
        role = aws.ask("iam", "get_role", RoleName=str(arn).rpartition("/")[2])["Role"]
    except NotFoundError:
        return LogRole(arn=arn, exists=False)
    return LogRole(arn=arn, exists=True, trusted=_trusts_gateway(role["AssumeRolePolicyDocument"]))


def concurrency(aws: Aws) -> Concurrency:
    """Return how many environments may run at once in the account and Region.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    limits = aws.ask("lambda", "get_account_settings")["AccountLimit"]
    return Concurrency(
        limit=int(limits["ConcurrentExecutions"]),
        unreserved=int(limits["UnreservedConcurrentExecutions"]),
    )


def function_loads(aws: Aws, api: ApiModel, *, seconds: float) -> list[FunctionLoad]:
    """Return the load of each function of `api` in the last `seconds`.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    names = sorted(api.functions)
    sums = _sums(
        aws,
        [("AWS/Lambda", "Throttles", {"FunctionName": name}) for name in names],
        seconds=seconds,
    )
    return [
        FunctionLoad(
            name=name, reserved=api.functions[name].reserved_concurrency, throttles=throttles
        )
        for name, throttles in zip(names, sums, strict=True)
    ]


def web_acl(aws: Aws, arn: str, *, seconds: float) -> WebAcl:
    """Return the web ACL of that ARN with what it blocked in the last `seconds`.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    # arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID
    *_, name, identity = arn.split("/")
    found = aws.ask("wafv2", "get_web_acl", Name=name, Id=identity, Scope="REGIONAL")["WebACL"]
    dimensions = {"WebACL": name, "Region": aws.region, "Rule": "ALL"}
    try:
        (blocked,) = _sums(aws, [("AWS/WAFV2", "BlockedRequests", dimensions)], seconds=seconds)
    except UnansweredError:
        # The default action alone says something, too.
        return WebAcl(name=name, blocks_by_default=_blocks(found))
    return WebAcl(name=name, blocks_by_default=_blocks(found), blocked=blocked)


def invokers(aws: Aws, api: ApiModel) -> Iterator[Invoker]:
    """Yield each credentials role with each function it is to invoke, as IAM judges it.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    invoked: dict[str, dict[str, str]] = {}
    for route in api.routes:
        function = api.functions.get(route.integration.function or "")
        if function is None or function.arn is None or not _is_role(route.integration.credentials):
            continue
        qualifier = route.integration.qualifier
        arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
        invoked.setdefault(str(route.integration.credentials), {})[arn] = function.id
    for role, functions in invoked.items():
        yield from _simulated(aws, role, functions)


def buffered_timeout_max_ms(aws: Aws) -> int:
    """Return the account's quota for the timeout of buffered integrations.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
    """
    quota = aws.ask(
        "service-quotas", "get_service_quota", ServiceCode="apigateway", QuotaCode=_TIMEOUT_QUOTA
    )["Quota"]
    return int(quota["Value"])


def _simulated(aws: Aws, role: str, functions: Mapping[str, str]) -> Iterator[Invoker]:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    for arn, name in functions.items():
        results = aws.ask(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=role,
            ActionNames=["lambda:InvokeFunction"],
            ResourceArns=[arn],
        )["EvaluationResults"]
        allowed = all(result["EvalDecision"] == "allowed" for result in results)
        yield Invoker(role=role, function=name, allowed=allowed)


def _is_role(credentials: str | None) -> bool:
    return credentials is not None and ":role/" in credentials


def _blocks(acl: Mapping[str, Any]) -> bool:
    return "Block" in mapping(acl.get("DefaultAction"))


def _trusts_gateway(policy: object) -> bool:
    document = json.loads(policy) if isinstance(policy, str) else policy
    return any(
        _GATEWAY in _services(statement)
        for statement in listing(mapping(document).get("Statement"))
        if mapping(statement).get("Effect") == "Allow"
    )


def _services(statement: Mapping[str, Any]) -> list[str]:
    named = mapping(statement.get("Principal")).get("Service")
    return [named] if isinstance(named, str) else list(listing(named))


def _sums(
    aws: Aws, metrics: Iterable[tuple[str, str, Mapping[str, str]]], *, seconds: float
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
    found = dict.fromkeys((query["Id"] for query in queries), 0.0)
    now = time.time()
    for result in (
        aws.every(
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
        found[result["Id"]] += sum(result.get("Values") or ())
    return [int(value) for value in found.values()]

"""The functions of a deployed API, in CloudFormation's words.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from streaming_construct.aws.function_arn import FunctionArn, parse_function_arn
from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError, NotFoundError
from streaming_construct.templates.stacks.coercion import as_list, as_mapping

Resource = tuple[str, dict[str, Any], str]


class FunctionReader:
    """Reads functions. `unread` has the name of each unreadable part, with the reason."""

    def __init__(self, aws: AwsClient) -> None:
        self._aws = aws
        self.unread: list[tuple[str, str]] = []

    def read(self, uris: Iterable[str]) -> Iterator[Resource]:
        """Yield logical id, resource and ARN of every function that `uris` invoke.

        A version or alias stands for its function, with the configuration of that version.
        """
        for arn in _find_functions(uris):
            yield from self._read_function(arn)

    def _read_function(self, arn: FunctionArn) -> Iterator[Resource]:
        parameters = {"FunctionName": _remove_qualifier(arn)}
        if arn.qualifier:
            parameters["Qualifier"] = arn.qualifier
        try:
            configuration = self._aws.call("lambda", "get_function_configuration", **parameters)
        except AwsCallError as error:
            self.unread.append((f"function {arn.name}", str(error)))
            return
        properties = {
            name: configuration.get(name)
            for name in (
                "Runtime",
                "Handler",
                "Timeout",
                "MemorySize",
                "Architectures",
                "Role",
                "LoggingConfig",
                "RuntimeConfig",
                "TenancyConfig",
                "TracingConfig",
            )
        }
        properties |= {
            "FunctionName": arn.name,
            "PackageType": configuration.get("PackageType"),
            "Environment": {
                "Variables": as_mapping(configuration.get("Environment")).get("Variables") or {}
            },
            "Layers": [layer["Arn"] for layer in as_list(configuration.get("Layers"))],
            "ReservedConcurrentExecutions": self._read_reserved_concurrency(arn),
        }
        present = {name: value for name, value in properties.items() if value is not None}
        resource = {"Type": "AWS::Lambda::Function", "Properties": present}
        yield f"Function{arn.name}", resource, _remove_qualifier(arn)
        yield from self._read_permissions(arn, parameters)

    def _read_reserved_concurrency(self, arn: FunctionArn) -> int | None:
        try:
            response = self._aws.call(
                "lambda", "get_function_concurrency", FunctionName=_remove_qualifier(arn)
            )
        except AwsCallError as error:
            self.unread.append((f"reserved concurrency of function {arn.name}", str(error)))
            return None
        reserved = response.get("ReservedConcurrentExecutions")
        return None if reserved is None else int(reserved)

    def _read_permissions(
        self, arn: FunctionArn, parameters: Mapping[str, str]
    ) -> Iterator[Resource]:
        try:
            policy = json.loads(self._aws.call("lambda", "get_policy", **parameters)["Policy"])
        except NotFoundError:
            return
        except AwsCallError as error:
            self.unread.append((f"permissions of function {arn.name}", str(error)))
            # From an unreadable statement, the reader concludes that permissions may be unknown.
            unknown = {"Type": "AWS::Lambda::Permission", "Properties": {}}
            yield f"Permission{arn.name}", unknown, _remove_qualifier(arn)
            return
        for number, properties in enumerate(
            _read_permissions(policy, ":".join(parameters.values()))
        ):
            resource = {"Type": "AWS::Lambda::Permission", "Properties": properties}
            yield f"Permission{arn.name}{number}", resource, _remove_qualifier(arn)


def _find_functions(uris: Iterable[str]) -> Iterator[FunctionArn]:
    """Yield each function once, with the qualifier of its first URI."""
    pending_names: set[str] = set()
    for uri in uris:
        parsed = parse_integration_uri(uri)
        arn = parse_function_arn(parsed.function_arn) if parsed else None
        if arn is not None and arn.name not in pending_names:
            pending_names.add(arn.name)
            yield arn


def _remove_qualifier(arn: FunctionArn) -> str:
    return f"arn:{arn.partition}:lambda:{arn.region}:{arn.account}:function:{arn.name}"


def _read_permissions(policy: object, function: str) -> Iterator[dict[str, Any]]:
    """Yield the properties of a Lambda permission for each allowed action of a resource policy."""
    for statement in as_list(as_mapping(policy).get("Statement")):
        if statement.get("Effect") != "Allow":
            continue
        principal, principals = statement.get("Principal"), as_mapping(statement.get("Principal"))
        present = {
            "FunctionName": function,
            "Principal": principals.get("Service") or principals.get("AWS") or principal,
            "SourceArn": _read_condition(statement, "sourcearn"),
            "SourceAccount": _read_condition(statement, "sourceaccount"),
        }
        actions = statement.get("Action")
        for action in actions if isinstance(actions, list) else [actions]:
            permission = {**present, "Action": action}
            yield {name: value for name, value in permission.items() if value is not None}


def _read_condition(statement: Mapping[str, Any], key: str) -> str | None:
    """Return the value of a condition key of a statement, in any case; None without it."""
    for tests in as_mapping(statement.get("Condition")).values():
        for name, value in as_mapping(tests).items():
            if name.lower() == f"aws:{key}":
                return str(value)
    return None

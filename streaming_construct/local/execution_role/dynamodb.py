"""The permissions of calls of Amazon DynamoDB.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.local.execution_role.aws_call import (
    AwsCall,
    SignedRequest,
    create_permission,
)
from streaming_construct.local.execution_role.policy_evaluation import Permission

_WITHOUT_TABLE: Final = frozenset(
    {"DescribeEndpoints", "DescribeLimits", "ListBackups", "ListGlobalTables", "ListTables"}
)
_TRANSACTION_ACTIONS: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def read_dynamodb_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request."""
    operation = request.operation or "?"
    name = f"dynamodb:{operation}"
    if operation in _WITHOUT_TABLE:
        return AwsCall(operation=name, permissions=(create_permission(name),))
    required = tuple(_list_permissions(request, operation))
    if not required:
        return AwsCall(operation=name, not_evaluated="the tables are not known")
    return AwsCall(operation=name, permissions=required)


def _list_permissions(request: SignedRequest, operation: str) -> Iterator[Permission]:
    parameters = request.parameters
    if operation in ("TransactGetItems", "TransactWriteItems"):
        for item in _list(parameters.get("TransactItems")):
            for member, action in _TRANSACTION_ACTIONS.items():
                if table := _read_table(
                    request, _read_mapping(_read_mapping(item).get(member)).get("TableName")
                ):
                    yield create_permission(f"dynamodb:{action}", table)
        return
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for name in _read_mapping(parameters.get("RequestItems")):
            if table := _read_table(request, name):
                yield create_permission(f"dynamodb:{operation}", table)
        return
    stream = request.resolve_name(parameters.get("StreamArn"))
    if stream is not None:
        yield create_permission(f"dynamodb:{operation}", stream)
    table = _read_table(request, parameters.get("TableName"))
    if table is not None:
        index = parameters.get("IndexName")
        resource = f"{table}/index/{index}" if isinstance(index, str) else table
        yield create_permission(f"dynamodb:{operation}", resource)


def _read_table(request: SignedRequest, name: object) -> str | None:
    table = request.resolve_name(name)
    if table is None or table.startswith("arn:"):
        return table
    return request.build_arn(f"table/{table}")


def _read_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

"""The permissions of calls of Amazon DynamoDB.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.local.execution_role.aws_call import AwsCall, SignedRequest, permission
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
        return AwsCall(operation=name, permissions=(permission(name),))
    required = tuple(_permissions(request, operation))
    if not required:
        return AwsCall(operation=name, not_evaluated="its tables are not known")
    return AwsCall(operation=name, permissions=required)


def _permissions(request: SignedRequest, operation: str) -> Iterator[Permission]:
    parameters = request.parameters
    if operation in ("TransactGetItems", "TransactWriteItems"):
        for item in _list(parameters.get("TransactItems")):
            for member, action in _TRANSACTION_ACTIONS.items():
                if table := _table(request, _mapping(_mapping(item).get(member)).get("TableName")):
                    yield permission(f"dynamodb:{action}", table)
        return
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for name in _mapping(parameters.get("RequestItems")):
            if table := _table(request, name):
                yield permission(f"dynamodb:{operation}", table)
        return
    stream = request.name(parameters.get("StreamArn"))
    if stream is not None:
        yield permission(f"dynamodb:{operation}", stream)
    table = _table(request, parameters.get("TableName"))
    if table is not None:
        index = parameters.get("IndexName")
        resource = f"{table}/index/{index}" if isinstance(index, str) else table
        yield permission(f"dynamodb:{operation}", resource)


def _table(request: SignedRequest, name: object) -> str | None:
    table = request.name(name)
    if table is None or table.startswith("arn:"):
        return table
    return request.arn(f"table/{table}")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

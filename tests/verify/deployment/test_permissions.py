"""The policy on the page allows the calls of the code, and the roles of the CDK CLI."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streaming_construct
from tests.docs.code_blocks import list_blocks
from tests.verify.deployment.aws_server import AwsServer
from tests.verify.deployment.conftest import Commands

DEPLOYMENT = Path(streaming_construct.__file__).parent / "verify" / "deployment"
PAGE = (Path(__file__).parents[3] / "docs" / "verify.md").read_text()
# The client asks for the account, the cases with a signature call the API, and the CDK CLI
# assumes the roles of the bootstrap stack.
OTHER_ACTIONS = {"sts:GetCallerIdentity", "execute-api:Invoke", "sts:AssumeRole"}
READ_VERBS = ("Describe", "Filter", "Get", "List")


def statements() -> list[dict[str, Any]]:
    (policy,) = list_blocks(PAGE, "json")
    result: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return result


def calls() -> set[tuple[str, str, str]]:
    """Return client method, service and operation of each call in the code."""
    files = DEPLOYMENT.glob("*.py")
    return {call for file in files for call in _calls(ast.parse(file.read_text()))}


def _calls(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="call" | "paginate" | "change" as method),
                args=[service, operation, *_],
            ):
                assert isinstance(service, ast.Constant), ast.unparse(node)
                assert isinstance(operation, ast.Constant), ast.unparse(node)
                yield method, str(service.value), str(operation.value)


def pascal(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))


def test_the_policy_allows_the_calls_and_nothing_else() -> None:
    actions = {
        "apigateway:GET" if service == "apigateway" else f"{service}:{pascal(operation)}"
        for _, service, operation in calls()
    }
    allowed = {action for statement in statements() for action in statement["Action"]}

    assert allowed == actions | OTHER_ACTIONS


def test_only_change_calls_operations_that_write() -> None:
    writes = {
        operation for _, _, operation in calls() if not pascal(operation).startswith(READ_VERBS)
    }

    assert writes == {operation for method, _, operation in calls() if method == "change"}
    assert len(writes) == 3


def test_only_roles_of_the_bootstrap_stack_can_be_assumed() -> None:
    (resource,) = (
        statement["Resource"]
        for statement in statements()
        if "sts:AssumeRole" in statement["Action"]
    )

    assert resource == "arn:aws:iam::*:role/cdk-*"


def test_every_operation_on_the_wire_is_one_of_the_code(
    commands: Commands, account: AwsServer
) -> None:
    """A run makes no call but those of the policy."""
    commands.run(cdk=("fail", "fail"))
    in_code = {pascal(operation) for _, _, operation in calls()} | {"GetCallerIdentity"}
    requested = {name for name in account.observed if name[0].isupper()}

    assert len(requested) > 5
    assert requested <= in_code

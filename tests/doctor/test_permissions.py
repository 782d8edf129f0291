"""The IAM policy on the page allows the calls of the doctor. A denied call leaves out one check."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from botocore import xform_name
from click.testing import Result

import streaming_construct
from tests.docs.code_blocks import list_blocks
from tests.doctor.live_api import LiveApi
from tests.doctor.wire import Wire

Run = Callable[..., Result]
PACKAGE = Path(streaming_construct.__file__).parent
PAGE = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
READERS = [*(PACKAGE / "deployed").glob("*.py"), *(PACKAGE / "doctor").glob("*.py")]
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
ACTIONS = {
    ("lambda", "get_layer_version_by_arn"): "lambda:GetLayerVersion",
    ("wafv2", "get_web_acl"): "wafv2:GetWebACL",
}
PREFIXES = {"service-quotas": "servicequotas"}


def allowed_actions() -> set[str]:
    """Return the actions of the policy on the page."""
    (policy,) = list_blocks(PAGE, "json")
    statements = json.loads(policy)["Statement"]
    return {required_action for statement in statements for required_action in statement["Action"]}


def calls_in_code() -> set[tuple[str, str]]:
    """Return service and operation of every call in the code."""
    return {call for file in READERS for call in _calls_in_module(ast.parse(file.read_text()))}


def _calls_in_module(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="call" | "paginate"), args=[service, operation, *_]
            ):
                assert isinstance(service, ast.Constant), ast.unparse(node)
                assert isinstance(operation, ast.Constant), ast.unparse(node)
                yield str(service.value), str(operation.value)


def required_action(service: str, operation: str) -> str:
    """Return the action that allows a call."""
    if service in ("apigateway", "apigatewayv2"):
        return "apigateway:GET"
    name = "".join(part.capitalize() for part in operation.split("_"))
    return ACTIONS.get((service, operation), f"{PREFIXES.get(service, service)}:{name}")


def test_the_policy_allows_exactly_the_calls_of_the_doctor() -> None:
    """The test compares every call in the code with every action on the page."""
    assert {required_action(*question) for question in calls_in_code()} == allowed_actions()


def test_the_policy_allows_only_reading() -> None:
    """The verbs of its actions show it."""
    verbs = ("GET", "Get", "List", "Describe", "Filter", "Simulate")

    assert all(action.partition(":")[2].startswith(verbs) for action in allowed_actions())


def test_every_call_on_the_wire_is_one_of_the_code(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Only `call` and `paginate` call AWS."""
    # The emulator does not know it, and botocore would ask eight times.
    wire.deny("service-quotas", "GetServiceQuota")
    run("--api", sound_api.api_id)
    run("--pre-deploy")

    requested = {(service, xform_name(operation)) for service, operation in wire.calls}
    assert len(requested) > 15
    assert requested <= calls_in_code()


DENIED = {
    ("apigateway", "GetAuthorizers"): "authorizers",
    ("apigateway", "GetGatewayResponses"): "gateway responses",
    ("apigateway", "GetUsagePlans"): "usage plans",
    ("apigateway", "GetDeployment"): "the deployment of the stage",
    ("apigateway", "GetExport"): "the deployment of the stage",
    ("cloudwatch", "GetMetricData"): "throttled invocations",
    ("iam", "GetRole"): "the role for logs",
    ("iam", "SimulatePrincipalPolicy"): "the permission to invoke",
    ("lambda", "GetAccountSettings"): "concurrency",
    ("lambda", "GetFunctionConcurrency"): "reserved concurrency of function {name}",
    ("lambda", "GetPolicy"): "permissions of function {name}",
}


def test_a_denied_call_leaves_out_one_check_by_name(run: Run, live: LiveApi, wire: Wire) -> None:
    """The other checks run, and find the defect."""
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)

    def not_checked(denied: Collection[tuple[str, str]]) -> set[str]:
        wire.errors.clear()
        for call in denied:
            wire.deny(*call)
        result = run("--api", live.api_id, "--format", "json")
        assert [finding["rule"] for finding in json.loads(result.stdout)] == [
            "function-timeout-shorter"
        ]
        return {line for line in result.stderr.splitlines() if line.startswith("not checked")}

    notes = {
        (service, operation): f"not checked: {check.format(name=live.name)}: "
        f"the permission {service}:{operation} is missing"
        for (service, operation), check in DENIED.items()
    }
    # One check asks both: the first denial hides the second.
    export = ("apigateway", "GetExport")
    other_notes = {call: line for call, line in notes.items() if call != export}
    assert not_checked(other_notes) == set(other_notes.values())
    assert not_checked({export}) == {notes[export]}


def test_an_unreadable_function_leaves_the_api(run: Run, sound_api: LiveApi, wire: Wire) -> None:
    """The routes are checked without it."""
    wire.deny("lambda", "GetFunctionConfiguration")

    result = run("--api", sound_api.api_id)

    assert result.exit_code == 0
    assert f"not checked: function {sound_api.name}: the permission" in result.stderr


@pytest.mark.parametrize("operation", ["GetRestApi", "GetStages", "GetResources"])
def test_an_unreadable_api_is_an_error(
    operation: str, run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The sentence names the missing action."""
    wire.errors["apigateway", operation] = (
        "AccessDeniedException",
        "User: u is not authorized to perform: apigateway:GET on resource: r",
    )

    result = run("--api", sound_api.api_id, "--quiet")

    assert result.exit_code == 2
    assert result.output == "Error: the permission apigateway:GET is missing\n"

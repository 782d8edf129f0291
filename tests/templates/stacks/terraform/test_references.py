"""References of a Terraform plan lead to the resources that they name, or to none."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final

import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.lint.linter import lint_path, read
from streaming_construct.model.declaration import Declaration

FIRST = json.loads(
    Path(__file__)
    .parents[3]
    .joinpath("lint", "corpus", "terraform_first_apply.plan.json")
    .read_text()
)
API: Final = "aws_api_gateway_rest_api.api"
ROLE: Final = "aws_iam_role.gateway"
STREAM: Final = "response_streaming_invoke_arn"
MANAGED: Final = "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"
STAGE_VARIABLE: Final = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:"
    "123456789012:function:${stageVariables.fn}/response-streaming-invocations"
)


@pytest.fixture
def plan() -> dict[str, Any]:
    """A plan of a first apply, in which no id and no ARN is known."""
    return copy.deepcopy(FIRST)


def change_resource(
    plan: dict[str, Any],
    name: str,
    /,
    *,
    references: dict[str, list[str]] | None = None,
    unknown: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Change a resource of the root module, or add it. `name` is its type and its name."""
    kind, _, label = name.partition(".")
    head = {"address": name, "mode": "managed", "type": kind, "name": label.partition("[")[0]}
    planned = plan["planned_values"]["root_module"]["resources"]
    configured = plan["configuration"]["root_module"]["resources"]
    bare = name.partition("[")[0]
    for resources, address in (
        (planned, name),
        (configured, bare),
        (plan["resource_changes"], name),
    ):
        if not any(resource["address"] == address for resource in resources):
            resources.append(
                {**head, "address": address, "values": {}, "expressions": {}, "change": {}}
            )
    next(r for r in planned if r["address"] == name)["values"].update(values)
    expressions = next(r for r in configured if r["address"] == bare)["expressions"]
    expressions |= {key: {"references": names} for key, names in (references or {}).items()}
    change = next(r for r in plan["resource_changes"] if r["address"] == name)["change"]
    change.setdefault("after_unknown", {}).update(unknown or {})


def remove_resource(plan: dict[str, Any], name: str) -> None:
    """Remove a resource of the root module."""
    module = plan["planned_values"]["root_module"]
    module["resources"] = [r for r in module["resources"] if r["address"] != name]


def move_to_module(plan: dict[str, Any], module: str, *kinds: str, **call: Any) -> None:
    """Move the resources of some types into a module. `module` may have an index."""
    root, config = plan["planned_values"]["root_module"], plan["configuration"]["root_module"]
    moved = [resource for resource in root["resources"] if resource["type"] in kinds]
    configured = [resource for resource in config["resources"] if resource["type"] in kinds]
    for resources in (root["resources"], config["resources"]):
        resources[:] = [resource for resource in resources if resource["type"] not in kinds]
    changes = [change for change in plan["resource_changes"] if change["type"] in kinds]
    for resource in (*moved, *changes):
        resource["address"] = f"module.{module}.{resource['address']}"
    children = root.setdefault("child_modules", [])
    children.append({"address": f"module.{module}", "resources": moved})
    outputs = {name: {"expression": value} for name, value in call.pop("outputs", {}).items()}
    config.setdefault("module_calls", {})[module.partition("[")[0]] = {
        **call,
        "module": {"resources": configured, "outputs": outputs},
    }


def find_configured_in_module(plan: dict[str, Any], module: str, name: str) -> dict[str, Any]:
    """Return the expressions of a resource in a module."""
    call = plan["configuration"]["root_module"]["module_calls"][module]["module"]
    resources = call["resources"]
    expressions: dict[str, Any] = next(r for r in resources if r["address"] == name)["expressions"]
    return expressions


def rules(plan: dict[str, Any], folder: Path) -> set[str]:
    """Return the ids of the findings, without that of the plan as it is."""
    return {finding.rule.id for finding in lint_file(plan, folder)} - {"access-log-disabled"}


def lint_file(plan: dict[str, Any], folder: Path) -> Any:
    file = folder / "plan.json"
    file.write_text(json.dumps(plan))
    return lint_path(file).findings


@pytest.mark.parametrize(
    "references",
    [
        ["data.aws_caller_identity.me.account_id", f"{API}.id", API],
        ["aws_api_gateway_stage.prod.execution_arn", "aws_api_gateway_stage.prod"],
        ["aws_api_gateway_stage.prod.stage_name", f"{API}.execution_arn", API],
        ["aws_api_gateway_resource.chat.path", f"{API}.execution_arn", API],
        ["local.source_arn"],
    ],
)
def test_a_composed_source_arn_is_read_as_intended(
    references: list[str], plan: dict[str, Any], tmp_path: Path
) -> None:
    """The documentation of the provider composes it of the Region, the account and the id."""
    change_resource(plan, "aws_lambda_permission.api", references={"source_arn": references})

    assert rules(plan, tmp_path) == set()


@pytest.mark.parametrize("name", ["module.routes", "module.routes.hash", "local.hash"])
def test_a_deployment_waits_for_the_methods_of_a_module(
    name: str, plan: dict[str, Any], tmp_path: Path
) -> None:
    """A plan has no expressions of local values, so they may name the methods."""
    kinds = ("aws_api_gateway_resource", "aws_api_gateway_method", "aws_api_gateway_integration")
    passed = {
        "api": {"references": [f"{API}.id"]},
        "root": {"references": [f"{API}.root_resource_id"]},
        "uri": {"references": [f"aws_lambda_function.chat.{STREAM}"]},
    }
    for kind in kinds:
        label = f"{kind}.{'post' if kind.endswith('method') else 'chat'}"
        change_resource(plan, label, references={"rest_api_id": ["var.api"]})
    change_resource(plan, "aws_api_gateway_resource.chat", references={"parent_id": ["var.root"]})
    change_resource(plan, "aws_api_gateway_integration.chat", references={"uri": ["var.uri"]})
    outputs = {"hash": {"references": ["aws_api_gateway_integration.chat"]}}
    move_to_module(plan, "routes", *kinds, expressions=passed, outputs=outputs)
    change_resource(
        plan, "aws_api_gateway_deployment.api", references={"triggers": [name, "module.routes"]}
    )
    deployment = plan["configuration"]["root_module"]["resources"]
    for resource in deployment:
        resource.pop("depends_on", None)

    assert rules(plan, tmp_path) == set()

    change_resource(
        plan, "aws_api_gateway_deployment.api", references={"triggers": ["path.module"]}
    )
    assert rules(plan, tmp_path) == {"deployment-missing-depends-on"}

    stage = ("aws_api_gateway_deployment", "aws_api_gateway_stage")
    move_to_module(plan, "stage", *stage, depends_on=["module.routes"], expressions=passed)
    for name in ("aws_api_gateway_deployment.api", "aws_api_gateway_stage.prod"):
        find_configured_in_module(plan, "stage", name)["rest_api_id"] = {"references": ["var.api"]}
    assert rules(plan, tmp_path) == set()


def test_each_instance_of_a_module_has_its_own_resources(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    """A module with `for_each` has an index in its addresses."""
    every_type = {r["type"] for r in plan["planned_values"]["root_module"]["resources"]}
    move_to_module(plan, 'api["eu.a"]', *every_type)

    assert rules(plan, tmp_path) == set()


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ('aws_lambda_function.of["b"].invoke_arn', {"transfer-mode-mismatch"}),
        (f'aws_lambda_function.of["b"].{STREAM}', set()),
        (f'aws_lambda_function.of["a"].{STREAM}', {"permission-missing"}),
        ('module.fn["b"].invoke_arn', {"transfer-mode-mismatch"}),
        (f'module.fn["a"].{STREAM}', {"permission-missing"}),
    ],
)
def test_an_index_in_a_reference_selects_the_resource(
    reference: str, expected: set[str], plan: dict[str, Any], tmp_path: Path
) -> None:
    """Two instances of a resource or a module are two functions; `b` has the permission."""
    function = plan["planned_values"]["root_module"]["resources"][1]["values"]
    if reference.startswith("module"):
        outputs = {
            n: {"references": [f"aws_lambda_function.of.{n}"]} for n in ("invoke_arn", STREAM)
        }
        for key in "ba":
            change_resource(plan, "aws_lambda_function.of", **{**function, "function_name": key})
            move_to_module(plan, f'fn["{key}"]', "aws_lambda_function", outputs=outputs)
    else:
        for key in "ab":
            name = f'aws_lambda_function.of["{key}"]'
            change_resource(plan, name, **{**function, "function_name": key})
    change_resource(
        plan, "aws_api_gateway_integration.chat", references={"uri": [reference, reference[:20]]}
    )
    change_resource(plan, "aws_lambda_permission.api", function_name="b")

    assert rules(plan, tmp_path) - {"function-may-not-stream"} == expected


def test_a_route_of_for_each_is_read(plan: dict[str, Any], tmp_path: Path) -> None:
    """The references of `x.y[each.key].id` are `x.y` and `each.key`, without the attribute."""
    for kind in ("resource", "method", "integration"):
        name = f"aws_api_gateway_{kind}.{'post' if kind == 'method' else 'chat'}"
        values = copy.deepcopy(
            next(
                resource["values"]
                for resource in plan["planned_values"]["root_module"]["resources"]
                if resource["address"] == name
            )
        )
        remove_resource(plan, name)
        target = (
            {}
            if kind == "resource"
            else {"resource_id": ["aws_api_gateway_resource.chat", "each.key"]}
        )
        for key in ("chat", "jobs"):
            part = {"path_part": key} if kind == "resource" else {}
            change_resource(plan, f'{name}["{key}"]', references=target, **{**values, **part})
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    (declaration,) = read(file)[1]

    assert isinstance(declaration, Declaration)
    assert sorted(map(str, declaration.api.routes)) == ["POST /chat", "POST /jobs"]
    assert rules(plan, tmp_path) == set()


@pytest.mark.parametrize(
    ("variables", "unknown", "expected"),
    [
        ({"fn": "chat"}, {}, set()),
        (None, True, set()),
        ({"fn": None}, {"fn": True}, set()),
        ({"other": "chat"}, {}, {"stage-variable-missing"}),
    ],
)
def test_the_variables_of_a_stage_are_read(
    variables: object, unknown: object, expected: set[str], plan: dict[str, Any], tmp_path: Path
) -> None:
    """Also those that are known only once they are applied."""
    change_resource(plan, "aws_api_gateway_integration.chat", uri=STAGE_VARIABLE)
    change_resource(
        plan, "aws_api_gateway_stage.prod", variables=variables, unknown={"variables": unknown}
    )

    assert rules(plan, tmp_path) == expected


def test_method_settings_are_those_of_their_stage(plan: dict[str, Any], tmp_path: Path) -> None:
    """A path that is not known is no path `/`."""
    name = "aws_api_gateway_method_settings.all"
    change_resource(plan, name, method_path=None)
    assert rules(plan, tmp_path) == set()

    change_resource(plan, name, method_path="*/*", stage_name="dev")
    assert rules(plan, tmp_path) == {"throttling-not-configured"}

    change_resource(
        plan, name, stage_name=None, references={"stage_name": ["aws_api_gateway_stage.prod.id"]}
    )
    assert rules(plan, tmp_path) == set()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_iam_policy_attachment", {"roles": ["gateway"], "policy_arn": MANAGED}),
        ("aws_iam_policy_attachment", {"roles": [None], "policy_arn": MANAGED}),
        (
            "aws_iam_role_policy_attachments_exclusive",
            {"role_name": "gateway", "policy_arns": [MANAGED]},
        ),
    ],
)
def test_every_attachment_of_a_policy_counts(
    kind: str, values: dict[str, Any], plan: dict[str, Any], tmp_path: Path
) -> None:
    """The role of an integration may invoke the function by any of them."""
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}}
    trust["Action"] = "sts:AssumeRole"
    change_resource(
        plan, ROLE, name="gateway", assume_role_policy=json.dumps({"Statement": [trust]})
    )
    change_resource(
        plan, "aws_api_gateway_integration.chat", references={"credentials": [f"{ROLE}.arn"]}
    )
    assert rules(plan, tmp_path) == {"permission-missing"}

    names = {"roles": [f"{ROLE}.name"]} if values.get("roles") == [None] else {}
    change_resource(plan, f"{kind}.gateway", references=names, **values)
    assert rules(plan, tmp_path) == set()


def test_a_body_of_a_separate_resource_is_read(plan: dict[str, Any], tmp_path: Path) -> None:
    """`aws_api_gateway_rest_api_put` imports a document into an API."""
    for kind in ("resource.chat", "method.post", "integration.chat"):
        remove_resource(plan, f"aws_api_gateway_{kind}")
    uri = STAGE_VARIABLE.replace("${stageVariables.fn}", "chat").replace("2021-11", "2015-11")
    operation = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    paths = {"/chat": {"post": {"x-amazon-apigateway-integration": operation}}}
    change_resource(
        plan,
        "aws_api_gateway_rest_api_put.api",
        references={"rest_api_id": [f"{API}.id"]},
        body=json.dumps({"openapi": "3.0.1", "info": {}, "paths": paths}),
    )

    assert "api-without-methods" not in rules(plan, tmp_path)
    assert "integration-uri-invalid" in rules(plan, tmp_path)


def test_a_method_of_an_api_that_is_not_known_may_be_of_each_api(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    """A plan does not contain the expressions of local values."""
    name = "aws_api_gateway_integration.chat"
    change_resource(plan, name, references={"rest_api_id": ["local.api"]})

    assert rules(plan, tmp_path) == set()


@pytest.mark.parametrize("unknown", [True, [{"variables": True}]])
def test_variables_of_a_function_can_be_unknown(
    unknown: object, plan: dict[str, Any], tmp_path: Path
) -> None:
    """Whether the adapter starts is then not known."""
    layer = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerArm64:30"
    name = "aws_lambda_function.chat"
    change_resource(plan, name, runtime="python3.14", handler="run.sh", layers=[layer])
    assert rules(plan, tmp_path) == {"adapter-wrapper-missing"}

    change_resource(plan, name, environment=[], unknown={"environment": unknown})
    assert rules(plan, tmp_path) == set()


def test_limits_of_a_usage_plan_are_read(plan: dict[str, Any], tmp_path: Path) -> None:
    """A rate of less than 0 is invalid."""
    change_resource(
        plan,
        "aws_api_gateway_usage_plan.basic",
        references={"api_stages": [f"{API}.id"]},
        name="basic",
        api_stages=[{"stage": "prod", "throttle": []}],
        throttle_settings=[{"rate_limit": -10, "burst_limit": 5}],
    )

    assert "usage-plan-invalid" in rules(plan, tmp_path)


def test_the_error_for_a_state_names_the_command(tmp_path: Path) -> None:
    """`terraform show -json` without a file prints the state."""
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"terraform_version": "1.13.0", "values": {}}))

    with pytest.raises(SourceError, match="is the state of Terraform"):
        lint_path(file)

"""The sample stack, as `cdk deploy` would deploy it."""

from __future__ import annotations

import json
import logging
import runpy
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from streaming_construct.local.local_api import LocalApi
from tests.support.filter_pattern import extract

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("StreamingSample.template.json")


def read_template(assembly: Path) -> dict[str, Any]:
    """Return the template of the sample in `assembly`."""
    text = (assembly / "StreamingSample.template.json").read_text()
    template: dict[str, Any] = json.loads(text)
    return template


@pytest.fixture(scope="module")
def template(sample_assembly: Path) -> dict[str, Any]:
    """The template of the sample."""
    return read_template(sample_assembly)


def test_the_template_equals_its_snapshot(
    template: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """A review sees each change of it: `make snapshot` rewrites it.

    The template comes from a clone in another folder, with newer files.
    """
    text = json.dumps(template, indent=1) + "\n"
    if request.config.getoption("--snapshot-update"):
        GOLDEN.write_text(text)

    assert text == GOLDEN.read_text()


def statements_and_variables(model_id: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the statements on Bedrock in all policies, and the environment of the web app."""
    sample = runpy.run_path(str(ROOT / "app.py"))["StreamingSample"]
    context = {"bedrockModelId": model_id, "mediaUrl": "https://media.example/"}
    app = App(context=context, builtin_cloud_formation_validation=False)
    resources = Template.from_stack(sample(app, "Sample")).to_json()["Resources"]
    statements = [
        statement
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if "bedrock" in json.dumps(statement)
    ]
    (variables,) = (
        resource["Properties"]["Environment"]["Variables"]
        for resource in resources.values()
        if "BEDROCK_MODEL_ID" in json.dumps(resource)
    )
    return statements, variables


def statements_for(model_id: str) -> list[dict[str, Any]]:
    """Return the statements on Bedrock for a model, without the other resources of the sample."""
    sample = runpy.run_path(str(ROOT / "app.py"))["StreamingSample"]

    class Statements(sample):  # type: ignore[misc, valid-type] # a class that app.py defines
        def __init__(self, scope: App, construct_id: str) -> None:
            Stack.__init__(self, scope, construct_id)

    stack = Statements(App(), "Sample")
    return [
        stack.resolve(statement.to_statement_json())
        for statement in stack._create_model_statements(model_id)
    ]


def join(arn: Any) -> str:
    return "".join(
        part if isinstance(part, str) else part["Ref"].replace("AWS::", "")
        for part in arn["Fn::Join"][1]
    )


@pytest.mark.parametrize("model_id", ["zai.glm-4.7"])
def test_the_app_may_use_only_its_bedrock_model(model_id: str) -> None:
    """The policy allows one action on its ARN. The environment has the model and the media URL."""
    (statement,), variables = statements_and_variables(model_id)

    assert statement["Action"] == "bedrock:InvokeModelWithResponseStream"
    arn = f"arn:Partition:bedrock:Region::foundation-model/{model_id}"
    assert join(statement["Resource"]) == arn
    assert variables["BEDROCK_MODEL_ID"] == model_id
    assert variables["MEDIA_URL"] == "https://media.example/"


@pytest.mark.parametrize("geography", ["us-gov", "global"])
def test_an_inference_profile_allows_its_model_only_through_itself(geography: str) -> None:
    """The policy allows the model in each Region of the profile, with the profile as a
    condition."""
    on_profile, on_model = statements_for(f"{geography}.amazon.nova-micro-v1:0")

    place = "arn:Partition:bedrock:Region:AccountId"
    profile = f"{place}:inference-profile/{geography}.amazon.nova-micro-v1:0"
    assert join(on_profile["Resource"]) == profile
    model = "arn:Partition:bedrock:*::foundation-model/amazon.nova-micro-v1:0"
    assert join(on_model["Resource"]) == model
    ((key, condition),) = on_model["Condition"]["StringEquals"].items()
    assert (key, join(condition)) == ("bedrock:InferenceProfileArn", profile)


def test_an_arn_in_place_of_a_model_id_is_rejected() -> None:
    """The ARN does not show which resources the policy must allow."""
    with pytest.raises(ValueError, match="Sample: bedrockModelId must be the id"):
        statements_for("arn:aws:bedrock:us-east-1:1:application-inference-profile/x")


@pytest.mark.slow
def test_the_metric_filters_select_the_streams(
    sample: LocalApi, template: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The deployed filters evaluate the access log of requests to each function."""
    caplog.set_level(logging.INFO, logger="streaming_construct.local")
    pace = {"count": "5", "interval": "0.2"}
    with httpx.Client(timeout=60) as client:
        paths = ("/node", "/words", "/stream", "/health")
        responses = [client.get(sample.url_for_path(path), params=pace) for path in paths]
    assert [response.status_code for response in responses] == [200] * 4
    ids = tuple(f'{{"requestId":"{response.headers["x-amzn-requestid"]}"' for response in responses)
    # A line is written after the response has ended.
    ends = time.monotonic() + 60
    lines: list[str] = []
    while len(lines) < 4 and time.monotonic() < ends:
        messages = [message.replace(": ", ":") for message in caplog.messages]
        lines = [message for message in messages if message.startswith(ids)]
        time.sleep(0.02)
    filters = [
        (filter_["Properties"]["FilterPattern"], *transformations)
        for filter_ in template["Resources"].values()
        if filter_["Type"] == "AWS::Logs::MetricFilter"
        for transformations in [filter_["Properties"]["MetricTransformations"]]
    ]
    values = {
        metric_filter["MetricName"]: [
            value
            for line in lines
            if (value := extract(pattern, line, metric_filter["MetricValue"])) is not None
        ]
        for pattern, metric_filter in filters
    }

    assert len(lines) == 4
    assert values["Streamed"] == [1, 1, 1]
    assert values["Buffered"] == [1]
    assert values["Aborted"] == values["Throttled"] == []
    for first, end in zip(values["TimeToFirstContent"], values["StreamDuration"], strict=True):
        assert first + 300 < end


def test_the_routes_are_those_of_the_readme(template: dict[str, Any]) -> None:
    """The web app serves all paths, and handlers serve four others."""
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    modes = {
        (path, method.removeprefix("x-amazon-apigateway-")): operation[
            "x-amazon-apigateway-integration"
        ].get("responseTransferMode")
        for path, item in api["Properties"]["Body"]["paths"].items()
        for method, operation in item.items()
        if method not in ("parameters", "options")
    }

    assert modes == {
        ("/", "any-method"): "STREAM",
        ("/{proxy+}", "any-method"): "STREAM",
        ("/stream", "get"): "STREAM",
        ("/v1/chat/completions", "post"): "STREAM",
        ("/v1/models", "get"): "STREAM",
        ("/export", "get"): "STREAM",
        ("/jobs", "post"): "STREAM",
        ("/node", "get"): "STREAM",
        ("/words", "get"): "STREAM",
        ("/health", "get"): "BUFFERED",
        ("/buffered", "get"): "BUFFERED",
    }

"""Examples of the pages on networking, security scanners and environment variables synthesize."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from sybil import Example

from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT
from tests.support.synthesis import Template, only, resources, synthesize

FIRST, *EXAMPLES = list_examples("networking")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples run in a folder that contains the functions of the sample."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)


def synthesize_example(example: Example) -> Template:
    stack = run_example(example, run_example(FIRST))["stack"]
    assert isinstance(stack, Stack)
    return synthesize(stack)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.parsed.strip()[-24:])
def test_each_example_makes_an_api_that_streams(example: Example) -> None:
    """Each example continues the first lines of the page."""
    root = only(synthesize_example(example), "AWS::ApiGateway::RestApi")["Body"]["paths"]["/"]

    integration = root["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]
    assert integration["responseTransferMode"] == "STREAM"


def test_the_url_of_the_domain_is_the_one_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The comment beside `print` is its output."""
    example = list_examples("networking", "A domain name")[0]
    template = synthesize_example(example)

    (url,) = re.findall(r"print\(api\.url\)  # (\S+)", example.parsed)
    assert capsys.readouterr().out == f"{url}\n"
    assert only(template, "AWS::Route53::RecordSet")["Name"] == "api.example.com."


def test_the_distribution_does_not_buffer_or_retry_streams() -> None:
    """It has a long timeout, no retry, no cache, no compression, and the host name of the API."""
    template = synthesize_example(list_examples("networking", "CloudFront in front")[0])

    config = only(template, "AWS::CloudFront::Distribution")["DistributionConfig"]
    (origin,) = config["Origins"]
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    assert origin["CustomOriginConfig"]["OriginReadTimeout"] == 120
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["ConnectionAttempts"] == 1
    assert "ResponseCompletionTimeout" not in origin
    assert f"{{'Ref': '{stage}'}}" in str(origin["OriginPath"])  # cut out of the stage's URL
    behavior = config["DefaultCacheBehavior"]
    assert behavior["Compress"] is False
    assert "POST" in behavior["AllowedMethods"]
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
    assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def test_the_acknowledgement_of_the_scanners_page_is_in_the_metadata() -> None:
    """Only the metadata of the intended resource has it."""
    example, _ = list_examples("security-scanners")
    app = run_example(example)["app"]
    assert isinstance(app, App)
    template = app.synth().get_stack_by_name("Chat").template

    skipped = {
        kind: resource["Metadata"]["checkov"]["skip"][0]["id"]
        for kind in ("AWS::ApiGateway::Stage", "AWS::Lambda::Function")
        for resource in resources(template, kind).values()
    }
    assert skipped == {
        "AWS::ApiGateway::Stage": "CKV_AWS_120",
        "AWS::Lambda::Function": "CKV_AWS_116",
    }


def test_validation_accepts_the_acknowledgement_of_the_scanners_page() -> None:
    """CDK reports the acknowledged finding as suppressed."""
    _, example = list_examples("security-scanners")
    assembly = run_example(example)["app"].synth()

    text = Path(assembly.directory, "validation-report.json").read_text()
    (plugin,) = json.loads(text)["pluginReports"]
    assert [violation["ruleName"] for violation in plugin["suppressedViolations"]] == [
        "edge-idle-timeout"
    ]
    assert plugin["conclusion"] == "success"


def test_the_template_has_the_name_of_a_secret_only() -> None:
    """The example of the page on environment and secrets; the function may read the secret."""
    (example,) = list_examples("environment-and-secrets")
    names = run_example(example, {"__name__": "example"}, {"app.synth()": ""})

    template = synthesize(names["stack"])

    functions = resources(template, "AWS::Lambda::Function")
    variables = [
        f["Properties"].get("Environment", {}).get("Variables", {}) for f in functions.values()
    ]
    assert any("Ref" in v["MODEL_KEY_ARN"] for v in variables if "MODEL_KEY_ARN" in v)
    assert "secretsmanager:GetSecretValue" in json.dumps(template)

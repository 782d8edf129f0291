"""Lint on assemblies of this library: no false finding, no repetition, the same messages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, App, Duration, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as FoundAnnotations
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType
from sybil import Example

from streaming_construct import StreamingRestApi
from streaming_construct.lint.linter import LintResult, lint_path
from streaming_construct.reporting.report import build_report
from streaming_construct.rules.rule import Finding
from tests.docs.examples import list_examples, run_example

ROOT = Path(__file__).parents[2]
TAGGED = re.compile(r"^(?P<text>.*) \[ack: streaming-construct:(?P<id>[a-z-]+)\]$", re.DOTALL)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack of an app that writes its assembly into the test's folder."""
    app = App(
        outdir=str(tmp_path / "cdk.out"),
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
    )
    return Stack(app, "Chat", env=Environment(account="111122223333", region="eu-west-1"))


def api_with_warnings(stack: Stack) -> StreamingRestApi:
    """Return an API with four warnings."""
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.JAVA_21,
        handler="Chat",
        code=lambda_.Code.from_asset(str(ROOT / "lambda_src" / "node")),
        timeout=Duration.seconds(3),
    )
    api = StreamingRestApi(
        stack,
        "Api",
        handler=function,
        endpoint_configuration=EndpointConfiguration(types=[EndpointType.EDGE]),
    )
    api.add_route("/ping", methods=["GET"])
    return api


def lint_stack(stack: Stack) -> LintResult:
    app = stack.node.root
    assert isinstance(app, App)
    return lint_path(Path(app.synth(force=True).directory))


def list_suppressed_findings(judgement: LintResult) -> list[str]:
    report = build_report(judgement.findings, judgement.suppressions)
    assert report.notes == ()
    return [finding.rule.id for finding in report.findings]


def synthesis_messages(stack: Stack) -> dict[str, str]:
    """Return the messages of `cdk synth`, by the rule's id."""
    entries = FoundAnnotations.from_stack(stack).find_warning("*", Match.any_value())
    matches = [TAGGED.match(str(entry.entry.data)) for entry in entries]
    return {match["id"]: match["text"] for match in matches if match}


def text(finding: Finding) -> str:
    return f"{finding.subject}: {finding.message}"


def test_a_warning_is_the_same_at_synthesis_and_in_the_assembly(stack: Stack) -> None:
    """Location, message and fix are equal."""
    api_with_warnings(stack)
    at_synthesis = synthesis_messages(stack)
    linted = {finding.rule.id: text(finding) for finding in lint_stack(stack).findings}

    assert at_synthesis.keys() == {
        "edge-idle-timeout",
        "function-may-not-stream",
        "function-timeout-default",
        "reserved-path",
    }
    assert {rule: linted.get(rule) for rule in at_synthesis} == at_synthesis


def test_a_warning_that_is_acknowledged_in_cdk_is_not_repeated(stack: Stack) -> None:
    """The acknowledgement may be at any construct above the API. Others are reported."""
    api = api_with_warnings(stack)
    before = list_suppressed_findings(lint_stack(stack))
    Annotations.of(stack).acknowledge_warning("streaming-construct:edge-idle-timeout", "heartbeat")
    Annotations.of(api).acknowledge_warning("streaming-construct:function-may-not-stream", "bytes")

    after = list_suppressed_findings(lint_stack(stack))

    assert sorted(before) == sorted([*after, "edge-idle-timeout", "function-may-not-stream"])
    assert "reserved-path" in after


def list_apps() -> list[tuple[Example, ...]]:
    """Return the examples of each app: each on the page about networking continues the first."""
    first, *further = list_examples("networking")
    return [tuple(list_examples("authorization")), *((first, example) for example in further)]


@pytest.mark.parametrize("app", list_apps(), ids=lambda app: app[-1].parsed.strip()[-24:])
def test_no_feature_of_the_construct_is_an_error(
    app: tuple[Example, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of the pages: authorizers, keys, policies, domain names, endpoint types."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for example in app:
        run_example(example, names)

    findings = lint_stack(names["stack"])

    warnings = [
        str(finding) for finding in build_report(findings.findings, findings.suppressions).findings
    ]
    messages = synthesis_messages(names["stack"])
    unexpected = [
        warning
        for warning in warnings
        if not any(f"[{rule}]" in warning for rule in {*messages, *EXPECTED})
    ]
    assert unexpected == []


EXPECTED = ("throttling-not-configured",)

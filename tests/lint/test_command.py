"""`streaming-construct lint` as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from streaming_construct.lint.command import lint

CORPUS = Path(__file__).parent / "corpus"
SAM_WITHOUT_CODE = (
    "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}"
)
BODY = "cloudformation_body_with_role.yaml"


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template with warnings and without errors, in the working folder."""
    shutil.copy(CORPUS / BODY, tmp_path / "template.yaml")
    monkeypatch.chdir(tmp_path)
    return Path("template.yaml")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lint, [str(argument) for argument in arguments])


def read_findings(result: Result) -> list[dict[str, Any]]:
    return list(json.loads(result.stdout))


def with_buffered_uri(template: Path) -> None:
    """Let the URI of the route be that of buffered invocations."""
    text = template.read_text()
    text = text.replace("2021-11-15", "2015-03-31").replace("response-streaming-", "")
    template.write_text(text)


def test_warnings_leave_the_exit_status_at_0(template: Path) -> None:
    """An option changes it."""
    assert run(template).exit_code == 0
    assert run(template, "--fail-on", "warning").exit_code == 1


def test_an_error_sets_exit_status_1_and_has_its_line(template: Path) -> None:
    """The report shows the line of the integration with its neighbors."""
    with_buffered_uri(template)
    result = run(template)

    assert result.exit_code == 1
    assert "[transfer-mode-mismatch]" in result.stdout
    assert ">    17 |               x-amazon-apigateway-integration:" in result.stdout
    assert "route GET /stream (RestApi, template.yaml:17)" in result.stdout


def test_json_has_the_parts_of_the_location(template: Path) -> None:
    """One cause is one finding."""
    with_buffered_uri(template)
    (finding,) = (
        finding
        for finding in read_findings(run(template, "--format", "json"))
        if "mode" in finding["rule"]
    )

    assert finding["location"] == {"logical_id": "RestApi", "file": "template.yaml", "line": 17}
    assert set(finding) == {"rule", "severity", "subject", "problem", "fix", "location"}


@pytest.mark.usefixtures("template")
def test_findings_in_json_have_their_line() -> None:
    """JSON is read without a YAML library."""
    text = (CORPUS / "serverless_framework.json").read_text().replace("2021-11-15", "2015-03-31")
    Path("t.json").write_text(text.replace("/response-streaming-invocations", "/invocations"))
    (finding,) = (
        finding
        for finding in read_findings(run("t.json", "--format", "json"))
        if "mode" in finding["rule"]
    )

    before = text[: text.index('"ApiGatewayMethodStreamPost"')]
    assert finding["location"]["line"] == before.count("\n") + 1


def test_a_route_of_sam_has_the_line_of_its_event() -> None:
    """The API itself is not in the file."""
    result = run(CORPUS / "sam_node_streaming.yaml", "--format", "json")
    (finding,) = (
        finding
        for finding in read_findings(result)
        if finding["rule"] == "integration-timeout-default"
    )

    assert (finding["location"]["logical_id"], finding["location"]["line"]) == (
        "StreamingFunction",
        17,
    )


def test_several_paths_are_one_report(template: Path) -> None:
    """A pre-commit hook passes several."""
    result = run(template, CORPUS / "serverless_framework.json", "--format", "json")

    assert {
        finding["location"]["file"].rpartition("/")[2] for finding in read_findings(result)
    } == {
        "template.yaml",
        "serverless_framework.json",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken.yaml", "Resources: ["),
        ("broken.json", '{"Resources": {'),
        ("list.yaml", "- 1\n- 2\n"),
        ("other.yaml", "on: push\njobs: {}\n"),
        ("bytes.yaml", "\x00"),
        ("empty.json", ""),
        ("typed.yaml", "Resources: {Api: 1}"),
        ("sam.yaml", SAM_WITHOUT_CODE),
        ("deep.json", '{"Resources": ' + '{"a": ' * 100_000 + "1" + "}" * 100_001),
        ("suppress.yaml", "Resources: {}\nMetadata: {streaming-construct: {suppress: all}}"),
    ],
)
def test_an_unreadable_file_is_one_sentence_and_exit_status_2(
    tmp_path: Path, name: str, text: str
) -> None:
    """It names the file, and has no traceback."""
    file = tmp_path / name
    file.write_text(text)
    result = run(file)

    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert name in result.stderr


@pytest.mark.parametrize("path", ["missing.yaml", "."])
def test_a_path_without_input_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A folder without an assembly, and a missing file."""
    monkeypatch.chdir(tmp_path)

    assert run(path).exit_code == 2


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_a_pipe_has_no_fixes(option: str, tmp_path: Path) -> None:
    """It can be read once only, and has no file to write to."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    result = run(option, pipe)

    assert result.exit_code == 2
    assert f"{pipe} is a pipe. Pass the path of a file to {option}." in result.stderr


def test_a_template_without_an_api_has_no_findings(template: Path) -> None:
    """Standard error reports it."""
    template.write_text("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
    result = run(template)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "contains no API" in result.stderr


def test_a_parameter_replaces_its_default(template: Path) -> None:
    """A deployment does the same."""
    result = run(template, "--parameter", "Stage=not a name")

    assert "[stage-name-invalid]" in result.stdout
    assert run(template, "--parameter", "Stage").exit_code == 2
    assert run(template, "--parameter", "Unknown=1").exit_code == 2


def test_a_table_of_the_project_suppresses_a_finding(template: Path) -> None:
    """It has a location and a reason. An unused entry is reported."""
    Path("pyproject.toml").write_text(
        "[[tool.streaming-construct.suppress]]\n"
        'id = "throttling-not-configured"\nreason = "behind a WAF rate rule"\nwhere = "stage '
        'prod"\n'
        "[[tool.streaming-construct.suppress]]\n"
        'id = "edge-idle-timeout"\nreason = "was edge once"\n'
    )
    result = run(template)

    assert "[throttling-not-configured]" not in result.stdout
    assert "the suppression of edge-idle-timeout suppresses nothing" in result.stderr
    assert "1 suppressed" in result.stderr


def test_metadata_of_a_resource_suppresses_a_finding(template: Path) -> None:
    """It applies only to that resource."""
    text = template.read_text().replace(
        "  Deployment:\n",
        "  Deployment:\n    Metadata: {streaming-construct: {suppress: "
        "[{id: deployment-not-updated, reason: by hand}, {id: throttling-not-configured, "
        "reason: other}]}}\n",
    )
    template.write_text(text)
    result = run(template)

    assert "[deployment-not-updated]" not in result.stdout
    assert "[throttling-not-configured]" in result.stdout


def test_a_table_that_cannot_be_read_is_exit_status_2(template: Path) -> None:
    """An unreadable template is, too."""
    Path("pyproject.toml").write_text("[tool.streaming-construct]\nsuppress = 1\n")
    result = run(template)

    assert result.exit_code == 2
    assert "pyproject.toml" in result.stderr


def test_the_command_starts_neither_node_nor_sam_for_a_plain_template() -> None:
    """It runs before every commit, so it must be quick."""
    program = (
        "import sys\nfrom streaming_construct.cli import main\n"
        f"sys.argv[1:] = ['lint', {str(CORPUS / BODY)!r}, '--quiet']\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print(sorted({'aws_cdk', 'jsii', 'samtranslator', 'boto3'} & set(sys.modules)))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert finished.stdout.splitlines()[-1] == "[]"


def test_an_unreadable_path_does_not_hide_findings_of_others(template: Path) -> None:
    """The findings are reported, and the exit status is 2."""
    with_buffered_uri(template)
    result = run("nowhere.yaml", template)

    assert result.exit_code == 2
    assert "[transfer-mode-mismatch]" in result.stdout
    assert "nowhere.yaml does not exist" in result.stderr


def test_without_a_path_the_command_reads_cdk_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cdk synth` writes this folder."""
    monkeypatch.chdir(tmp_path)
    assert (
        "cdk.out does not exist. Run `cdk synth` first, or pass the path of a template"
        in run().stderr
    )

    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.json"}}
    folder = Path("cdk.out")
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"S": artifact}}))
    shutil.copy(CORPUS / "serverless_framework.json", folder / "S.json")

    result = run("--format", "json")
    assert result.exit_code == 0
    assert {finding["location"]["file"] for finding in read_findings(result)} == {"cdk.out/S.json"}


@pytest.mark.parametrize(
    ("file", "rule", "words"),
    [
        (CORPUS / "sam_node_streaming.yaml", "integration-timeout-default", "`TimeoutInMillis`"),
        (
            CORPUS / "terraform_first_apply.plan.json",
            "access-log-disabled",
            "`access_log_settings`",
        ),
    ],
)
def test_fixes_are_in_the_language_of_the_input(file: Path, rule: str, words: str) -> None:
    """So is the explanation of a rule for a path."""
    finding = next(
        finding
        for finding in read_findings(run(file, "--format", "json"))
        if finding["rule"] == rule
    )
    explanation = run("--explain", rule, file)

    assert words in finding["fix"]
    assert explanation.exit_code == 0
    assert f"## Fix\n\n{finding['fix']}\n\n```" in explanation.stdout


def test_fixes_for_a_template_with_construct_paths_are_those_of_the_cdk(tmp_path: Path) -> None:
    """The template is in the assembly, or beside it."""
    template = json.loads((CORPUS / "cdk_lambda_integration.json").read_text())
    template["Resources"]["ApiF70053CD"]["Metadata"] = {"aws:cdk:path": "Stack/Api/Resource"}
    file = tmp_path / "Stack.template.json"
    file.write_text(json.dumps(template))

    fixes = {
        finding["rule"]: finding["fix"] for finding in read_findings(run(file, "--format", "json"))
    }
    assert fixes["edge-idle-timeout"].startswith("Pass `EndpointType.REGIONAL`")


def test_explain_needs_no_path() -> None:
    """It shows all languages. An unknown rule or path is a usage error."""
    assert "Terraform: " in run("--explain", "edge-idle-timeout").stdout
    assert "Did you mean edge-idle-timeout" in run("--explain", "edge-idel-timeout").stderr
    assert run("--explain", "edge-idle-timeout", "missing.yaml").exit_code == 2


NESTED: Final = """\
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {BodyS3Location: {Bucket: b, Key: api.json}}
"""


def test_each_file_has_a_path_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub annotates no others: nested templates, and imported documents."""
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}}
    integration = {"type": "aws_proxy", "httpMethod": "GET", "uri": "x"}
    operation = {"get": {"x-amazon-apigateway-integration": integration}}
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {"Child": child}}))
    (tmp_path / "child.yaml").write_text(NESTED)
    (tmp_path / "api.json").write_text(json.dumps({"openapi": "3.0.1", "paths": {"/": operation}}))
    monkeypatch.chdir(tmp_path)

    lines = run("t.json", "--format", "github").stdout.splitlines()

    assert any(line.startswith("::error file=api.json,line=") for line in lines)
    assert not any(str(tmp_path) in line for line in lines)

"""`lint` of several stacks, of SAM, Terraform and OpenAPI files, and the locations of findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from streaming_construct.lint.command import lint
from streaming_construct.lint.linter import lint_path
from tests.lint.template_variants import BASE, STREAM, ids, integration, method, write_variant
from tests.support.rule_examples import merge

"""API Gateway must be allowed to invoke the function of an authorizer, too."""
"""API Gateway changes only the second of `/chat` and `/chat/`."""


def test_a_raised_quota_is_an_option(tmp_path: Path) -> None:
    """It does not count for an edge-optimized API, whose quota AWS does not raise."""
    uri = {"Fn::Sub": f"arn:aws:apigateway:us-east-1:lambda:path/{STREAM}"}
    uri["Fn::Sub"] = (
        uri["Fn::Sub"]
        .replace("2021-11-15", "2015-03-31")
        .replace("response-streaming-invocations", "invocations")
    )
    buffered = integration(uri=uri, responseTransferMode=None, timeoutInMillis=60_000)
    file = str(write_variant(tmp_path, Api=buffered))

    assert "timeout-out-of-range" in CliRunner().invoke(lint, [file]).stdout
    raised = CliRunner().invoke(lint, [file, "--integration-timeout-quota", "60000"])
    assert "timeout-out-of-range" not in raised.stdout
    assert CliRunner().invoke(lint, [file, "--integration-timeout-quota", "5"]).exit_code == 2


def assembly(folder: Path, stacks: dict[str, str]) -> Path:
    """Write a cloud assembly of templates by the names of their stacks."""
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": f"{name}.template.json"},
        }
        for name in stacks
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    for name, text in stacks.items():
        (folder / f"{name}.template.json").write_text(text)
    return folder


NESTED: Final = json.dumps(
    {
        "Resources": {
            "In": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "gone.json"},
            }
        }
    }
)


@pytest.mark.parametrize(
    ("other", "status", "words"),
    [
        ("{}", 1, ""),
        ('{"Parameters": {}}', 1, ""),
        ("{", 2, "Error: "),
        ('{"Resources": []}', 2, "has no Resources"),
        ('{"Resources": {"Odd": 1, "Bucket": {"Type": "AWS::S3::Bucket"}}}', 2, "resource Odd"),
        ('{"Resources": {"Odd": {"Type": ["x"]}}}', 2, "Odd.Type: the Type is a list, not a text"),
        (NESTED, 1, "nested stack In is not read"),
    ],
)
def test_one_bad_stack_does_not_hide_the_findings_of_the_others(
    other: str, status: int, words: str, tmp_path: Path
) -> None:
    """An unreadable stack is named, and sets the exit status."""
    wrong = json.dumps(merge(BASE, {"Resources": {"Api": integration(httpMethod="GET")}}))

    result = CliRunner().invoke(lint, [str(assembly(tmp_path, {"A": other, "B": wrong}))])

    assert "[integration-http-method]" in result.stdout
    assert result.exit_code == status
    assert words in result.stderr


SAM: Final = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.14
      Handler: run.sh
      Timeout: 30
      Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap}}
      Layers: [!Sub "arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:30"]
      Events:
        Chat:
          Type: Api
          Properties: {Path: /chat/, Method: post, ResponseTransferMode: STREAM}
"""


def test_two_defects_of_a_sam_template_are_both_found(tmp_path: Path) -> None:
    """A wrong mode does not hide the missing variable of its function."""
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "t.yaml").write_text(SAM)

    findings = ids(lint_path(tmp_path / "t.yaml"))

    assert {"sam-transfer-mode-ignored", "adapter-invoke-mode", "path-changed"} <= set(findings)
    assert not {"permission-source-mismatch", "permission-missing", "path-invalid"} & set(findings)


def test_the_error_for_a_sam_parameter_without_a_value_names_it(tmp_path: Path) -> None:
    """It has the option that sets the value."""
    policy = "{ResourcePolicy: {SourceVpcWhitelist: [!Ref Vpc]}}"
    api = (
        "  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: prod\n"
        f"      EndpointConfiguration: {{Type: PRIVATE}}\n      Auth: {policy}\n"
    )
    text = SAM.replace("Resources:\n", f"Parameters: {{Vpc: {{Type: String}}}}\nResources:\n{api}")
    text = text.replace("{Path:", "{RestApiId: !Ref Api, Path:")
    (tmp_path / "t.yaml").write_text(text)

    result = CliRunner().invoke(lint, [str(tmp_path / "t.yaml")])

    assert result.exit_code == 2
    assert "--parameter Vpc=VALUE" in result.stderr
    with_parameter = CliRunner().invoke(
        lint, [str(tmp_path / "t.yaml"), "--parameter", "Vpc=vpc-1"]
    )
    assert with_parameter.exit_code in {0, 1}


def test_an_unused_canary_is_a_finding(tmp_path: Path) -> None:
    """All requests go to the deployment of the stage."""
    file = write_variant(tmp_path, Stage={"Properties": {"CanarySetting": {"PercentTraffic": 10}}})

    (note,) = lint_path(file).notes
    assert "the canary of stage prod is not applied" in note


def test_a_terraform_method_without_an_integration_is_an_error(tmp_path: Path) -> None:
    """It fails at deployment. A method with an integration is no error."""
    file = Path(__file__).with_name("corpus") / "terraform_first_apply.plan.json"
    plan = json.loads(file.read_text())
    for part in (plan["planned_values"], plan["configuration"]):
        resources = part["root_module"]["resources"]
        remaining = [
            resource for resource in resources if resource["type"] != "aws_api_gateway_integration"
        ]
        part["root_module"]["resources"] = remaining
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    assert "integration-missing" in ids(lint_path(tmp_path / "plan.json"))
    assert "integration-missing" not in ids(lint_path(file))


def test_the_file_name_does_not_change_the_findings(tmp_path: Path) -> None:
    """It is part of the names of functions, which have no spaces."""
    file = write_variant(tmp_path).rename(tmp_path / "my (first) template.json")

    assert lint_path(file).findings == ()


@pytest.mark.parametrize("text", [None, "paths: ["])
def test_an_unreadable_definition_is_named(text: str | None, tmp_path: Path) -> None:
    """The other APIs are checked."""
    if text is not None:
        (tmp_path / "definition.yaml").write_text(text)
    imported = {"BodyS3Location": "definition.yaml"}
    other_api = {"Type": "AWS::ApiGateway::RestApi", "Properties": imported}

    result = lint_path(write_variant(tmp_path, Other=other_api, Api=integration(httpMethod="GET")))

    assert ids(result) == ["integration-http-method"]
    (note,) = result.notes
    assert "definition.yaml" in note
    assert note.endswith("the routes of the body are not checked")


def test_functions_of_a_document_in_s3_are_not_resolved(tmp_path: Path) -> None:
    """API Gateway rejects the object in place of the uri."""
    document = BASE["Resources"]["Api"]["Properties"]["Body"]
    (tmp_path / "definition.json").write_text(json.dumps(document))
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"BodyS3Location": "definition.json"}}
    (finding,) = [
        finding
        for finding in lint_path(write_variant(tmp_path, Other=api)).findings
        if finding.rule.id == "integration-uri-invalid"
    ]

    assert '{"Fn::Sub": ' in finding.problem
    assert "AWS::Include" in str(finding.fix)


def test_the_methods_of_an_imported_api_are_checked(tmp_path: Path) -> None:
    """Only the methods: it has no stage, permission or deployment here."""
    change = method(
        RestApiId={"Fn::ImportValue": "api"},
        ResourceId={"Ref": "Resource"},
        Integration={
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "GET",
            "Uri": {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/{STREAM}"},
            "ResponseTransferMode": "STREAM",
            "TimeoutInMillis": 300000,
        },
    )
    parent = {"RestApiId": {"Fn::ImportValue": "api"}, "ParentId": {"Fn::ImportValue": "root"}}
    resource = {"Type": "AWS::ApiGateway::Resource", "Properties": {**parent, "PathPart": "chat"}}
    removed: dict[str, Any] = dict.fromkeys(["Api", "Stage", "Deployment20261122", "Permission"])

    result = lint_path(write_variant(tmp_path, **{**change, **removed, "Resource": resource}))

    assert [(finding.rule.id, str(finding.subject)) for finding in result.findings] == [
        ("integration-http-method", "route GET /.../chat")
    ]
    assert "another source declares the API" in " ".join(result.notes)


LOOP: Final = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Methods:
    - Name
    - [a, b]
    - Method${Name}:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !ImportValue api
          ResourceId: !ImportValue resource
          HttpMethod: GET
          Integration:
            Type: MOCK
            TimeoutInMillis: 10
"""


def test_a_finding_in_a_loop_has_the_line_of_the_fragment(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(LOOP)

    assert {
        (finding.rule.id, finding.location.logical_id, finding.location.line)
        for finding in lint_path(tmp_path / "t.yaml").findings
    } == {
        ("timeout-out-of-range", "Methoda", 14),
        ("timeout-out-of-range", "Methodb", 14),
    }


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (
            {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}},
            "nested stack N is not read: N has no TemplateURL",
        ),
        ({"openapi": "3.0.1", "paths": {}}, "the document has no operations"),
        (
            {"openapi": "3.0.1", "paths": {"/a": {"$ref": "other.yaml#/a"}}},
            "path /a is a reference to other.yaml#/a: not checked",
        ),
    ],
)
def test_what_is_not_read_is_named_without_an_api_too(
    data: dict[str, Any], note: str, tmp_path: Path
) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(data))
    assert any(text.endswith(note) for text in lint_path(file).notes)

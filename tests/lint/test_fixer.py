"""`lint --fix`: it makes each unambiguous fix once, and preserves the layout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.lint.command import lint
from streaming_construct.lint.fixer import fix_path
from streaming_construct.lint.linter import lint_path
from tests.documents.document_layouts import COMMENT, write_yaml

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/{}/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:chat/{}"
)
STREAMING_URI = URI.format("2021-11-15", "response-streaming-invocations")
BUFFERED_URI = URI.format("2015-03-31", "invocations")

METHOD = """\
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: chat}}}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY   # a proxy
        IntegrationHttpMethod: POST
{}
  # the stage
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {{RestApiId: !Ref Api, StageName: prod}}
  Chat:
    Type: AWS::Lambda::Function
    Properties:
      Timeout: 60
      FunctionName: chat
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Timeout: 60}}}}
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Handler: run.sh
      Runtime: python3.13
{}
      Events:
        Get:
          Type: Api
          Properties: {}
"""
EVENT = "{Path: /chat, Method: get, ResponseTransferMode: RESPONSE_STREAM, TimeoutInMillis: 60000}"
DOCUMENT = """\
{{"openapi": "3.0.1", "info": {{"title": "chat", "version": "1"}}, "paths": {{"/chat": {{
  "get": {{"x-amazon-apigateway-integration": {{"type": "aws_proxy", "httpMethod": "POST",
    "uri": "STREAMING_URI",
    {}}}}},
  "options": {{"x-amazon-apigateway-integration": {{"type": "mock", "responses": {{"default": {{
    "statusCode": 200, "responseParameters": {{
      "method.response.header.Access-Control-Allow-Origin": "'https://app.example'"}}}}}}}}}}
}}}}{}}}
""".replace("STREAMING_URI", STREAMING_URI)
RESPONSES = (
    ', "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": '
    '{"gatewayresponse.header.Access-Control-Allow-Origin": "\'https://app.example\'"}}, '
    '"DEFAULT_5XX": {"responseParameters": '
    '{"gatewayresponse.header.Access-Control-Allow-Origin": "\'https://app.example\'"}}}'
)
LAYER = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86"
STREAMED = '"responseTransferMode": "STREAM", "timeoutInMillis": 60000'
SETTINGS = """\
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        paths: {{"/jobs/{{id}}": {{get: {{}}}}}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      StageName: prod
      MethodSettings:
        - ResourcePath: {}
          HttpMethod: '*'
          CachingEnabled: false
        - {{ResourcePath: "{}", HttpMethod: GET, CachingEnabled: false}} # the rest
"""


def method(*lines: str) -> str:
    return METHOD.format("\n".join(f"        {line}" for line in lines))


def function(*lines: str, event: str = EVENT) -> str:
    return SAM.format("\n".join(f"      {line}" for line in lines), event)


ADAPTER = f"Layers: ['{LAYER}:30']"
WRAPPER = "Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap%s}}"
INVOKE_MODE = ", AWS_LWA_INVOKE_MODE: response_stream"

FIXED = {
    "sam-transfer-mode-ignored": (
        "t.yaml",
        function(event=EVENT.replace("RESPONSE_STREAM", "STREAM")),
        function(),
    ),
    "transfer-mode-invalid": (
        "t.yaml",
        method(
            f"Uri: {STREAMING_URI}",
            "ResponseTransferMode: 'response_stream'  # so",
            "TimeoutInMillis: 6000",
        ),
        method(
            f"Uri: {STREAMING_URI}", "ResponseTransferMode: 'STREAM'  # so", "TimeoutInMillis: 6000"
        ),
    ),
    "transfer-mode-mismatch": (
        "t.yaml",
        method(
            f'Uri: !Sub "{BUFFERED_URI}"', "ResponseTransferMode: STREAM", "TimeoutInMillis: 6000"
        ),
        method(
            f'Uri: !Sub "{STREAMING_URI}"', "ResponseTransferMode: STREAM", "TimeoutInMillis: 6000"
        ),
    ),
    "transfer-mode-mismatch of an absent mode": (
        "openapi.json",
        DOCUMENT.format('"timeoutInMillis": 60000', RESPONSES),
        DOCUMENT.format(
            '"timeoutInMillis": 60000,\n    "responseTransferMode": "STREAM"', RESPONSES
        ),
    ),
    "integration-http-method": (
        "t.yaml",
        method(
            f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM", "TimeoutInMillis: 6000"
        ).replace("Method: POST", "Method: GET # as the route's"),
        method(
            f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM", "TimeoutInMillis: 6000"
        ).replace("Method: POST", "Method: POST # as the route's"),
    ),
    "integration-http-method absent": (
        "openapi.json",
        DOCUMENT.format(STREAMED, RESPONSES).replace('"httpMethod": "POST",', ""),
        DOCUMENT.format(STREAMED + ', "httpMethod": "POST"', RESPONSES).replace(
            '"httpMethod": "POST",', ""
        ),
    ),
    "adapter-invoke-mode": (
        "t.yaml",
        function(ADAPTER, WRAPPER % ""),
        function(ADAPTER, WRAPPER % INVOKE_MODE),
    ),
    "adapter-invoke-mode misspelt": (
        "t.yaml",
        function(ADAPTER, WRAPPER % ", AWS_LWA_INVOKE_MODE: streaming"),
        function(ADAPTER, WRAPPER % INVOKE_MODE),
    ),
    "layer-version-invalid": (
        "t.yaml",
        function(f"Layers:\n        - !Sub {LAYER}:latest # new"),
        function(f"Layers:\n        - !Sub {LAYER}:30 # new"),
    ),
    "integration-timeout-default": (
        "t.yaml",
        method(f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM # streams"),
        method(
            f"Uri: {STREAMING_URI}",
            "ResponseTransferMode: STREAM # streams",
            "TimeoutInMillis: 60000",
        ),
    ),
    "timeout-out-of-range": (
        "t.yaml",
        method(
            f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM", 'TimeoutInMillis: "960000"'
        ),
        method(
            f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM", 'TimeoutInMillis: "900000"'
        ),
    ),
    "gateway-responses-without-cors": (
        "openapi.json",
        DOCUMENT.format(STREAMED, ""),
        DOCUMENT.format(STREAMED, RESPONSES),
    ),
}
UNTOUCHED = {
    "a buffered mode beside a streaming URI": method(
        f"Uri: {STREAMING_URI}", "ResponseTransferMode: BUFFERED"
    ),
    "a word that stands for no mode": method(
        f"Uri: {STREAMING_URI}", "ResponseTransferMode: FAST", "TimeoutInMillis: 6000"
    ),
    "an adapter with buffered invoke mode": function(
        ADAPTER, WRAPPER % ", AWS_LWA_INVOKE_MODE: buffered"
    ),
    "a layer of someone else": function(f"Layers: ['{LAYER.replace('7532', '1111')}:latest']"),
    "a function timeout from a parameter": method(
        f"Uri: {STREAMING_URI}", "ResponseTransferMode: STREAM"
    ).replace("Timeout: 60", "Timeout: !Ref Seconds")
    + "Parameters: {Seconds: {Type: Number, Default: 60}}\n",
    "a buffered route with a timeout that a raised quota allows": method(
        f"Uri: {BUFFERED_URI}", "TimeoutInMillis: 60000"
    ),
    "an integration that an alias uses too": method(
        f"Uri: &uri {BUFFERED_URI}", "ResponseTransferMode: STREAM", "TimeoutInMillis: 6000"
    )
    + "Outputs: {Uri: {Value: *uri}}\n",
}


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lint, [str(argument) for argument in arguments])


def rules(file: Path) -> list[str]:
    return [finding.rule.id for finding in lint_path(file).findings]


@pytest.mark.parametrize("case", FIXED)
def test_a_fix_removes_the_finding(case: str, tmp_path: Path) -> None:
    """The result has no finding of the rule, and nothing more to fix."""
    name, before, after = FIXED[case]
    rule = case.partition(" ")[0]
    file = write(tmp_path, name, before)
    assert rule in rules(file)

    result = fix_path(file)
    result.write()

    assert file.read_text() == after
    assert {finding.rule.id for finding in result.fixed} == {rule}
    assert rule not in rules(file)
    assert fix_path(file).after == after


@pytest.mark.parametrize("case", UNTOUCHED)
def test_an_ambiguous_finding_is_not_fixed(case: str, tmp_path: Path) -> None:
    """There are several possible fixes, or the fix belongs elsewhere."""
    file = write(tmp_path, "t.yaml", UNTOUCHED[case])
    assert rules(file)

    assert fix_path(file).after == UNTOUCHED[case]


def test_paths_of_method_settings_are_escaped(tmp_path: Path) -> None:
    """Only those of routes of the API."""
    file = write(tmp_path, "t.yaml", SETTINGS.format("/jobs/{id}", "/other/path"))

    result = fix_path(file)

    assert result.after == SETTINGS.format('"/~1jobs~1{id}"', "/other/path")
    assert [finding.rule.id for finding in result.fixed] == ["method-setting-unmatched"]


DEFINED: Final = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        openapi: 3.0.1
        info: {{title: Chat, version: "1"}}
        paths:
          /chat:
            get:
              x-amazon-apigateway-integration: {{type: aws_proxy, httpMethod: {}, uri: "{}"}}
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Handler: index.handler
      Runtime: python3.13
      Events:
        Get:
          Type: Api
          Properties:
            {{RestApiId: !Ref Api, Path: /chat, Method: get, ResponseTransferMode: STREAM}}
"""


def test_sam_adds_nothing_to_an_api_with_a_definition(tmp_path: Path) -> None:
    """The integration of the definition is fixed. The mode of the event has no effect."""
    file = write(tmp_path, "t.yaml", DEFINED.format("GET", BUFFERED_URI))

    result = fix_path(file)

    assert result.after == DEFINED.format("POST", BUFFERED_URI)
    assert [finding.rule.id for finding in result.fixed] == ["integration-http-method"]
    (mode,) = (
        finding for finding in result.remaining if finding.rule.id == "sam-transfer-mode-ignored"
    )
    assert "has no effect" in mode.problem
    assert "responseTransferMode: STREAM" in (mode.fix or "")


def test_fixes_that_reveal_others_are_repeated(tmp_path: Path) -> None:
    """A SAM mode, the URI of buffered invocations, and no timeout."""
    lines = (f"Uri: {BUFFERED_URI}", "ResponseTransferMode: RESPONSE_STREAM")
    file = write(tmp_path, "t.yaml", method(*lines))

    assert [finding.rule.id for finding in fix_path(file).fixed] == [
        "transfer-mode-invalid",
        "transfer-mode-mismatch",
        "integration-timeout-default",
    ]


@settings(max_examples=25, deadline=None)
@given(draw=st.data())
def test_layout_is_preserved(draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only the text of three values differs, in any layout."""
    marks = {
        "vmodev": "STREAM",
        "vactionv": "response-streaming-invocations",
        "vdatev": "2021-11-15",
    }
    uri = URI.format("vdatev", "vactionv")
    integration = {
        "type": "aws_proxy",
        "uri": uri,
        "httpMethod": "POST",
        "responseTransferMode": "vmodev",
        "timeoutInMillis": 6000,
    }
    operation = {"x-amazon-apigateway-integration": integration}
    data = {"openapi": "3.0.1", "paths": {"/": {"get": operation}}, "info": {"title": "t"}}
    layout = write_yaml(data, draw.draw)
    bom = draw.draw(st.sampled_from(["", "\ufeff"]))
    after = before = bom + layout
    for mark, value in marks.items():
        after = after.replace(mark, value)
    for mark, value in {
        **marks,
        "vmodev": "Response_Stream",
        "vactionv": "invocations",
        "vdatev": "2015-03-31",
    }.items():
        before = before.replace(mark, value)
    file = write(tmp_path_factory.mktemp("layout"), "openapi.yaml", before)

    result = fix_path(file)

    assert result.before == before
    assert result.after == after
    assert result.after.count(COMMENT) == before.count(COMMENT)


def test_the_command_fixes_the_file_and_reports_the_rest(tmp_path: Path) -> None:
    """Other warnings stay. Standard error lists the fixes."""
    name, before, after = FIXED["transfer-mode-mismatch"]
    file = write(tmp_path, name, before)

    result = run(file, "--fix", "--format", "json")

    assert "transfer-mode-mismatch" not in result.stdout
    assert f"{file}: fixed 1 finding (transfer-mode-mismatch)" in result.stderr
    assert file.read_text() == after


def test_the_diff_writes_nothing(tmp_path: Path) -> None:
    """The exit status is 1 if there is a change, 0 otherwise."""
    name, before, after = FIXED["timeout-out-of-range"]
    file = write(tmp_path, name, before)

    result = run(file, "--diff")

    assert result.exit_code == 1
    assert '-        TimeoutInMillis: "960000"\n+        TimeoutInMillis: "900000"' in result.stdout
    assert file.read_text() == before
    file.write_text(after)
    assert (run(file, "--diff").exit_code, run(file, "--diff").stdout) == (0, "")


def test_a_suppressed_finding_is_not_fixed(tmp_path: Path) -> None:
    """The reason of the suppression applies."""
    _, before, _ = FIXED["timeout-out-of-range"]
    text = before.replace(
        "  Method:\n",
        "  Method:\n    Metadata: {streaming-construct: {suppress: "
        "[{id: timeout-out-of-range, reason: agreed with AWS}]}}\n",
    )
    file = write(tmp_path, "t.yaml", text)

    assert fix_path(file).after == text


def test_generated_files_are_not_fixed(tmp_path: Path) -> None:
    """A program writes a cloud assembly or a plan again."""
    (tmp_path / "manifest.json").write_text('{"artifacts": {}}')

    assert not fix_path(tmp_path).is_fixable
    assert "is generated. Change what it was generated from." in run(tmp_path, "--fix").stderr
    assert run(tmp_path / "missing.yaml", "--diff").exit_code == 2


ROUTE = method(f"Uri: {STREAMING_URI}", "ResponseTransferMode: {mode}", "TimeoutInMillis: 6000")
INTEGRATION = (
    '{{"openapi": "3.0.1", "info": {{"title": "chat", "version": "1"}}, "paths": {{"/{path}": '
    '{{"get": {{"x-amazon-apigateway-integration": {{"type": "aws_proxy", "httpMethod": "POST",\n'
    f'  "uri": "{STREAMING_URI}", "timeoutInMillis": 6000,\n'
    '  "responseTransferMode": "{mode}"}}}}}}}}}}\n'
)
INCLUDE = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: included.json}}}"
ROOT = f"""\
Resources:
  Child: {{Type: "AWS::CloudFormation::Stack", Properties: {{TemplateURL: child.yaml}}}}
  Imported: {{Type: "AWS::ApiGateway::RestApi", Properties: {{BodyS3Location: imported.json}}}}
  Included:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body: {INCLUDE}
"""


def write_named_files(mode: str) -> dict[str, str]:
    """Return the texts of the files that `ROOT` refers to, by their names."""
    return {
        "child.yaml": ROUTE.replace("{mode}", mode),
        "imported.json": INTEGRATION.format(path="imported", mode=mode),
        "included.json": INTEGRATION.format(path="included", mode=mode),
    }


def test_files_that_a_template_names_are_fixed(tmp_path: Path) -> None:
    """A nested template, an imported OpenAPI document and an included file."""
    root = write(tmp_path, "t.yaml", ROOT)
    for name, text in write_named_files("response_stream").items():
        write(tmp_path, name, text)
    invalid = [
        finding
        for finding in lint_path(root).findings
        if finding.rule.id == "transfer-mode-invalid"
    ]
    assert {
        (Path(str(finding.location.file)).name, finding.location.line) for finding in invalid
    } == {
        ("child.yaml", 14),
        ("imported.json", 3),
        ("included.json", 3),
    }

    diff = run(root, "--diff")
    result = run(root, "--fix")

    fixed = {name: (tmp_path / name).read_text() for name in write_named_files("STREAM")}
    assert fixed == write_named_files("STREAM")
    assert root.read_text() == ROOT
    assert "fixed 3 findings (transfer-mode-invalid)" in result.stderr
    assert all(f"{name}\n" in diff.stdout for name in fixed)
    assert "Without a fix: " in diff.stderr


def test_the_document_of_a_sam_template_is_fixed(tmp_path: Path) -> None:
    """`DefinitionUri` names it, or an include in `DefinitionBody`."""
    root = write(
        tmp_path,
        "t.yaml",
        f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Imported:
    Type: AWS::Serverless::Api
    Properties: {{StageName: a, DefinitionUri: imported.json}}
  Included:
    Type: AWS::Serverless::Api
    Properties: {{StageName: b, DefinitionBody: {INCLUDE}}}
""",
    )
    broken, fixed = write_named_files("stream"), write_named_files("STREAM")
    for name in ("imported.json", "included.json"):
        write(tmp_path, name, broken[name])

    run(root, "--fix")

    for name in ("imported.json", "included.json"):
        assert (tmp_path / name).read_text() == fixed[name]

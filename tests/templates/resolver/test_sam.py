"""Handwritten SAM templates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.documents.errors import SourceError
from streaming_construct.lint.linter import lint_path
from streaming_construct.model.api import ApiModel
from streaming_construct.templates.reader.api_reader import read_api, read_declaration
from streaming_construct.templates.stacks.loader import load_templates

STREAM, BUFFERED = TransferMode.STREAM, TransferMode.BUFFERED

IMPLICIT = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Globals:
  Function:
    Runtime: nodejs22.x
    Timeout: 60
    Environment:
      Variables: {GREETING: !Ref Greeting}
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../chat/
      Handler: index.handler
      AutoPublishAlias: live
      Layers: [!Ref Shared, "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"]
      Policies: [AWSLambdaBasicExecutionRole, DynamoDBReadPolicy: {TableName: !Ref Table}]
      Events:
        Ask:
          Type: Api
          Properties:
            Path: /chat/{id}
            Method: post
            ResponseTransferMode: RESPONSE_STREAM
            TimeoutInMillis: 120000
        All:
          Type: Api
          Properties: {Path: "/{proxy+}", Method: ANY}
        Nightly:
          Type: Schedule
          Properties: {Schedule: rate(1 day)}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: |
        exports.handler = async () => ({ statusCode: 200, body: "hi" });
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer, CompatibleRuntimes: [nodejs22.x]}
  Table:
    Type: AWS::Serverless::SimpleTable
"""


def template(folder: Path, text: str) -> Path:
    """Write a template into a new folder, with the code that it refers to."""
    for name in ("app/layer", "chat", "app/src"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    file = folder / "app" / "template.yaml"
    file.write_text(text)
    return file


def read(file: Path, **parameters: str) -> ApiModel:
    return read_api(load_templates(file), parameters=parameters)


def test_an_implicit_api_is_read_with_its_functions(tmp_path: Path) -> None:
    """Events become routes. Functions have globals, alias, layers and code by relative path."""
    api = read(template(tmp_path, IMPLICIT))
    routes = {str(route): route.integration for route in api.routes}
    ask = routes["POST /chat/{id}"]
    chat, hello = api.functions["template-Chat"], api.functions["template-Hello"]

    assert api.stage.name == "Prod"
    assert {name: integration.transfer_mode for name, integration in routes.items()} == {
        "POST /chat/{id}": STREAM,
        "ANY /{proxy+}": BUFFERED,
        "GET /hello": BUFFERED,
    }
    assert (ask.qualifier, ask.timeout_ms, ask.unresolved) == ("live", 120_000, {})
    assert chat.code is not None
    assert chat.code.resolve() == tmp_path / "chat"
    assert (chat.runtime, chat.timeout_seconds) == ("nodejs22.x", 60)
    assert chat.environment == {"GREETING": "hello"}
    layers = [layer.code.resolve() if layer.code else layer.arn for layer in chat.layers]
    assert layers[0] == tmp_path / "app" / "layer"
    assert "LambdaAdapterLayerX86" in str(layers[1])
    assert hello.inline_code is not None
    assert hello.inline_code.startswith("exports.handler")
    assert str(chat.origin) == f"Chat in {tmp_path / 'app' / 'template.yaml'}"
    assert (*chat.unresolved, *hello.unresolved) == ()


def test_parameters_reach_resources_that_sam_creates(tmp_path: Path) -> None:
    """A value on the command line overrides the default of the template."""
    api = read(template(tmp_path, IMPLICIT), Greeting="moin")

    assert api.functions["template-Chat"].environment == {"GREETING": "moin"}


@pytest.mark.parametrize("mode", ["STREAM", "BANANA", "response_stream"])
def test_an_unknown_mode_of_sam_buffers_and_is_reported(tmp_path: Path, mode: str) -> None:
    """CloudFormation's value is not SAM's: the route buffers as on AWS."""
    text = IMPLICIT.replace("RESPONSE_STREAM", mode)
    declaration = read_declaration(load_templates(template(tmp_path, text)))
    routes = declaration.api.routes
    integration = next(r.integration for r in routes if r.path == "/chat/{id}")

    assert integration.transfer_mode is BUFFERED
    assert str(integration.uri).endswith("/invocations")
    (note,) = declaration.startup_notes
    assert f"Chat, event Ask: SAM ignores ResponseTransferMode {mode} and buffers" in note


MODE_FUNCTION = """\
Transform: %s
Parameters: {Mode: {Type: String, Default: RESPONSE_STREAM}, Part: {Type: String, Default: chat}}
Mappings: {Modes: {a: {mode: RESPONSE_STREAM}}}
Conditions: {Always: !Equals [a, a]}
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: nodejs22.x
      Role: !GetAtt Role.Arn
      Events:
        Ask: {Type: Api, Properties: {Path: %s, Method: post, ResponseTransferMode: %s}}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: chat}}
"""
EXTENDED = "[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]"


@pytest.mark.parametrize(
    "mode",
    [
        "!Ref Mode",
        "!Sub '${Mode}'",
        "!FindInMap [Modes, a, mode]",
        "!If [Always, !Ref Mode, BUFFERED]",
    ],
)
def test_sam_resolves_no_function_in_a_mode(tmp_path: Path, mode: str) -> None:
    """The language extensions, which AWS applies before SAM, do; also in a path."""
    text = MODE_FUNCTION % ("AWS::Serverless-2016-10-31", "/chat", mode)
    file = template(tmp_path, text)
    (route,) = read(file).routes
    assert route.integration.transfer_mode is BUFFERED
    (finding,) = [
        finding
        for finding in lint_path(file).findings
        if finding.rule.id == "sam-transfer-mode-ignored"
    ]
    assert "SAM does not resolve the function" in finding.problem

    (route,) = read(template(tmp_path, MODE_FUNCTION % (EXTENDED, "!Sub '/${Part}'", mode))).routes
    assert (str(route), route.integration.transfer_mode) == ("POST /chat", STREAM)


def test_a_function_that_means_buffered_is_not_reported(tmp_path: Path) -> None:
    """SAM buffers as its author wants."""
    text = MODE_FUNCTION.replace("Default: RESPONSE_STREAM", "Default: BUFFERED")
    file = template(tmp_path, text % ("AWS::Serverless-2016-10-31", "/chat", "!Ref Mode"))

    assert "sam-transfer-mode-ignored" not in [f.rule.id for f in lint_path(file).findings]


EXPLICIT = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Stage: {Type: String}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      EndpointConfiguration: {Type: REGIONAL}
      BinaryMediaTypes: [image~1png]
      Variables: {colour: blue}
      MethodSettings:
        - {ResourcePath: /*, HttpMethod: "*", ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7}
      Cors: "'https://app.example'"
      %s
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
      FunctionName: !Sub "chat-${Stage}"
      %s
"""
EVENT = """Events:
        Ask:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /chat
            Method: post
            ResponseTransferMode: RESPONSE_STREAM
"""
BODY = """openapi: "3.0.1"
info: {title: mine, version: "1"}
paths:
  /mine:
    get:
      responses: {200: {description: fine}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        responseTransferMode: STREAM
        uri:
          Fn::Sub: "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${Chat.Arn}\\
            /response-streaming-invocations"
"""


def test_an_explicit_api_is_read_with_its_stage(tmp_path: Path) -> None:
    """Stage name by parameter, throttle, variables, media types, endpoint type, preflights."""
    api = read(template(tmp_path, EXPLICIT % ("", EVENT)), Stage="live")

    assert (api.stage.name, api.stage.variables) == ("live", {"colour": "blue"})
    assert api.stage.throttle is not None
    assert (api.stage.throttle.rate, api.stage.throttle.burst) == (5, 7)
    assert api.endpoint_type.value == "REGIONAL"
    assert api.binary_media_types == ("image/png",)
    routes = {str(route): route.integration for route in api.routes}
    assert routes["POST /chat"].function == "chat-live"
    assert routes["POST /chat"].transfer_mode is STREAM
    origin = routes["OPTIONS /chat"].responses["default"].headers["Access-Control-Allow-Origin"]
    assert origin == "'https://app.example'"


def test_a_definition_in_the_template_is_read(tmp_path: Path) -> None:
    """`DefinitionBody`, with CORS that SAM adds to it."""
    indented = "".join(f"        {line}\n" for line in BODY.splitlines())
    api = read(template(tmp_path, EXPLICIT % (f"DefinitionBody:\n{indented}", "")), Stage="x")

    assert [str(route) for route in api.routes] == ["GET /mine", "OPTIONS /mine"]
    assert api.routes[0].integration.function == "chat-x"
    assert api.routes[0].integration.unresolved == {}


def test_an_included_definition_is_read_before_sam_translates(tmp_path: Path) -> None:
    """`AWS::Include` of a local file: its intrinsic functions are resolved, and CORS is added."""
    include = (
        "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}}"
    )
    file = template(tmp_path, EXPLICIT % (include, ""))
    (file.parent / "a.yaml").write_text(BODY)
    api = read(file, Stage="x")

    assert [str(route) for route in api.routes] == ["GET /mine", "OPTIONS /mine"]
    assert api.routes[0].integration.function == "chat-x"


def test_a_definition_in_a_file_is_imported_unchanged(tmp_path: Path) -> None:
    """API Gateway imports `DefinitionUri`, and resolves no intrinsic function."""
    text = EXPLICIT.replace("Cors: \"'https://app.example'\"", "DefinitionUri: a.yaml")
    file = template(tmp_path, text % ("", ""))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:chat-x"
    literal = BODY.replace("Fn::Sub: ", "").replace("${Chat.Arn}", arn)
    (file.parent / "a.yaml").write_text(literal)
    (served,) = read(file, Stage="x").routes
    (file.parent / "a.yaml").write_text(BODY)
    (rejected,) = read(file, Stage="x").routes

    assert (served.integration.function, served.integration.unresolved) == ("chat-x", {})
    assert str(rejected.integration.uri).startswith('{"Fn::Sub": ')


def test_the_error_for_an_unknown_stage_name_names_the_parameter(tmp_path: Path) -> None:
    """Without the name no route can be served."""
    with pytest.raises(
        SourceError, match="parameter Stage has no default: pass --parameter Stage=VALUE"
    ):
        read(template(tmp_path, EXPLICIT % ("", EVENT)))


def test_the_errors_of_sam_are_all_reported(tmp_path: Path) -> None:
    """The deployment would fail, too."""
    broken = IMPLICIT.replace("Path: /chat/{id}", "Paths: /").replace("Path: /hello, ", "")
    with pytest.raises(SourceError) as caught:
        read(template(tmp_path, broken))

    assert "SAM rejects the template" in str(caught.value)
    assert "Chat" in str(caught.value)
    assert "Hello" in str(caught.value)


def test_a_failure_of_the_translator_is_one_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The translator logs nothing beside it."""
    broken = IMPLICIT.replace("Globals:\n  Function:", "Globals: [none]\nMetadata:\n  Function:")
    with pytest.raises(SourceError, match="SAM's translator fails on this template: Attribute"):
        read(template(tmp_path, broken))

    assert caplog.records == []


def test_missing_code_affects_only_its_function(tmp_path: Path) -> None:
    """It is named, and the other functions are read."""
    text = IMPLICIT.replace("../chat/", "s3://elsewhere/chat.zip")
    chat, hello = read(template(tmp_path, text)).functions.values()

    assert chat.code is None
    archive = tmp_path / "app" / "chat.zip"
    assert chat.unresolved == {
        "Code": f"the archive is in the bucket elsewhere, and {archive} does not exist. "
        "Put the archive there"
    }
    assert hello.unresolved == {}


def test_applications_and_images_do_not_affect_the_rest(tmp_path: Path) -> None:
    """One of the public repository is not read. A local one is a nested stack."""
    file = template(
        tmp_path,
        IMPLICIT.replace("    Runtime: nodejs22.x\n", "", 1).replace(
            "Handler:", "Runtime: nodejs22.x\n      Handler:"
        )
        + """\
  Public:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:1:x", SemanticVersion: 1.0.0}
  Own:
    Type: AWS::Serverless::Application
    Properties: {Location: own.yaml}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile}
    Properties:
      PackageType: Image
      Environment: {Variables: {WHERE: !GetAtt Own.Outputs.Where}}
      Events:
        Get: {Type: Api, Properties: {Path: /image, Method: get}}
""",
    )
    (file.parent / "own.yaml").write_text(
        "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}}\n"
        "Outputs: {Where: {Value: !GetAtt Queue.QueueName}}\n"
    )
    image = read(file).functions["template-Image"]

    assert image.is_container_image
    assert image.environment["WHERE"] == "q"


def test_the_translator_is_imported_only_for_sam(tmp_path: Path) -> None:
    """It takes half a second and 45 MB. Without it, the error is one sentence."""
    (tmp_path / "plain.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}")
    script = """
import sys
from pathlib import Path
from streaming_construct.templates.stacks.loader import load_templates
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
create_resolvers(load_templates(Path("plain.yaml")))
assert "samtranslator" not in sys.modules
sys.modules["samtranslator"] = None
try:
    create_resolvers(load_templates(Path("app/template.yaml")))
except ValueError as error:
    print(error)
"""
    template(tmp_path, IMPLICIT)
    completed = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "pip install 'streaming-construct[local,sam]'" in completed.stdout

"""Nested stacks in handwritten templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.model.api import ApiModel
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.loader import load_templates
from streaming_construct.templates.stacks.unresolved import Unresolved

PARENT = """\
Parameters:
  Mode: {Type: String, Default: live}
Resources:
  Functions:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/functions.yaml
      Parameters: {Mode: !Ref Mode, Paths: [a, b]}
  Api:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./nested/api.yaml
      Parameters: {Target: !GetAtt Functions.Outputs.Uri}
"""
FUNCTIONS = """\
Parameters:
  Mode: {Type: String, Default: unused}
  Paths: {Type: CommaDelimitedList}
Resources:
  Chat:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Code: ../src
      Environment: {Variables: {MODE: !Ref Mode, SECOND: !Select [1, !Ref Paths]}}
Outputs:
  Uri:
    Value: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/\
${Chat.Arn}/response-streaming-invocations"
"""
API = """\
Parameters: {Target: {Type: String}}
Resources:
  Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: nested}}
  Chat:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !GetAtt Rest.RootResourceId
      HttpMethod: POST
      Integration: {Type: AWS_PROXY, ResponseTransferMode: STREAM, Uri: !Ref Target}
  Live:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Rest, StageName: live}
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A parent with two children, in different folders."""
    (tmp_path / "src").mkdir()
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "functions.yaml").write_text(FUNCTIONS)
    (tmp_path / "nested" / "api.yaml").write_text(API)
    (tmp_path / "app.yaml").write_text(PARENT)
    return tmp_path / "app.yaml"


def read(file: Path, **options: object) -> ApiModel:
    return read_api(load_templates(file), **options)  # type: ignore[arg-type]  # a test's shorthand


def test_parameters_and_outputs_pass_between_nested_stacks(parent: Path) -> None:
    """The API of one child invokes a function of another. The parent passes its URI."""
    api = read(parent, parameters={"Mode": "test"})
    (route,) = api.routes
    function = api.functions[str(route.integration.function)]

    assert (api.name, api.stage.name, str(route)) == ("nested", "live", "POST /")
    assert route.integration.unresolved == {}
    assert function.environment == {"MODE": "test", "SECOND": "b"}
    assert function.code is not None
    assert function.code.resolve() == parent.parent / "src"


def test_a_nested_stack_is_named_for_its_parent_and_logical_id(parent: Path) -> None:
    """A user can choose the one with the API."""
    assert read(parent, stack="app-Api").name == "nested"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "functions.yaml does not exist"),
        ("Resources: []", "it is not a CloudFormation template"),
        ("a: [", "cannot be read as YAML"),
        ("Resources: {}", "stack app-Functions has no output Uri"),
        (PARENT.replace("nested/functions", "../app"), "app.yaml is nested in itself"),
    ],
)
def test_an_unreadable_child_affects_only_values_that_depend_on_it(
    parent: Path, content: str | None, reason: str
) -> None:
    """The route has the reason, and the rest is read."""
    child = parent.parent / "nested" / "functions.yaml"
    child.unlink()
    if content is not None:
        child.write_text(content)
    if "nested in itself" in reason:
        (first, *_) = create_resolvers(load_templates(parent))
        value = first.resolve({"Fn::GetAtt": ["Functions", "Outputs.Uri"]})
        assert isinstance(value, Unresolved)
        reason, text = "no output Uri", value.reason
    else:
        text = "; ".join(read(parent).routes[0].integration.unresolved.values())

    assert reason in text


def test_circular_references_between_stacks_are_unknown(tmp_path: Path) -> None:
    """Two exports that import each other have a reason, and no recursion."""
    (tmp_path / "a.yaml").write_text(
        """
Resources: {T: {Type: AWS::SNS::Topic}}
Outputs:
  One: {Value: !ImportValue two, Export: {Name: one}}
  Two: {Value: !ImportValue one, Export: {Name: two}}
  Three: {Value: x, Export: {Name: !ImportValue three}}
"""
    )
    (resolver,) = create_resolvers(load_templates(tmp_path / "a.yaml"))
    value = resolver.resolve({"Fn::ImportValue": "one"})

    assert isinstance(value, Unresolved)
    assert "refers to itself" in value.reason

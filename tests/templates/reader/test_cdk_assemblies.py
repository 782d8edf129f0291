"""Assemblies of CDK: its `RestApi`, stages, nested stacks, and references."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App, NestedStack, ReferenceStrength, Stack, Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import ResponseTransferMode
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import ApiModel
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.stacks.loader import load_templates


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One app with every case: synthesis takes seconds, reading takes milliseconds."""
    folder = tmp_path_factory.mktemp("app")
    code = folder / "code"
    code.mkdir()
    (code / "index.js").write_text("exports.handler = async () => ({ statusCode: 200 })")
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        outdir=str(folder / "cdk.out"),
    )
    _l2(Stack(app, "Tree"), code)
    _l2(Stack(Stage(app, "Prod"), "Staged"), code)
    _across_stacks(app, code)
    _nested(app, code)
    _definitions(app, folder, code)
    app.synth()
    return folder / "cdk.out"


def _function(scope: Construct, name: str, code: Path) -> lambda_.Function:
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.NODEJS_22_X,
        handler="index.handler",
        code=lambda_.Code.from_asset(str(code)),
    )


def _resource(function: lambda_.Function) -> lambda_.CfnFunction:
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    return resource


def _new_streaming_integration(function: lambda_.IFunction) -> apigateway.LambdaIntegration:
    return apigateway.LambdaIntegration(
        function, response_transfer_mode=ResponseTransferMode.STREAM
    )


def _l2(stack: Stack, code: Path) -> None:
    """CDK's own construct, an alias behind it, and a buffered method beside the streamed one."""
    function = _function(stack, "Handler", code)
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False)
    chat = api.root.add_resource("chat").add_resource("{id}")
    chat.add_method("POST", _new_streaming_integration(function.add_alias("live")))
    chat.add_method("GET", apigateway.LambdaIntegration(function))


def _across_stacks(app: App, code: Path) -> None:
    """A function in one stack, its API in another; once by export, once by a weak reference."""
    functions = Stack(app, "Functions", stack_name="functions-prod")
    function = _function(functions, "Handler", code)
    for name, strength in (("Strong", ReferenceStrength.STRONG), ("Weak", ReferenceStrength.WEAK)):
        stack = Stack(app, name)
        arn = Stack.consume_reference(_resource(function).attr_arn, strength)
        imported = lambda_.Function.from_function_attributes(
            stack, "Imported", function_arn=arn, same_environment=True, skip_permissions=True
        )
        api = apigateway.RestApi(stack, "Api", cloud_watch_role=False)
        api.root.add_method("GET", _new_streaming_integration(imported))


def _nested(app: App, code: Path) -> None:
    """The way around 500 resources: methods and functions in nested stacks, siblings related."""
    root = Stack(app, "Root")
    api = apigateway.RestApi(root, "Api", cloud_watch_role=False)
    function = _function(root, "Handler", code)
    api.root.add_method("GET", _new_streaming_integration(function))
    functions = NestedStack(root, "Functions")
    theirs = _function(functions, "Handler", code)
    methods = NestedStack(root, "Methods")
    same_api = apigateway.RestApi.from_rest_api_attributes(
        methods, "Api", rest_api_id=api.rest_api_id, root_resource_id=api.rest_api_root_resource_id
    )
    same_api.root.add_resource("jobs").add_method("GET", _new_streaming_integration(theirs))


def _definitions(app: App, folder: Path, code: Path) -> None:
    """Definitions that are files: included, and imported as they stand."""
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/"
        "{}/response-streaming-invocations"
    )
    operation = """\
openapi: "3.0.1"
info: {title: %s, version: "1"}
paths:
  /chat:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        responseTransferMode: STREAM
        uri: %s
"""
    resolved = "{Fn::Sub: '" + uri.format("${Handler.Arn}") + "'}"
    literal = uri.format("arn:aws:lambda:us-east-1:123456789012:function:chat")
    for name, integration_uri in (("Included", resolved), ("Imported", literal)):
        stack = Stack(app, name)
        resource = _resource(_function(stack, "Handler", code))
        resource.override_logical_id("Handler")
        resource.function_name = "chat"
        file = folder / f"{name}.yaml"
        file.write_text(operation % (name, integration_uri))
        if name == "Imported":
            definition: apigateway.ApiDefinition = apigateway.ApiDefinition.from_asset(str(file))
        else:
            location = Asset(stack, "Definition", path=str(file)).s3_object_url
            include = {
                "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}
            }
            definition = apigateway.ApiDefinition.from_inline(include)
        apigateway.SpecRestApi(stack, "Api", api_definition=definition, cloud_watch_role=False)


def read(assembly: Path, stack: str) -> ApiModel:
    return read_api(load_templates(assembly), stack=stack)


@pytest.mark.parametrize("stack", ["Tree", "Prod/Staged"])
def test_the_rest_api_of_cdk_is_read(assembly: Path, stack: str) -> None:
    """Streamed and buffered methods, the alias of one, the code of the function."""
    api = read(assembly, stack)
    routes = {str(route): route.integration for route in api.routes}
    post, get = routes["POST /chat/{id}"], routes["GET /chat/{id}"]

    assert (post.transfer_mode, get.transfer_mode) == (
        TransferMode.STREAM,
        TransferMode.BUFFERED,
    )
    assert (post.qualifier, get.qualifier) == ("live", None)
    assert [*post.unresolved, *get.unresolved] == []
    (function,) = api.functions.values()
    assert function.code
    assert (function.code / "index.js").is_file()
    assert str(function.origin) == f"{stack}/Handler"


@pytest.mark.parametrize("stack", ["Strong", "Weak"])
def test_a_function_of_another_stack_is_found(assembly: Path, stack: str) -> None:
    """By `Fn::ImportValue`, and by the newer `Fn::GetStackOutput`."""
    api = read(assembly, stack)

    assert [route.integration.unresolved for route in api.routes] == [{}]
    assert [str(function.origin) for function in api.functions.values()] == ["Functions/Handler"]


def test_an_api_in_several_nested_stacks_is_read_completely(assembly: Path) -> None:
    """The parent passes the function of one nested stack to the methods of another."""
    api = read(assembly, "Root")
    origins = {
        str(route): str(api.functions[str(route.integration.function)].origin)
        for route in api.routes
    }

    assert origins == {"GET /": "Root/Handler", "GET /jobs": "Root/Functions/Handler"}
    assert {str(route): str(route.origin) for route in api.routes} == {
        "GET /": "Root/Api/Default/GET",
        "GET /jobs": "Root/Methods/Api/Default/jobs/GET",
    }
    assert all(function.code for function in api.functions.values())


@pytest.mark.parametrize("stack", ["Included", "Imported"])
def test_a_definition_in_an_asset_is_read(assembly: Path, stack: str) -> None:
    """`AWS::Include` with resolved references, and `BodyS3Location` unchanged."""
    api = read(assembly, stack)

    assert [str(route) for route in api.routes] == ["GET /chat"]
    assert api.routes[0].integration.function == "chat"
    assert api.routes[0].integration.unresolved == {}

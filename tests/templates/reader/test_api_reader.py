"""The reader of templates returns an `ApiModel`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.documents.errors import SourceError
from streaming_construct.model.api import ApiModel, EndpointType
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.unresolved import describe_unresolved
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.stacks.stack import Stack

STREAM_URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{}"
    "/response-streaming-invocations"
)
BUFFERED_URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


def uri(function: Any, *, streamed: bool = True) -> dict[str, Any]:
    """An integration's URI as CDK joins it."""
    before, after = (STREAM_URI if streamed else BUFFERED_URI).split("{}")
    return {"Fn::Join": ["", [before, function, after]]}


def operation(function: Any, *, streamed: bool = True, **members: Any) -> dict[str, Any]:
    integration = {"type": "aws_proxy", "uri": uri(function, streamed=streamed), **members}
    if streamed:
        integration["responseTransferMode"] = "STREAM"
    return {"x-amazon-apigateway-integration": integration}


def buffered(**members: Any) -> dict[str, Any]:
    return operation(get_att(), streamed=False, **members)


def get_att(name: str = "Fn") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def resources(paths: dict[str, Any], **other_resources: Any) -> dict[str, Any]:
    """Return the resources of an API with a stage and one function."""
    return {
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Runtime": "nodejs22.x", "Code": {"S3Key": "fn.zip"}},
        },
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": paths}}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
        },
        **other_resources,
    }


def stack(resources: dict[str, Any], name: str = "Chat", **sections: Any) -> Stack:
    template = {"Resources": resources, **sections}
    return Stack(
        names=(name,), file=Path(f"{name}.json"), template=template, assets={"fn.zip": Path("code")}
    )


def read(resources: dict[str, Any], **arguments: Any) -> ApiModel:
    return read_api([stack(resources, **arguments)])


def test_a_streaming_route_is_read_with_its_function() -> None:
    """Transfer mode, timeout, credentials and function come from the integration."""
    api = read(
        resources(
            {
                "/{proxy+}": {
                    "x-amazon-apigateway-any-method": operation(
                        get_att(), timeoutInMillis=120000, credentials="role"
                    )
                }
            }
        )
    )
    (route,) = api.routes
    integration = route.integration

    assert str(route) == "ANY /{proxy+}"
    assert integration.transfer_mode is TransferMode.STREAM
    assert (integration.timeout_ms, integration.credentials) == (120000, "role")
    assert api.functions[str(integration.function)].runtime == "nodejs22.x"
    assert integration.unresolved == {}
    assert api.stage.name == "prod"


def test_a_qualified_function_is_read_with_its_qualifier() -> None:
    """The URI has an alias, and the alias has its function."""
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live"},
    }
    api = read(resources({"/": {"get": operation({"Ref": "Alias"})}}, Alias=alias))
    integration = api.routes[0].integration

    assert api.functions[str(integration.function)].origin.logical_id == "Fn"
    assert integration.qualifier == "live"


def test_all_properties_that_run_a_function_are_read() -> None:
    """Handler, code, environment, layers, timeout, memory and architecture, defaults included."""
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "fn.zip"}}}
    adapter = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"
    full = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": "run.sh",
            "Code": {"S3Key": "fn.zip"},
            "Environment": {"Variables": {"A": {"Ref": "AWS::Region"}, "N": 1, "B": True}},
            "Layers": [{"Ref": "Layer"}, adapter],
            "Timeout": 60,
            "MemorySize": 512,
            "Architectures": ["arm64"],
        },
    }
    api = read(
        resources(
            {"/": {"get": operation(get_att("Full")), "post": operation(get_att())}},
            Layer=layer,
            Full=full,
        )
    )
    function = api.functions["Chat-Full"]

    assert function.handler == "run.sh"
    assert function.code == Path("code")
    assert function.environment == {"A": "us-east-1", "N": "1", "B": "true"}
    assert [(layer.arn, layer.code) for layer in function.layers] == [
        ("arn:aws:lambda:us-east-1:123456789012:layer:Chat-Layer:1", Path("code")),
        (adapter, None),
    ]
    assert function.arn == "arn:aws:lambda:us-east-1:123456789012:function:Chat-Full"
    assert (function.timeout_seconds, function.memory_mb) == (60, 512)
    assert function.architecture == "arm64"
    assert api.functions["Chat-Fn"].timeout_seconds == 3


def test_a_function_has_the_account_and_region_of_its_stack() -> None:
    """They are in its ARN, whatever is in the URI of the integration."""
    home = replace(
        stack(resources({"/": {"get": operation(get_att())}})),
        account="210987654321",
        region="eu-west-1",
    )
    function = read_api([home]).functions["Chat-Fn"]

    assert function.arn == "arn:aws:lambda:eu-west-1:210987654321:function:Chat-Fn"


def test_a_function_names_its_unknown_parts() -> None:
    """An unresolved variable is left out and named. The function is read."""
    function_resource = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Key": "elsewhere.zip"},
            "Environment": {"Variables": {"A": "a", "URL": {"Fn::GetAtt": ["Topic", "Endpoint"]}}},
        },
    }
    topic = {"Type": "Custom::Topic"}
    api = read(
        resources({"/": {"get": operation(get_att("Other"))}}, Other=function_resource, Topic=topic)
    )
    function = api.functions["Chat-Other"]

    assert function.environment == {"A": "a"}
    assert function.code is None
    assert any(
        "Environment.Variables.URL: Topic.Endpoint" in line
        for line in describe_unresolved(function.unresolved)
    )
    assert any("elsewhere.zip" in line for line in describe_unresolved(function.unresolved))


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (operation({"Ref": "Missing"}), "Missing"),
        (operation("arn:aws:lambda:us-east-1:123456789012:function:elsewhere"), "elsewhere is not"),
        ({"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://x"}}, "http"),
        (operation(get_att(), timeoutInMillis="abc"), "TimeoutInMillis: 'abc' is not a number"),
        (operation(get_att(), timeoutInMillis=[1]), "TimeoutInMillis: [1] is not a number"),
    ],
)
def test_a_route_that_cannot_be_served_is_kept_with_its_reason(
    declared: dict[str, Any], reason: str
) -> None:
    """Other routes are not affected."""
    api = read(resources({"/bad": {"get": declared}, "/good": {"get": operation(get_att())}}))
    bad, good = api.routes

    assert any(reason in line for line in describe_unresolved(bad.integration.unresolved))
    assert good.integration.unresolved == {}


FUNCTIONS = "arn:aws:lambda:us-east-1:123456789012:function:"


def test_stage_variables_choose_the_function() -> None:
    """`${stageVariables.x}` in a URI is the value of the stage."""
    template = resources({"/": {"get": operation(f"{FUNCTIONS}Chat-${{stageVariables.which}}")}})
    template["Stage"]["Properties"]["Variables"] = {"which": "Fn"}
    api = read(template)

    assert api.routes[0].integration.function == "Chat-Fn"
    assert api.stage.variables == {"which": "Fn"}


def test_a_preflight_is_read_as_a_mock() -> None:
    """It has request template, status, headers and response template of a mock integration."""
    preflight = {
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {"method.response.header.Vary": "'Origin'"},
                    "responseTemplates": {"application/json": "#set($a = 1)"},
                }
            },
        }
    }
    (route,) = read(resources({"/": {"options": preflight}})).routes

    assert route.integration.type == "mock"
    assert route.integration.request_templates == {"application/json": '{"statusCode": 204}'}
    assert route.integration.responses["default"] == TemplatedResponse(
        status=204, headers={"Vary": "'Origin'"}, templates={"application/json": "#set($a = 1)"}
    )


def test_gateway_responses_come_from_body_and_resources() -> None:
    """A resource overrides the body."""
    template = resources({"/": {"get": operation(get_att())}})
    template["Api"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"] = {
        "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.A": "'body'"}},
        "DEFAULT_5XX": {"statusCode": 503},
    }
    template["Declared"] = {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "DEFAULT_4XX",
            "ResponseParameters": {"gatewayresponse.header.A": "'resource'"},
        },
    }

    assert read(template).gateway_responses == {
        "DEFAULT_4XX": TemplatedResponse(headers={"A": "'resource'"}),
        "DEFAULT_5XX": TemplatedResponse(status=503),
    }


def test_throttles_come_from_the_method_settings_of_the_stage() -> None:
    """A default, one of a path, and one of a method that an ANY route serves."""
    template = resources(
        {
            "/{proxy+}": {"x-amazon-apigateway-any-method": operation(get_att())},
            "/jobs/{id}": {"get": operation(get_att())},
        }
    )
    template["Stage"]["Properties"]["MethodSettings"] = [
        {
            "ResourcePath": "/*",
            "HttpMethod": "*",
            "ThrottlingRateLimit": 10,
            "ThrottlingBurstLimit": 20,
        },
        {"ResourcePath": "/~1jobs~1{id}", "HttpMethod": "GET", "ThrottlingRateLimit": 1.5},
        {"ResourcePath": "/~1{proxy+}", "HttpMethod": "POST", "ThrottlingBurstLimit": 2},
        {"ResourcePath": "/~1{proxy+}", "HttpMethod": "*", "MetricsEnabled": True},
    ]
    api = read(template)

    assert api.stage.throttle == Throttle(rate=10, burst=20)
    assert {str(route): route.throttle for route in api.routes} == {
        "ANY /{proxy+}": None,
        "POST /{proxy+}": Throttle(burst=2),
        "GET /jobs/{id}": Throttle(rate=1.5),
    }


def test_a_throttle_of_all_methods_stays_one_any_route() -> None:
    """Settings that are equal for every method do not split an ANY route."""
    template = resources({"/x": {"x-amazon-apigateway-any-method": operation(get_att())}})
    template["Stage"]["Properties"]["MethodSettings"] = [
        {"ResourcePath": "/~1x", "HttpMethod": method, "ThrottlingRateLimit": 3}
        for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    ]

    assert [(str(route), route.throttle) for route in read(template).routes] == [
        ("ANY /x", Throttle(rate=3))
    ]


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"EndpointConfiguration": {"Types": ["REGIONAL"]}}, EndpointType.REGIONAL),
        ({"EndpointConfiguration": {"Types": ["PRIVATE"]}}, EndpointType.PRIVATE),
        ({"Parameters": {"endpointConfigurationTypes": "REGIONAL"}}, EndpointType.REGIONAL),
        ({"EndpointConfiguration": {"Types": [{"Ref": "Missing"}]}}, EndpointType.REGIONAL),
        ({}, EndpointType.EDGE),
    ],
)
def test_the_default_endpoint_type_is_edge(properties: dict[str, Any], kind: EndpointType) -> None:
    """This is the default of CloudFormation. A type that is unresolved has the fewest rules."""
    template = resources({"/": {"get": operation(get_att())}})
    template["Api"]["Properties"] |= properties

    assert read(template).endpoint_type is kind


@pytest.mark.parametrize("kind", ["regional", {"a": 1}, ["REGIONAL"], 1])
def test_an_unknown_endpoint_type_is_an_error(kind: object) -> None:
    """The error names it and the API, as CloudFormation does."""
    template = resources({"/": {"get": operation(get_att())}})
    template["Api"]["Properties"]["EndpointConfiguration"] = {"Types": [kind]}

    with pytest.raises(SourceError) as caught:
        read(template)

    assert f"the endpoint type is {kind!r}, not one of EDGE" in str(caught.value)


def test_resource_and_method_trees_are_read() -> None:
    """CDK's `RestApi` has no body: paths come from the parents of its resources."""
    template = resources({})
    template["Api"]["Properties"] = {"Name": "L2"}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    template["Jobs"] = {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": root, "PathPart": "jobs"},
    }
    template["Id"] = {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ParentId": {"Ref": "Jobs"},
            "PathPart": "{id}",
        },
    }
    for name, resource, method in (("A", root, "ANY"), ("B", {"Ref": "Id"}, "GET")):
        template[name] = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": resource,
                "HttpMethod": method,
                "Integration": {
                    "Type": "AWS_PROXY",
                    "ResponseTransferMode": "STREAM",
                    "Uri": uri(get_att()),
                    "TimeoutInMillis": 60000,
                },
            },
        }
    api = read(template)

    assert [str(route) for route in api.routes] == ["ANY /", "GET /jobs/{id}"]
    assert api.routes[1].integration.function == "Chat-Fn"
    assert api.routes[1].integration.timeout_ms == 60000


def test_functions_of_other_stacks_are_found_by_their_exports() -> None:
    """CDK's references between stacks use exports."""
    base = stack(
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": "fn.zip"}}}},
        name="Base",
        Outputs={"Out": {"Value": get_att(), "Export": {"Name": "Base:FnArn"}}},
    )
    template = resources({"/": {"get": operation({"Fn::ImportValue": "Base:FnArn"})}})
    api = read_api([base, stack(template)])

    assert api.routes[0].integration.function == "Base-Fn"
    assert api.functions["Base-Fn"].code == Path("code")


@pytest.mark.parametrize(
    ("stacks", "options", "message"),
    [
        ([stack({})], {}, "Chat.json contains no AWS::ApiGateway::RestApi"),
        (
            [stack(resources({}), name="One"), stack(resources({}), name="Two")],
            {},
            "Several stacks have a REST API. Pass --stack with one of One, Two.",
        ),
        (
            [stack(resources({}), name="One")],
            {"stack": "Other"},
            "Stack Other does not exist. Pass one of One.",
        ),
        (
            [stack(resources({}, Second={"Type": "AWS::ApiGateway::RestApi"}))],
            {},
            "several REST APIs",
        ),
        ([stack(resources({}))], {"api": "Nope"}, "Stack Chat has no REST API Nope. Pass one of"),
        ([stack(resources({}))], {}, "the API has no methods"),
        (
            [stack(resources({"/": {"get": operation(get_att())}}, Stage={"Type": "Other"}))],
            {},
            "no stage",
        ),
        (
            [
                stack(
                    resources(
                        {},
                        Api={
                            "Type": "AWS::ApiGateway::RestApi",
                            "Properties": {"BodyS3Location": {"Bucket": "b"}},
                        },
                    )
                )
            ],
            {},
            "BodyS3Location",
        ),
    ],
)
def test_a_missing_or_ambiguous_api_is_an_error(
    stacks: list[Stack], options: dict[str, Any], message: str
) -> None:
    """One sentence names the candidates and the option."""
    with pytest.raises(SourceError) as caught:
        read_api(stacks, **options)

    assert message in str(caught.value)


def test_one_of_several_apis_is_chosen_by_name() -> None:
    """By logical id, construct path, or the id of a construct in it."""
    template = resources(
        {"/": {"get": operation(get_att())}},
        Second={
            "Type": "AWS::ApiGateway::RestApi",
            "Metadata": {"aws:cdk:path": "Chat/Docs/Resource"},
            "Properties": {"Body": {"paths": {"/docs": {"get": operation(get_att())}}}},
        },
        SecondStage={
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Second"}, "StageName": "live"},
        },
    )
    chosen = [read_api([stack(template)], api=name) for name in ("Second", "Chat/Docs", "Docs")]

    assert [[str(route) for route in api.routes] for api in chosen] == [["GET /docs"]] * 3
    assert {api.stage.name for api in chosen} == {"live"}


def test_one_of_several_stages_is_chosen_by_name() -> None:
    """The default is the first one. The error for an unknown name lists the stages."""
    second = {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "beta"},
    }
    template = stack(resources({"/": {"get": operation(get_att())}}, Beta=second))

    assert read_api([template]).stage.name == "prod"
    assert read_api([template], stage="beta").stage.name == "beta"
    with pytest.raises(SourceError, match=r"has no stage gamma\. Pass one of prod, beta\."):
        read_api([template], stage="gamma")


def test_a_stage_may_be_part_of_a_deployment() -> None:
    """Older templates name the stage in the deployment."""
    deployment = {
        "Type": "AWS::ApiGateway::Deployment",
        "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "v1"},
    }
    template = resources({"/": {"get": operation(get_att())}}, Stage=deployment)

    assert read(template).stage.name == "v1"

"""`WebAdapter` adds the adapter to any function, or raises an error with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from streaming_construct import WebAdapter

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0"
STREAMING = {
    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
    "AWS_LWA_INVOKE_MODE": "response_stream",
    "AWS_LWA_PORT": "8080",
    "AWS_LWA_READINESS_CHECK_PATH": "/",
}


@pytest.fixture
def app() -> App:
    return App(builtin_cloud_formation_validation=False)


def stack_in(app: App, name: str, region: str | None = None) -> Stack:
    return Stack(app, name, env=Environment(region=region) if region else None)


def function_in(stack: Stack, **more: Any) -> lambda_.Function:
    arguments: dict[str, Any] = {
        "runtime": lambda_.Runtime.NODEJS_24_X,
        "handler": "run.sh",
        "code": lambda_.Code.from_inline("x"),
        **more,
    }
    return lambda_.Function(stack, "Web", **arguments)


def function_properties(stack: Stack) -> dict[str, Any]:
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function")
    (resource,) = functions.values()
    properties: dict[str, Any] = resource["Properties"]
    return properties


def test_the_function_gets_the_layer_and_the_invoke_mode(app: App) -> None:
    """With a known Region the ARN is complete. The default is x86_64, as in CDK."""
    stack = stack_in(app, "Whole", "eu-west-1")
    WebAdapter().attach(function_in(stack))
    properties = function_properties(stack)
    assert properties["Layers"] == [
        "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:30"
    ]
    assert properties["Environment"]["Variables"] == STREAMING


def test_without_a_region_the_layer_refers_to_that_of_the_deployment(app: App) -> None:
    """Partition and account are those of the commercial Regions."""
    stack = stack_in(app, "Anywhere")
    WebAdapter().attach(function_in(stack, architecture=lambda_.Architecture.ARM_64))
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Layers": [
                {
                    "Fn::Join": [
                        "",
                        [
                            "arn:aws:lambda:",
                            {"Ref": "AWS::Region"},
                            ":753240598075:layer:LambdaAdapterLayerArm64:30",
                        ],
                    ]
                }
            ]
        },
    )


def test_china_has_separate_layer_accounts(app: App) -> None:
    """The partition follows from the Region."""
    stack = stack_in(app, "China", "cn-north-1")
    WebAdapter().attach(function_in(stack))
    (arn,) = function_properties(stack)["Layers"]
    assert arn == "arn:aws-cn:lambda:cn-north-1:041581134020:layer:LambdaAdapterLayerX86:30"


def test_every_setting_reaches_the_environment(app: App) -> None:
    """A value that is the adapter's default is not written."""
    stack = stack_in(app, "Settings")
    WebAdapter(
        stream=False,
        port=9000,
        readiness_check_path="/ready",
        readiness_check_protocol="tcp",
        async_init=True,
        remove_base_path="/v1",
    ).attach(function_in(stack, environment={"MINE": "kept"}))
    assert function_properties(stack)["Environment"]["Variables"] == {
        "MINE": "kept",
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "buffered",
        "AWS_LWA_PORT": "9000",
        "AWS_LWA_READINESS_CHECK_PATH": "/ready",
        "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp",
        "AWS_LWA_ASYNC_INIT": "true",
        "AWS_LWA_REMOVE_BASE_PATH": "/v1",
    }


def test_without_a_published_layer_the_user_passes_one(app: App) -> None:
    """GovCloud is an error with the construct path. A layer of the user is accepted there."""
    stack = stack_in(app, "Gov", "us-gov-west-1")
    function = function_in(stack)
    with pytest.raises(
        ValueError, match=r"(?s)^Gov/Web .*us-gov-west-1.*WebAdapter\(layer=\.\.\.\)"
    ):
        WebAdapter().attach(function)
    arn = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:LambdaAdapterLayerX86:1"
    WebAdapter(layer=lambda_.LayerVersion.from_layer_version_arn(stack, "Own", arn)).attach(
        function
    )
    properties = function_properties(stack)
    assert properties["Layers"] == [arn]
    assert properties["Environment"]["Variables"] == STREAMING


def test_adapter_is_attached_once(app: App) -> None:
    """A layer of the user counts as well."""
    stack = stack_in(app, "Twice", "eu-west-1")
    function = function_in(stack)
    WebAdapter().attach(function)
    with pytest.raises(ValueError, match=r"(?s)^Twice/Web cannot have .*Attach the adapter once"):
        WebAdapter().attach(function)
    by_hand = stack_in(app, "ByHand")
    arn = f"arn:aws:lambda:{by_hand.region}:753240598075:layer:LambdaAdapterLayerX86:25"
    layer = lambda_.LayerVersion.from_layer_version_arn(by_hand, "Layer", arn)
    with pytest.raises(ValueError, match=r"(?s)^ByHand/Web cannot have .*Attach the adapter once"):
        WebAdapter().attach(function_in(by_hand, layers=[layer]))


def test_the_error_for_a_container_image_names_its_dockerfile(app: App, tmp_path: Path) -> None:
    """An image cannot have layers: another one is no fix in a Region without the layer."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    function = lambda_.DockerImageFunction(
        stack_in(app, "Image", "us-gov-west-1"),
        "Web",
        code=lambda_.DockerImageCode.from_image_asset(str(tmp_path)),
    )
    with pytest.raises(
        ValueError,
        match=r"^Image/Web cannot have .*\n- .*WebAdapter\.build_dockerfile_lines\(\) .*\.$",
    ):
        WebAdapter().attach(function)


def test_only_a_function_of_the_app_takes_the_adapter(app: App) -> None:
    """An alias and an imported function are named by their paths, another value by itself."""
    stack = stack_in(app, "Others", "eu-west-1")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:web"
    others: dict[str, Any] = {
        "Others/Web/Aliaslive": function_in(stack).add_alias("live"),
        "Others/Imported": lambda_.Function.from_function_arn(stack, "Imported", arn),
        "None": None,
    }
    for name, other in others.items():
        with pytest.raises(ValueError, match=rf"^{name} cannot have .*\n- .*Pass a Function of"):
            WebAdapter().attach(other)


def test_dockerfile_lines_copy_the_adapter_and_set_its_environment() -> None:
    """There is no exec wrapper: in an image the adapter is an extension."""
    assert WebAdapter(port=9000).build_dockerfile_lines() == [
        f"COPY --from={IMAGE} /lambda-adapter /opt/extensions/lambda-adapter",
        'ENV AWS_LWA_INVOKE_MODE="response_stream"',
        'ENV AWS_LWA_PORT="9000"',
        'ENV AWS_LWA_READINESS_CHECK_PATH="/"',
    ]


def test_invalid_settings_are_reported_together() -> None:
    """The error has each given value."""
    with pytest.raises(ValueError, match=r"^WebAdapter cannot be created:") as rejection:
        WebAdapter(
            port=9001,
            readiness_check_path="ready",
            readiness_check_protocol="https",
            remove_base_path="v1",
        )
    for problem in ("port is 9001", "path is 'ready'", "protocol is 'https'", "path is 'v1'"):
        assert problem in str(rejection.value)

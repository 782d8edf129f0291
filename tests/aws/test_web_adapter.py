"""Facts about the Lambda Web Adapter, and what follows from them."""

from __future__ import annotations

import pytest

from streaming_construct.aws.web_adapter import (
    build_layer_arn,
    is_adapter_layer,
    is_behind_adapter,
    is_streaming_enabled,
    read_port,
)


@pytest.mark.parametrize(
    ("region", "partition", "architecture", "arn"),
    [
        (
            "eu-west-1",
            "aws",
            "arm64",
            "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerArm64:30",
        ),
        (
            "us-east-1",
            "aws",
            "x86_64",
            "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30",
        ),
        (
            "cn-north-1",
            "aws-cn",
            "x86_64",
            "arn:aws-cn:lambda:cn-north-1:041581134020:layer:LambdaAdapterLayerX86:30",
        ),
        (
            "cn-northwest-1",
            "aws-cn",
            "x86_64",
            "arn:aws-cn:lambda:cn-northwest-1:069767869989:layer:LambdaAdapterLayerX86:30",
        ),
    ],
)
def test_the_layer_arn_has_region_partition_and_architecture(
    region: str, partition: str, architecture: str, arn: str
) -> None:
    """Each partition has separate accounts, each architecture a separate layer."""
    assert build_layer_arn(region, partition=partition, architecture=architecture) == arn


@pytest.mark.parametrize(
    ("region", "partition", "architecture", "says"),
    [
        ("us-gov-west-1", "aws-us-gov", "arm64", "us-gov-west-1"),
        ("us-iso-east-1", "aws-iso", "x86_64", "us-iso-east-1"),
        ("cn-south-9", "aws-cn", "x86_64", "cn-south-9"),
        ("cn-north-1", "aws-cn", "arm64", "Architecture.X86_64"),
    ],
)
def test_the_error_without_a_published_layer_names_the_fix(
    region: str, partition: str, architecture: str, says: str
) -> None:
    """The ARN would not exist."""
    with pytest.raises(ValueError, match=r"WebAdapter\(layer=\.\.\.\).*container image") as error:
        build_layer_arn(region, partition=partition, architecture=architecture)
    assert says in str(error.value)


def test_the_error_for_an_unknown_architecture_lists_the_valid_ones() -> None:
    """They are Lambda's names."""
    with pytest.raises(ValueError, match="arm64 or x86_64, got 'aarch64'"):
        build_layer_arn("eu-west-1", partition="aws", architecture="aarch64")


@pytest.mark.parametrize(
    ("arn", "is_it"),
    [
        ("arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerArm64:30", True),
        ("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:LambdaAdapterLayerX86:1", True),
        ("arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86", True),
        ("arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:latest", False),
        ("arn:aws:lambda:eu-west-1:753240598075:layer:Other:30", False),
    ],
)
def test_the_adapter_layer_is_recognized_by_name_in_any_account(arn: str, is_it: bool) -> None:
    """A copy in the account of the user has the same name."""
    assert is_adapter_layer(arn) is is_it


WRAPPED = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
CUSTOM_LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:ours:1"


@pytest.mark.parametrize(
    ("environment", "layers", "expected"),
    [
        (WRAPPED, ["arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:30"], True),
        ({**WRAPPED, "AWS_LWA_INVOKE_MODE": "response_stream"}, [CUSTOM_LAYER], True),
        (WRAPPED, [CUSTOM_LAYER], False),
        ({"AWS_LWA_INVOKE_MODE": "response_stream"}, [CUSTOM_LAYER], False),
        ({"AWS_LAMBDA_EXEC_WRAPPER": "/opt/other", "AWS_LWA_PORT": "8080"}, [], False),
    ],
)
def test_a_web_app_is_recognized_by_its_wrapper_and_a_layer_or_a_setting(
    environment: dict[str, str], layers: list[str], *, expected: bool
) -> None:
    """A copied layer may have any name. Any other function may have the path of the wrapper."""
    assert is_behind_adapter(environment, layers) is expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("response_stream", True),
        ("RESPONSE_STREAM", True),
        ("response-stream", False),
        ("streaming", False),
        ("", False),
        (None, False),
    ],
)
def test_only_one_value_of_the_invoke_mode_streams(mode: str | None, expected: bool) -> None:
    """Every value but `response_stream`, in any case, buffers."""
    environment = {} if mode is None else {"AWS_LWA_INVOKE_MODE": mode}
    assert is_streaming_enabled(environment) is expected


def test_the_port_is_that_of_the_adapter_then_port_then_8080() -> None:
    """The variable of the adapter precedes PORT."""
    assert read_port({"AWS_LWA_PORT": "9000", "PORT": "7000"}) == 9000
    assert read_port({"PORT": "7000"}) == 7000
    assert read_port({}) == 8080


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1"])
def test_an_invalid_port_is_an_error(value: str) -> None:
    """The error names the variable with its value."""
    with pytest.raises(ValueError, match=f"AWS_LWA_PORT .* got '{value}'"):
        read_port({"AWS_LWA_PORT": value})

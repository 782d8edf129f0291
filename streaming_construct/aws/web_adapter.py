"""The AWS Lambda Web Adapter: its layer, its environment variables, and when it streams.

The adapter is a Lambda extension that turns invocations into HTTP requests to a web server on
loopback. Its guide: https://aws.github.io/aws-lambda-web-adapter/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# https://github.com/aws/aws-lambda-web-adapter/releases/tag/v1.1.0
VERSION: Final = "1.1.0"
LAYER_VERSION: Final = 30
IMAGE: Final = f"public.ecr.aws/awsguru/aws-lambda-adapter:{VERSION}"

# https://aws.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html
LAYER_NAMES: Final[Mapping[str, str]] = {
    "x86_64": "LambdaAdapterLayerX86",
    "arm64": "LambdaAdapterLayerArm64",
}
_ACCOUNT: Final = "753240598075"
_CHINA_ACCOUNTS: Final[Mapping[str, str]] = {
    "cn-north-1": "041581134020",
    "cn-northwest-1": "069767869989",
}
EXEC_WRAPPER: Final = "/opt/bootstrap"

# https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html
_SETTING_PREFIX: Final = "AWS_LWA_"
EXEC_WRAPPER_VARIABLE: Final = "AWS_LAMBDA_EXEC_WRAPPER"
INVOKE_MODE_VARIABLE: Final = "AWS_LWA_INVOKE_MODE"
PORT_VARIABLE: Final = "AWS_LWA_PORT"
FALLBACK_PORT_VARIABLE: Final = "PORT"
READINESS_PATH_VARIABLE: Final = "AWS_LWA_READINESS_CHECK_PATH"
READINESS_PORT_VARIABLE: Final = "AWS_LWA_READINESS_CHECK_PORT"
READINESS_PROTOCOL_VARIABLE: Final = "AWS_LWA_READINESS_CHECK_PROTOCOL"
READINESS_HEALTHY_STATUS_VARIABLE: Final = "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS"
ASYNC_INIT_VARIABLE: Final = "AWS_LWA_ASYNC_INIT"
REMOVE_BASE_PATH_VARIABLE: Final = "AWS_LWA_REMOVE_BASE_PATH"
ERROR_STATUS_CODES_VARIABLE: Final = "AWS_LWA_ERROR_STATUS_CODES"
AUTHORIZATION_SOURCE_VARIABLE: Final = "AWS_LWA_AUTHORIZATION_SOURCE"

STREAMING_INVOKE_MODE: Final = "response_stream"
BUFFERED_INVOKE_MODE: Final = "buffered"
DEFAULT_PORT: Final = 8080
DEFAULT_READINESS_PATH: Final = "/"

# Lambda's Runtime API listens on the first, CloudWatch Lambda Insights on the second.
RESERVED_PORTS: Final = frozenset({9001, 3000})

_OWN_LAYER: Final = (
    "publish the adapter as your own layer and pass it as WebAdapter(layer=...), "
    f"or build a container image from {IMAGE}"
)
_LAYER_ARN: Final = re.compile(
    r":layer:(?:LambdaAdapterLayerX86|LambdaAdapterLayerArm64)(?::\d+)?$", re.ASCII
)


def build_layer_arn(region: str, *, partition: str, architecture: str) -> str:
    """Return the ARN of the adapter's layer at the pinned version.

    `region` may be anything that stands for a region in the `aws` partition, a CloudFormation
    reference too; `architecture` is Lambda's name, `arm64` or `x86_64`.

    Raises:
        ValueError: AWS publishes no such layer there. The message ends with the fix.
    """
    if architecture not in LAYER_NAMES:
        layer_names = " or ".join(sorted(LAYER_NAMES))
        raise ValueError(f"the architecture must be {layer_names}, got {architecture!r}")
    if partition == "aws":
        account = _ACCOUNT
    elif partition == "aws-cn" and region in _CHINA_ACCOUNTS:
        if architecture != "x86_64":
            # "arm64_supported": false for both regions in the adapter's release pipeline.
            raise ValueError(
                f"AWS publishes the Lambda Web Adapter layer in {region} for x86_64 only, "
                f"got {architecture}: use Architecture.X86_64, or {_OWN_LAYER}"
            )
        account = _CHINA_ACCOUNTS[region]
    else:
        raise ValueError(
            f"AWS publishes no Lambda Web Adapter layer in region {region} "
            f"(partition {partition}): {_OWN_LAYER}"
        )
    name = LAYER_NAMES[architecture]
    return f"arn:{partition}:lambda:{region}:{account}:layer:{name}:{LAYER_VERSION}"


def is_adapter_layer(arn: str) -> bool:
    """Return whether a layer's ARN, with or without its version, names the adapter.

    It compares only the layer's name, because copies in other accounts have the same name.
    """
    return _LAYER_ARN.search(arn) is not None


def is_behind_adapter(environment: Mapping[str, str], layer_arns: Iterable[str]) -> bool:
    """Return whether a function with this environment and these layers uses the adapter.

    The exec wrapper must be the adapter's, and so must a layer or any setting. A layer with the
    adapter may have any name, and other layers may have a wrapper of the same path.
    """
    if environment.get(EXEC_WRAPPER_VARIABLE) != EXEC_WRAPPER:
        return False
    is_configured = any(name.startswith(_SETTING_PREFIX) for name in environment)
    return is_configured or any(map(is_adapter_layer, layer_arns))


def is_streaming_enabled(environment: Mapping[str, str]) -> bool:
    """Return whether an adapter with this environment streams.

    Case does not matter; any other value, and none, means buffered, silently.
    """
    return environment.get(INVOKE_MODE_VARIABLE, "").lower() == STREAMING_INVOKE_MODE


def read_port(environment: Mapping[str, str]) -> int:
    """Return the loopback port on which the adapter expects the web server.

    Raises:
        ValueError: The variable that names it has no port.
    """
    for name in (PORT_VARIABLE, FALLBACK_PORT_VARIABLE):
        if value := environment.get(name):
            if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
                raise ValueError(f"{name} must be a port from 1 to 65535, got {value!r}")
            return int(value)
    return DEFAULT_PORT

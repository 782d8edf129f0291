"""`WebAdapter`: Lambda Web Adapter settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from streaming_construct.aws import web_adapter
from streaming_construct.constructs.cdk.option_types import is_cdk_object
from streaming_construct.constructs.cdk.validation import is_token
from streaming_construct.constructs.functions.traits import get_function_traits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class WebAdapter:
    """The settings of the AWS Lambda Web Adapter, for any function that runs a web server.

    Attributes:
        stream: Whether the adapter streams responses. Set `False` behind a buffered route.
            Default: `True`.
        layer: The layer with the adapter, for a Region without the layer of AWS. Default: the layer
            of AWS at a pinned version.
        port: The loopback port of the web server. Default: 8080.
        readiness_check_path: The adapter requests this path until it gets a status below 500. Then
            it forwards the first invocation. Default: `/`.
        readiness_check_protocol: `http`, or `tcp` to check the connection only. Default: `http`.
        async_init: Whether the server may start for longer than the 10 seconds of the init phase.
            The start then continues in the first invocation. Default: `False`.
        remove_base_path: A base path that the adapter removes from the path of each request.
            Default: the base path of the API's custom domain name, if there is one.

    Raises:
        ValueError: The adapter does not support a value. The message lists all of them.
    """

    stream: bool = True
    layer: lambda_.ILayerVersion | None = None
    port: int = web_adapter.DEFAULT_PORT
    readiness_check_path: str = web_adapter.DEFAULT_READINESS_PATH
    readiness_check_protocol: str = "http"
    async_init: bool = False
    remove_base_path: str | None = None

    def __post_init__(self) -> None:
        """Check the values, with which the adapter would fail at run time."""
        if problems := list(self._find_tokens()) or list(self._find_problems()):
            raise ValueError("\n- ".join(["WebAdapter cannot be created:", *problems]))

    def attach(self, function: lambda_.Function) -> None:
        """Add the layer of the adapter and its environment variables to a function.

        The handler of the function must be the script that starts the web server (`run.sh`). In a
        stack without a Region, this method adds the layer of the `aws` partition. It replaces
        AWS_LAMBDA_EXEC_WRAPPER.

        Raises:
            ValueError: The function is an alias, imported or a container image, it already has the
                adapter, or AWS publishes no layer in its Region. The message names the construct
                path.
        """
        layer_arn, problems = "", list(_find_function_problems(function))
        if not problems:  # Another layer would solve none of them.
            try:
                layer_arn = self.build_layer_arn(Stack.of(function), function.architecture)
            except ValueError as error:
                problems.append(str(error))
        if problems:
            name = function.node.path if isinstance(function, Construct) else repr(function)
            heading = f"{name} cannot have the Lambda Web Adapter:"
            raise ValueError("\n- ".join([heading, *problems]))
        function.add_layers(
            self.layer
            or lambda_.LayerVersion.from_layer_version_arn(function, "WebAdapter", layer_arn)
        )
        function.add_environment(web_adapter.EXEC_WRAPPER_VARIABLE, web_adapter.EXEC_WRAPPER)
        for name, value in self.environment.items():
            function.add_environment(name, value)
        traits = get_function_traits(function)
        traits.is_streaming = self.stream
        traits.set_base_path_variable(web_adapter.REMOVE_BASE_PATH_VARIABLE, self.remove_base_path)

    def build_layer_arn(self, stack: Stack, architecture: lambda_.Architecture) -> str:
        """Return the ARN of the layer for functions of this architecture in a stack.

        Raises:
            ValueError: AWS publishes no layer in the Region. The message contains the alternative.
        """
        if self.layer is not None:
            return self.layer.layer_version_arn
        return web_adapter.build_layer_arn(
            stack.region, partition=_find_partition(stack.region), architecture=architecture.name
        )

    def build_dockerfile_lines(self) -> list[str]:
        """Return the lines of a Dockerfile that add the adapter to a container image.

        The CMD of the image starts the web server. The image needs neither layer nor exec wrapper.
        """
        return [
            f"COPY --from={web_adapter.IMAGE} /lambda-adapter /opt/extensions/lambda-adapter",
            *(f'ENV {name}="{value}"' for name, value in self.environment.items()),
        ]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the adapter."""
        mode = (
            web_adapter.STREAMING_INVOKE_MODE if self.stream else web_adapter.BUFFERED_INVOKE_MODE
        )
        variables = {
            web_adapter.INVOKE_MODE_VARIABLE: mode,
            web_adapter.PORT_VARIABLE: str(self.port),
            web_adapter.READINESS_PATH_VARIABLE: self.readiness_check_path,
        }
        if self.readiness_check_protocol != "http":
            variables[web_adapter.READINESS_PROTOCOL_VARIABLE] = self.readiness_check_protocol
        if self.async_init:
            variables[web_adapter.ASYNC_INIT_VARIABLE] = "true"
        if self.remove_base_path is not None:
            variables[web_adapter.REMOVE_BASE_PATH_VARIABLE] = self.remove_base_path
        return variables

    def _find_tokens(self) -> Iterator[str]:
        for name in ("port", "readiness_check_path", "remove_base_path"):
            if is_token(getattr(self, name)):
                yield f"{name} is a token. Pass a value that is known at synth."

    def _find_problems(self) -> Iterator[str]:
        for name in ("stream", "async_init"):
            if not isinstance(getattr(self, name), bool):
                yield f"{name} is {getattr(self, name)!r}. Pass True or False."
        if self.layer is not None and not is_cdk_object(self.layer):
            yield f"layer is {self.layer!r}. Pass an ILayerVersion."
        is_port = type(self.port) is int and 0 < self.port < 65536
        if not is_port or self.port in web_adapter.RESERVED_PORTS:
            reserved = " and ".join(map(str, sorted(web_adapter.RESERVED_PORTS)))
            yield (
                f"port is {self.port!r}. Pass a port from 1 to 65535, except {reserved}, which "
                "Lambda uses."
            )
        if self.readiness_check_protocol not in ("http", "tcp"):
            yield (
                f"readiness_check_protocol is {self.readiness_check_protocol!r}. "
                "Pass 'http' or 'tcp'."
            )
        paths: dict[str, object] = {"readiness_check_path": self.readiness_check_path}
        if self.remove_base_path is not None:
            paths["remove_base_path"] = self.remove_base_path
        for name, path in paths.items():
            if not (isinstance(path, str) and path.startswith("/")):
                yield f"{name} is {path!r}. Pass a path that starts with '/'."


def _find_partition(region: str) -> str:
    # `Stack.partition` is a reference even if the Region is known.
    known_region = None if Token.is_unresolved(region) else RegionInfo.get(region)
    return (known_region and known_region.partition) or "aws"


def _find_function_problems(function: object) -> Iterator[str]:
    if not isinstance(function, lambda_.Function):
        yield (
            f"The function is of type {type(function).__name__}. Pass a Function of the app: an "
            "alias, a version and an imported function take no layers."
        )
        return
    if function.runtime.name == lambda_.Runtime.FROM_IMAGE.name:
        yield (
            "A container image has no layers. Add the lines of "
            "WebAdapter.build_dockerfile_lines() to its Dockerfile."
        )
        return
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    layers: Sequence[object] = Stack.of(function).resolve(resource.layers) or ()
    if any(web_adapter.is_adapter_layer(_extract_literal(arn)) for arn in layers):
        yield "The function has the layer of the Lambda Web Adapter. Attach the adapter once."


def _extract_literal(resolved: object) -> str:
    """Return the literal parts of a resolved string, without references."""
    if isinstance(resolved, dict) and "Fn::Join" in resolved:
        separator, parts = resolved["Fn::Join"]
        return str(separator).join(part for part in parts if isinstance(part, str))
    return resolved if isinstance(resolved, str) else ""

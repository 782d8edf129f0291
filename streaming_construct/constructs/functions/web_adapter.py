"""`WebAdapter`: the AWS Lambda Web Adapter as a value, for any function that runs a web server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk.region_info import RegionInfo

from streaming_construct.aws import web_adapter
from streaming_construct.constructs.functions.traits import function_traits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class WebAdapter:
    """How a function's web server is started, found ready and reached.

    Attributes:
        stream: Hand each piece of an answer on as it comes. A function behind a buffered route
            needs `False`. Default: `True`.
        layer: A layer of your own that has the adapter, for where AWS publishes none (GovCloud).
            Default: AWS's layer at a pinned version.
        port: The loopback port the web server listens on. Default: 8080.
        readiness_check_path: The path the adapter requests until it answers below 500; no
            invocation arrives before. Default: `/`.
        readiness_check_protocol: `http`, or `tcp` to be content with a connection. Default: `http`.
        async_init: Let a server take longer than Lambda's 10 seconds of init, in the time of the
            first invocation. Default: `False`.
        remove_base_path: A base path, of a custom domain say, that the server is not to see.
            Default: the base path of the API's `domain_name`, if there is one.

    Raises:
        ValueError: a value the adapter cannot work with; the message names each.
    """

    stream: bool = True
    layer: lambda_.ILayerVersion | None = None
    port: int = web_adapter.DEFAULT_PORT
    readiness_check_path: str = web_adapter.DEFAULT_READINESS_PATH
    readiness_check_protocol: str = "http"
    async_init: bool = False
    remove_base_path: str | None = None

    def __post_init__(self) -> None:
        """Refuse values the adapter would take and then fail with."""
        if problems := list(self._problems()):
            raise ValueError("WebAdapter: " + "; ".join(problems))

    def attach(self, function: lambda_.Function) -> None:
        """Give a function the adapter: its layer, and the environment that turns it on.

        The function's handler must be the script that starts the web server (`run.sh`). Its own
        AWS_LAMBDA_EXEC_WRAPPER, if it has one, is replaced. In a stack without a region of its own
        the layer's ARN is that of the `aws` partition.

        Raises:
            ValueError: the function is a container image, already has the adapter, or is where
                AWS publishes no layer; the message names the function's construct path.
        """
        problems = list(_function_problems(function))
        layer_arn = ""
        try:
            layer_arn = self.layer_arn(Stack.of(function), function.architecture)
        except ValueError as error:
            problems.append(str(error))
        if problems:
            raise ValueError(f"{function.node.path}: " + "; ".join(problems))
        function.add_layers(
            self.layer
            or lambda_.LayerVersion.from_layer_version_arn(function, "WebAdapter", layer_arn)
        )
        for name, value in {
            web_adapter.EXEC_WRAPPER_VARIABLE: web_adapter.EXEC_WRAPPER,
            **self.environment,
        }.items():
            function.add_environment(name, value)
        traits = function_traits(function)
        traits.is_streaming = self.stream
        traits.set_base_path_variable(web_adapter.REMOVE_BASE_PATH_VARIABLE, self.remove_base_path)

    def layer_arn(self, stack: Stack, architecture: lambda_.Architecture) -> str:
        """Return the ARN of the layer for functions of this architecture in a stack.

        Raises:
            ValueError: AWS publishes none there; the message ends with a way out.
        """
        if self.layer is not None:
            return self.layer.layer_version_arn
        return web_adapter.layer_arn(
            stack.region, partition=_partition(stack.region), architecture=architecture.name
        )

    def dockerfile_lines(self) -> list[str]:
        """Return the lines that give a container image the adapter.

        The image's own CMD starts the web server; no layer and no exec wrapper is needed.
        """
        return [
            f"COPY --from={web_adapter.IMAGE} /lambda-adapter /opt/extensions/lambda-adapter",
            *(f'ENV {name}="{value}"' for name, value in self.environment.items()),
        ]

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which the adapter is told all this."""
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

    def _problems(self) -> Iterator[str]:
        if not 0 < self.port < 65536 or self.port in web_adapter.RESERVED_PORTS:
            reserved = " and ".join(map(str, sorted(web_adapter.RESERVED_PORTS)))
            yield (
                f"port must be from 1 to 65535 without {reserved}, which Lambda itself uses, "
                f"got {self.port}"
            )
        if self.readiness_check_protocol not in ("http", "tcp"):
            yield (
                "readiness_check_protocol must be 'http' or 'tcp', "
                f"got {self.readiness_check_protocol!r}"
            )
        for name in ("readiness_check_path", "remove_base_path"):
            path: str | None = getattr(self, name)
            if path is not None and not path.startswith("/"):
                yield f"{name} must start with '/', got {path!r}"


def _partition(region: str) -> str:
    # `Stack.partition` is a reference even where the region is known.
    known_region = None if Token.is_unresolved(region) else RegionInfo.get(region)
    return (known_region and known_region.partition) or "aws"


def _function_problems(function: lambda_.Function) -> Iterator[str]:
    if function.runtime.name == lambda_.Runtime.FROM_IMAGE.name:
        yield (
            "a container image takes no layer: put the lines of "
            "WebAdapter.dockerfile_lines() into its Dockerfile"
        )
        return
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    layers: Sequence[object] = Stack.of(function).resolve(resource.layers) or ()
    if any(web_adapter.is_adapter_layer(_literal(arn)) for arn in layers):
        yield "the function already has the Lambda Web Adapter's layer: attach it once"


def _literal(resolved: object) -> str:
    """Return what is known of a resolved string: of a join, its parts that are no references."""
    if isinstance(resolved, dict) and "Fn::Join" in resolved:
        separator, parts = resolved["Fn::Join"]
        return str(separator).join(part for part in parts if isinstance(part, str))
    return resolved if isinstance(resolved, str) else ""

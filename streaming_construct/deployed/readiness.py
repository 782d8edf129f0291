"""The state of an account and a Region before a first deployment."""

from __future__ import annotations

from streaming_construct.aws import web_adapter
from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AccessDeniedError, NotFoundError

# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
_QUALIFIER = "hnb659fds"


def is_region_supported(aws: AwsClient) -> bool:
    """Return whether AWS offers both services in the Region, according to this boto3.

    Raises:
        AwsCallError: The list cannot be read.
    """
    return all(aws.region in aws.list_regions(service) for service in ("apigateway", "lambda"))


def has_streaming_sdk(aws: AwsClient) -> bool:
    """Return whether this boto3 knows the transfer mode of an integration."""
    return aws.has_member("apigateway", "Integration", "responseTransferMode")


def read_adapter_layers(aws: AwsClient) -> dict[str, str | None]:
    """Return the ARN of each layer of the Lambda Web Adapter, with the reason if it is unusable.

    Where AWS publishes none, the key is the Region.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    layers: dict[str, str | None] = {}
    for architecture in web_adapter.LAYER_NAMES:
        try:
            arn = web_adapter.build_layer_arn(
                aws.region, partition=aws.partition, architecture=architecture
            )
        except ValueError as error:
            # In China it is published for one architecture only.
            return layers or {f"Region {aws.region}": str(error)}
        layers[arn] = _find_layer_problem(aws, arn)
    return layers


def read_bootstrap_version(aws: AwsClient) -> int:
    """Return the version of the CDK bootstrap stack in the Region; 0 without one.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    name = f"/cdk-bootstrap/{_QUALIFIER}/version"
    try:
        return int(aws.call("ssm", "get_parameter", Name=name)["Parameter"]["Value"])
    except NotFoundError:
        return 0


def _find_layer_problem(aws: AwsClient, arn: str) -> str | None:
    try:
        aws.call("lambda", "get_layer_version_by_arn", Arn=arn)
    except NotFoundError:
        return "the layer version does not exist"
    except AccessDeniedError as error:
        if error.by_resource:
            return "this account has no permission to read it"
        raise
    return None

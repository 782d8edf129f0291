"""ARNs of an API: its partition, Region and account come from the URIs of its integrations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from streaming_construct.model.api import ApiModel
from streaming_construct.templates.stacks.stack import DEFAULT_ACCOUNT, DEFAULT_REGION

_URI: Final = re.compile(
    r"arn:(?P<partition>[^:]+):apigateway:(?P<region>[^:]+):lambda:path/"
    r".*:lambda:[^:]*:(?P<account>\d{12}):"
)


@dataclass(frozen=True)
class AwsLocation:
    """A place in AWS."""

    partition: str = "aws"
    region: str = DEFAULT_REGION
    account: str = DEFAULT_ACCOUNT


def find_location(api: ApiModel) -> AwsLocation:
    """Return the location of an API: that in the URI of an integration, else a default one."""
    for route in api.routes:
        if location := _parse_location(route.integration.uri or ""):
            return location
    return AwsLocation()


@lru_cache(maxsize=1024)
def _parse_location(uri: str) -> AwsLocation | None:
    match = _URI.match(uri)
    return AwsLocation(match["partition"], match["region"], match["account"]) if match else None


def build_method_arn(api: ApiModel, method: str, path: str) -> str:
    """Return the ARN of a method as called, by its path without the stage.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    home = find_location(api)
    return (
        f"arn:{home.partition}:execute-api:{home.region}:{home.account}:"
        f"{api.id}/{api.stage.name}/{method}/{path.lstrip('/')}"
    )

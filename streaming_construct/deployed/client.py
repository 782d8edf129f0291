"""`AwsClient`: calls to AWS in one account and Region. The only module that imports boto3.

The adaptive mode of botocore repeats throttled calls.
https://docs.aws.amazon.com/boto3/latest/guide/retries.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from streaming_construct.deployed.errors import (
    AccessDeniedError,
    AwsAccessError,
    AwsCallError,
    NotFoundError,
)

_CONFIG: Final = Config(
    retries={"mode": "adaptive", "total_max_attempts": 8},
    connect_timeout=5,
    read_timeout=30,
)
# The first call, which shows whether the credentials are valid.
_METADATA_TIMEOUT: Final = Config(retries={"mode": "standard", "total_max_attempts": 2})
_ACTION: Final = re.compile(r"not authorized to perform:? ([a-z0-9-]+:\w+)")
_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ForbiddenException"}
)
_BAD_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_MISSING: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchResourceException",
        "NotFoundException",
        "ParameterNotFound",
        "ResourceNotFoundException",
        "WAFNonexistentItemException",
    }
)
_NO_CREDENTIALS: Final = (
    exceptions.CredentialRetrievalError,
    exceptions.LoginError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)


class AwsClient:
    """Asks AWS, and changes nothing.

    Args:
        region: The Region. Default: AWS_REGION, AWS_DEFAULT_REGION, or the Region of the profile.
        profile: The profile of `~/.aws/config`. Default: as boto3 finds credentials.
        user_agent: The name of the command, which CloudTrail records with each call.

    Raises:
        AwsAccessError: There is no such profile, or no Region.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        user_agent: str = "streaming-construct-doctor",
    ) -> None:
        # boto3 itself does not look at AWS_REGION, which the CDK and the AWS CLI do.
        chosen = region or os.environ.get("AWS_REGION")
        with _translate_errors("configuration", "read"):
            self._session = boto3.session.Session(region_name=chosen, profile_name=profile)
        if not self._session.region_name:
            raise AwsAccessError("no Region is configured. Pass --region, or set AWS_REGION.")
        self.region = str(self._session.region_name)
        self._config = _CONFIG.merge(Config(user_agent_extra=user_agent))
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, which is created once."""
        if service not in self._clients:
            with _translate_errors(service, "client"):
                config = self._config
                if service == "sts":
                    config = config.merge(_METADATA_TIMEOUT)
                self._clients[service] = self._session.client(service, config=config)
        return self._clients[service]

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call an operation of a service, such as `get_rest_api` of `apigateway`.

        Raises:
            AwsAccessError: AWS accepts no call with these credentials.
            AwsCallError: This call failed.
        """
        return self._request(service, operation, parameters)

    def _request(
        self, service: str, operation: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        client = self.client(service)
        with _translate_errors(service, operation):
            response: Mapping[str, Any] = getattr(client, operation)(**parameters)
        return response

    def paginate(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        max_items: int | None = None,
        **parameters: Any,
    ) -> list[Any]:
        """Return the items under `key` of all pages, at most `max_items`.

        Raises:
            AwsAccessError, AwsCallError: As `call` does.
        """
        client = self.client(service)
        with _translate_errors(service, operation):
            pages = client.get_paginator(operation).paginate(
                **parameters, PaginationConfig={"MaxItems": max_items}
            )
            return [item for page in pages for item in page.get(key) or ()]

    @cached_property
    def account(self) -> str:
        """The account id. Every caller with credentials may read it."""
        return str(self.call("sts", "get_caller_identity")["Account"])

    @property
    def partition(self) -> str:
        """The partition of the Region: `aws`, `aws-cn`, ..."""
        with _translate_errors("configuration", "read"):
            return str(self._session.get_partition_for_region(self.region))

    def has_member(self, service: str, shape: str, member: str) -> bool:
        """Return whether this boto3 knows a member of a structure of the API of a service."""
        return member in self.client(service).meta.service_model.shape_for(shape).members

    def list_regions(self, service: str) -> list[str]:
        """Return the Regions in which this boto3 knows a service, of every partition."""
        return [
            region
            for partition in self._session.get_available_partitions()
            for region in self._session.get_available_regions(service, partition)
        ]


class AwsWriteClient(AwsClient):
    """Asks AWS, and also calls operations that change the account: only `change` does."""

    def change(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call an operation that creates, changes or deletes something.

        Raises:
            AwsAccessError, AwsCallError: As `call` does.
        """
        return self._request(service, operation, parameters)

    def get_access_key(self) -> tuple[str, str, str | None]:
        """Return the access key id, the secret access key and the session token.

        Raises:
            AwsAccessError: There are no credentials.
        """
        with _translate_errors("configuration", "read"):
            credentials = self._session.get_credentials()
            if credentials is None:
                raise exceptions.NoCredentialsError
            frozen = credentials.get_frozen_credentials()
        return str(frozen.access_key), str(frozen.secret_key), frozen.token


@contextmanager
def _translate_errors(service: str, operation: str) -> Iterator[None]:
    """Translate the exceptions of boto3 to `AwsAccessError` and `AwsCallError`."""
    try:
        yield
    except exceptions.ClientError as error:
        raise _to_call_error(error, service, operation) from error
    except exceptions.ProfileNotFound as error:
        raise AwsAccessError(
            f"{error}. Run `aws configure list-profiles` to list the profiles."
        ) from error
    except _NO_CREDENTIALS as error:
        raise AwsAccessError(
            f"AWS credentials are missing ({_format_error(error)}). Run `aws login` or "
            "`aws configure`, or pass --profile."
        ) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise AwsCallError(
            f"{service} cannot be reached ({_format_error(error)}). "
            "Check the network and the Region."
        ) from error
    except ResponseParserError as error:
        raise AwsCallError(
            f"{service} returned no response of AWS ({_format_error(error)}). "
            "Check the proxy and the endpoint URL."
        ) from error
    except (exceptions.BotoCoreError, ValueError) as error:
        raise AwsCallError(f"{service}: {_format_error(error)}") from error


def _to_call_error(
    error: exceptions.ClientError, service: str, operation: str
) -> AwsAccessError | AwsCallError:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code")), str(details.get("Message") or "")
    if code in _BAD_CREDENTIALS:
        return AwsAccessError(f"AWS rejects these credentials ({code}). Renew them.")
    if code == "OptInRequired":
        return AwsAccessError(
            "the Region is not enabled in this account. Enable the Region, or choose another."
        )
    if code in _DENIED:
        named_action = _ACTION.search(message)
        action = "".join(part.capitalize() for part in operation.split("_"))
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        return AccessDeniedError(
            named_action[1] if named_action else f"{service}:{action}",
            by_resource="resource-based policy" in message,
        )
    no_stack = code == "ValidationError" and "does not exist" in message
    if code in _MISSING or no_stack:
        return NotFoundError(message or f"{service} has no resource with this name")
    return AwsCallError(": ".join(filter(None, (f"{service} returned {code}", message))))


def _format_error(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")

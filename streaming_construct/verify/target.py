"""`Target`: the API that the cases run against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from streaming_construct.verify.case import Credential


class TargetKind(Enum):
    """The server of the API."""

    AWS = "AWS"
    LOCAL = "local gateway"


class CredentialSource(Protocol):
    """Returns headers that prove the caller of a request."""

    def create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        """Return the headers to add to a request.

        Raises:
            CredentialError: The target has no such credential. The case is not run.
        """
        ...


class LogSource(Protocol):
    """Reads the logs of the stage and of the functions."""

    def read_access_log_record(self, request_id: str) -> Mapping[str, str] | None:
        """Return the record of a request, None if it has not arrived in time."""
        ...


class CredentialError(Exception):
    """A credential that the target does not have. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The API that the cases run against.

    Args:
        kind: The server of the API.
        url: The URL of the stage, without a slash at its end.
        region: The Region.
        credentials: Returns headers that prove the caller.
        logs: Reads the access log.
        time_scale: The divisor of time limits. Default: 1.
        values: Values of this target that facts contain, by their name: an observed `abc123` is
            reported as `{api_id}`. Default: none.
    """

    kind: TargetKind
    url: str
    region: str
    credentials: CredentialSource
    logs: LogSource
    time_scale: float = 1.0
    values: Mapping[str, str] = field(default_factory=dict)

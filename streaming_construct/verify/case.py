"""`Case`: one claim of the documentation, the requests that settle it, and the expected facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

# A fact of a response, of its event or of its log record, by name. See `facts.py` for the names.
FactValue: TypeAlias = str | int | bool | list["FactValue"] | dict[str, "FactValue"] | None
Facts: TypeAlias = Mapping[str, FactValue]


class Knowledge(Enum):
    """The knowledge about the behavior of AWS before a report settles it."""

    DOCUMENTED = "documented by AWS"
    UNKNOWN = "not known on AWS yet"


class Credential(Enum):
    """The proof of the caller that a request carries. The target supplies the values."""

    NONE = "none"
    API_KEY = "API key"
    QUOTA_API_KEY = "API key with a quota"
    COGNITO = "Cognito ID token"
    COGNITO_ACCESS = "Cognito access token"
    IAM = "IAM signature"
    JWT = "JWT"
    LAMBDA = "token that the Lambda authorizer allows"


@dataclass(frozen=True, kw_only=True)
class CaseRequest:
    """One request of a case.

    Args:
        path: The path below the stage, percent-encoded, with its query.
        method: The HTTP method. Default: GET.
        headers: Headers in addition to `Host`. Names can repeat. Default: none.
        body: The body. `"{ms:60000}"` in it becomes this number of milliseconds, divided by the
            time scale of the target. Default: none.
        credential: The proof of the caller. Default: none.
        raw: The complete bytes to send in place of a request that a client would write, with
            `{host}` and `{stage}` replaced. Default: none.
        read_seconds: Seconds after which the client disconnects. Default: the response ends it.
    """

    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    credential: Credential = Credential.NONE
    raw: bytes | None = None
    read_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One claim and how to settle it.

    Args:
        id: A permanent name, such as `prelude-headers-list`.
        theme: The group of the case in the report, such as `response headers`.
        claim: The claim in one sentence.
        page: The page that makes the claim, with its anchor: `local-gateway.md#response-headers`.
        knowledge: The knowledge about the behavior of AWS.
        source_url: Where AWS documents it, or where users report it. Required unless unknown.
        requests: The requests, sent one after the other on new connections.
        expected: The facts that the last response must show. Other facts are not compared.
        repeat: How many times the last request is sent at once. Facts that begin with `count.` are
            those of all responses. Default: 1.
        duration_seconds: The seconds that AWS needs for the case. Default: 5.
        is_exclusive: Whether no other case runs at the same time. Default: False.
        is_optional: Whether the case runs only if the user names it. Default: False.
    """

    id: str
    theme: str
    claim: str
    page: str
    knowledge: Knowledge
    source_url: str | None = None
    requests: tuple[CaseRequest, ...] = (CaseRequest(),)
    expected: Facts = field(default_factory=dict)
    repeat: int = 1
    duration_seconds: float = 5.0
    is_exclusive: bool = False
    is_optional: bool = False

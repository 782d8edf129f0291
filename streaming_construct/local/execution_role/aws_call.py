"""`AwsCall`: a request of an AWS SDK, and the permissions that it requires."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from streaming_construct.local.execution_role.policy_evaluation import Permission

_CREDENTIAL: Final = re.compile(r"\bCredential=([^,\s]+)")
_SCOPE_PARTS: Final = 5


@dataclass(frozen=True, kw_only=True)
class SignatureScope:
    """The scope of a signature (SigV4): access key, Region and service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """

    access_key: str
    region: str
    service: str


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request that an AWS SDK has signed.

    `path` is decoded. `headers` have names in lower case. `names` maps values of the user's
    variables to the values of the template that they replace.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    scope: SignatureScope
    account: str
    partition: str = "aws"
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def operation(self) -> str | None:
        """The operation that the protocols AWS JSON and AWS Query name; None in other protocols."""
        target = self.headers.get("x-amz-target")
        if target is not None:
            return target.rpartition(".")[2]
        return self.form.get("Action") or self.query.get("Action")

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the protocol AWS Query."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the call in the protocols AWS JSON and AWS Query."""
        if self.headers.get("x-amz-target") is None:
            return {**self.query, **self.form}
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def resolve_name(self, value: object) -> str | None:
        """Return a name in a request as the template has it; None if it is not a text."""
        return self.names.get(value, value) if isinstance(value, str) and value else None

    def build_arn(self, resource: str, *, account: str | None = None) -> str:
        """Return the ARN of a resource of the service, in the Region of the request."""
        owner = self.account if account is None else account
        scope = self.scope
        return f"arn:{self.partition}:{scope.service}:{scope.region}:{owner}:{resource}"


@dataclass(frozen=True, kw_only=True)
class AwsCall:
    """A call of an operation.

    `permissions` are all required. `not_evaluated` is the reason why they are incomplete, None if
    they are complete.
    """

    operation: str
    permissions: tuple[Permission, ...] = ()
    not_evaluated: str | None = None


def read_scope(headers: Mapping[str, str], query: Mapping[str, str]) -> SignatureScope | None:
    """Read the scope of a signature in the headers or in the query; None without one."""
    match = _CREDENTIAL.search(headers.get("authorization", ""))
    credential = match[1] if match else query.get("X-Amz-Credential", "")
    parts = credential.split("/")
    if len(parts) != _SCOPE_PARTS:
        return None
    return SignatureScope(access_key=parts[0], region=parts[2], service=parts[3])


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Split a request target into its decoded path and its query."""
    path, _, query = target.partition("?")
    return unquote(path), dict(parse_qsl(query, keep_blank_values=True))


def create_permission(action: str, *resources: str, **context: tuple[str, ...]) -> Permission:
    """Return a permission for an action on a resource with these ARNs."""
    return Permission(action=action, resources=resources or ("*",), context=context)

"""Read the extension `x-amazon-apigateway-integration` of a document, and complete it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.aws.integration_uri import TransferMode, parse_integration_uri
from streaming_construct.aws.known_values import INTEGRATION_TYPES
from streaming_construct.aws.unknown_values import is_another_case
from streaming_construct.model.integrations import Integration
from streaming_construct.openapi.conversion.cdk_safe_values import remove_nulls
from streaming_construct.openapi.conversion.extensions import INTEGRATION_EXTENSION
from streaming_construct.openapi.streaming_extension import is_number

if TYPE_CHECKING:
    from streaming_construct.openapi.reader.operations import Operation

_STREAMING_ACTION: Final = "/response-streaming-invocations"
_MISPLACEABLE_MEMBERS: Final = ("responseTransferMode", "timeoutInMillis", "connectionType")
_REFERENCE_MARKERS: Final = ("${Token[", "${stageVariables.")
_STREAMING_TYPES: Final = ("aws_proxy", "http_proxy")


@dataclass(frozen=True)
class DeclaredIntegration:
    """The integration that a document declares for an operation; empty without a declaration.

    `misplaced_members` are members of an integration that stand in the operation itself.
    """

    members: Mapping[str, Any] = field(default_factory=dict)
    misplaced_members: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type in lower case. Default: `aws_proxy`."""
        return str(self.members.get("type", "aws_proxy")).lower()

    @property
    def has_own_target(self) -> bool:
        """Whether it names its target, or has a type without a function."""
        return self.type != "aws_proxy" or "uri" in self.members

    @property
    def transfer_mode(self) -> TransferMode | None:
        """The declared mode, or the mode that the type or the URI implies."""
        if self.type not in _STREAMING_TYPES:
            return TransferMode.BUFFERED
        if self.members.get("responseTransferMode") in TransferMode.__members__:
            return TransferMode(self.members["responseTransferMode"])
        if self.type == "aws_proxy" and "uri" in self.members:
            streams = _STREAMING_ACTION in json.dumps(self.members["uri"])
            return TransferMode.STREAM if streams else TransferMode.BUFFERED
        return None

    @property
    def timeout_ms(self) -> int | None:
        """The declared timeout, in milliseconds."""
        timeout = self.members.get("timeoutInMillis")
        return None if timeout is None else round(timeout)

    @property
    def function_arn(self) -> str | None:
        """The ARN of the function in the URI; None if the URI has references."""
        uri = self.members.get("uri")
        parsed = parse_integration_uri(uri) if isinstance(uri, str) else None
        arn = parsed.function_arn if parsed else ""
        return arn if "${" not in arn and parse_function_arn(arn) else None

    def remove_members(self, *names: str) -> DeclaredIntegration:
        """Return the integration without the members with these names."""
        return replace(
            self, members={key: value for key, value in self.members.items() if key not in names}
        )

    def add_declared_members(self, integration: Integration) -> Integration:
        """Return `integration` with the declared members that rules check.

        A URI with references is unknown; one that invokes a function was checked with its mode.
        """
        members, uri = self.members, self.members.get("uri")
        is_checked = (
            "uri" in members
            and isinstance(uri, str)
            and not any(mark in uri for mark in _REFERENCE_MARKERS)
            and parse_integration_uri(uri) is None
        )
        return replace(
            integration,
            is_complete=bool(members),
            uri=uri if is_checked else integration.uri,
            http_method=members.get("httpMethod", "POST" if self.type == "aws_proxy" else None),
            connection_type=members.get("connectionType"),
            connection_id=members.get("connectionId"),
            request_parameters=members.get("requestParameters") or {},
            request_templates=members.get("requestTemplates") or {},
            content_handling=members.get("contentHandling"),
            misplaced_members=self.misplaced_members,
            unresolved={} if is_checked or self._lacks_uri else {"Uri": "known at deployment"},
        )

    @property
    def _lacks_uri(self) -> bool:
        return self.type != "aws_proxy" and "uri" not in self.members

    def to_integration(self, mode: TransferMode, timeout_ms: int, credentials: str) -> Integration:
        """Return the integration of a declaration that has its own target.

        `credentials` apply if the URI names a function without references, and the declaration has
        no credentials. Only then can the role get a grant for exactly that function.
        """
        if self.type not in _STREAMING_TYPES:
            return Integration(type=self.type, raw=self.members)
        function_arn = self.function_arn if "credentials" not in self.members else None
        return Integration(
            type=self.type,
            transfer_mode=mode,
            function=function_arn,
            credentials=credentials if function_arn else None,
            timeout_ms=timeout_ms,
            raw=self.members,
        )


def read_integration_extension(operation: Operation) -> tuple[DeclaredIntegration, list[str]]:
    """Return the integration that an operation declares, and a clause for each problem."""
    value = operation.extensions.get(INTEGRATION_EXTENSION)
    if value is None:
        return DeclaredIntegration(), []
    if not isinstance(value, Mapping):
        return DeclaredIntegration(), [f"the value is {value!r}, not an object"]
    members = remove_nulls(value, "", [])
    problems = list(_find_problems(members))
    misplaced = tuple(
        name for name in _MISPLACEABLE_MEMBERS if operation.node.get(name) is not None
    )
    declared = DeclaredIntegration(members, misplaced)
    return DeclaredIntegration() if problems else declared, problems


def _find_problems(members: Mapping[str, Any]) -> Iterator[str]:
    kind = members.get("type", "aws_proxy")
    if not isinstance(kind, str):
        yield f"type is {kind!r}, not one of {', '.join(INTEGRATION_TYPES)}"
    mode = members.get("responseTransferMode")
    is_invalid = (
        not isinstance(mode, str)
        or is_another_case(mode, TransferMode.__members__)
        or mode == "RESPONSE_STREAM"
    )
    if mode is not None and is_invalid:
        yield f"responseTransferMode is {mode!r}, not STREAM or BUFFERED"
    timeout = members.get("timeoutInMillis")
    if timeout is not None and not is_number(timeout):
        yield f"timeoutInMillis is {timeout!r}, not a number of milliseconds"


def find_mode_problem(declared: DeclaredIntegration, mode: TransferMode) -> str | None:
    """Return why the declared URI or type contradicts `mode`; None if it does not."""
    if declared.type not in _STREAMING_TYPES:
        is_streamed = mode is TransferMode.STREAM
        return f"an integration of type {declared.type} cannot stream" if is_streamed else None
    if declared.type != "aws_proxy" or "uri" not in declared.members:
        return None
    implied = declared.remove_members("responseTransferMode").transfer_mode
    if implied is mode:
        return None
    return f"uri does not end as that of a {mode.value} integration does"

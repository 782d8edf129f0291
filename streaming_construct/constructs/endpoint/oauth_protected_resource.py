"""`OAuthProtectedResource`: metadata by which OAuth clients find the authorization servers.

https://www.rfc-editor.org/rfc/rfc9728
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from aws_cdk import Token

from streaming_construct.constructs.cdk.validation import check_argument_types
from streaming_construct.constructs.endpoint.custom_domain import CustomDomain
from streaming_construct.model.api import Route
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.endpoint import OAUTH_RESOURCE_INVALID

_WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_SUBJECT: Final = Subject("OAuth protected resource")
# https://www.rfc-editor.org/rfc/rfc6749#section-3.3, without the quote that ends a literal.
_SCOPE: Final = re.compile(r"[!#-&(-\[\]-~]+")


@dataclass(frozen=True, kw_only=True)
class OAuthProtectedResource:
    """The arguments of `StreamingRestApi.add_oauth_protected_resource`, which documents them."""

    authorization_servers: Sequence[str]
    scopes: Sequence[str]
    path: str
    resource_name: str | None
    resource_documentation: str | None

    @property
    def metadata_path(self) -> str:
        """The path of the metadata document."""
        return _WELL_KNOWN + self.path.rstrip("/")

    def check(self, domain: CustomDomain, challenge: str | None) -> Iterator[Finding]:
        """Yield why the metadata cannot be served.

        `challenge` is that of another resource of the API; None without one.
        """
        if challenge is not None:
            yield _create_error(
                "the API has a protected resource already, and `WWW-Authenticate` names one "
                "metadata document",
                "Call add_oauth_protected_resource once.",
            )
        if domain.domain_name is None:
            yield _create_error(
                "the API has no custom domain name. Clients look for the metadata at the root of "
                "the host, and the paths of an execute-api URL start with the stage",
                "Pass domain_name=DomainNameOptions(...) to the API.",
            )
        elif domain.base_path:
            yield _create_error(
                f"the custom domain name has the base path {domain.base_path}, and clients look "
                "for the metadata at the root of the host",
                "Remove base_path, and put it in front of the paths of the routes.",
            )
        yield from self._check_arguments()

    def _check_arguments(self) -> Iterator[Finding]:
        yield from check_argument_types(
            _SUBJECT,
            resource_name=(self.resource_name, str),
            resource_documentation=(self.resource_documentation, str),
        )
        if not _is_list(self.authorization_servers) or not self.authorization_servers:
            yield _create_error(
                f"authorization_servers is {self.authorization_servers!r}, not a list of URLs",
                'Write authorization_servers=["https://id.example.com"].',
            )
        else:
            for url in self.authorization_servers:
                if not isinstance(url, str) or not _is_https(url):
                    yield _create_error(
                        f"{url!r} is not an https URL", "Write the issuer's URL, with https."
                    )
        if not _is_list(self.scopes):
            yield _create_error(
                f"scopes is {self.scopes!r}, not a list", 'Write scopes=["chat/read"].'
            )
        else:
            for scope in self.scopes:
                if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
                    yield _create_error(
                        f"{scope!r} is not a scope", "Write one word for each scope."
                    )
        if not isinstance(self.path, str) or not self.path.startswith("/") or "{" in self.path:
            yield _create_error(f"path is {self.path!r}", "Write a path without variables: '/mcp'.")

    def create_route(self, domain: CustomDomain, origin: SourceLocation) -> Route:
        """Return the mock route of the metadata, which needs no authorization."""
        document: dict[str, Any] = {
            "resource": domain.url_for_path(self.path).rstrip("/"),
            "authorization_servers": list(self.authorization_servers),
            "scopes_supported": list(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": self.resource_name,
            "resource_documentation": self.resource_documentation,
        }
        members = {name: value for name, value in document.items() if value not in (None, [])}
        return Route(
            method="GET",
            path=self.metadata_path,
            origin=origin,
            integration=Integration(
                type="mock",
                request_templates={"application/json": '{"statusCode": 200}'},
                responses={
                    "default": TemplatedResponse(
                        status=200,
                        headers={
                            "Cache-Control": "'max-age=3600'",
                            "Access-Control-Allow-Origin": "'*'",
                        },
                        templates={"application/json": json.dumps(members)},
                    )
                },
            ),
        )

    def build_challenge(self, domain: CustomDomain) -> str:
        """Return the mapping expression of `WWW-Authenticate`."""
        parameters = [f'resource_metadata="{domain.url_for_path(self.metadata_path)}"']
        if self.scopes:
            parameters.append(f'scope="{" ".join(self.scopes)}"')
        return f"'Bearer {', '.join(parameters)}'"


def _is_list(value: object) -> bool:
    """Return whether a value is a sequence, but not a text, whose items would be its letters."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _is_https(url: object) -> bool:
    if not isinstance(url, str):
        return False
    return Token.is_unresolved(url) or (
        urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)
    )


def _create_error(problem: str, fix: str) -> Finding:
    return OAUTH_RESOURCE_INVALID.at(_SUBJECT, problem, fix=fix)

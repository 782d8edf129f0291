"""Problems of the configuration of a JWT authorizer, for which API Gateway rejects it.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html,
https://docs.aws.amazon.com/apigateway/latest/api/API_JwtConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from streaming_construct.aws.jwt import (
    JWT_ALGORITHMS,
    JWT_RESERVED_CLAIMS,
    is_known_jwt_algorithm,
)
from streaming_construct.model.jwt_configuration import JwtConfiguration, JwtIssuer

# How CDK writes a value that only the deployment knows.
_TOKEN: Final = "${Token["  # noqa: S105 - not a secret


def find_jwt_problems(configuration: JwtConfiguration) -> Iterator[tuple[str, str]]:
    """Yield each problem of a configuration with its fix."""
    if not configuration.issuers:
        yield "the authorizer has no issuer", "Add an issuer with at least one audience."
    if not configuration.algorithms:
        yield "the authorizer has no signing algorithm", f"Add one of {', '.join(JWT_ALGORITHMS)}."
    for algorithm in configuration.algorithms:
        if algorithm not in JWT_ALGORITHMS and is_known_jwt_algorithm(algorithm):
            yield (
                f"API Gateway does not accept the signing algorithm {algorithm}",
                f"Use {', '.join(JWT_ALGORITHMS)}.",
            )
    for url in _find_repeated(issuer.issuer for issuer in configuration.issuers):
        yield (
            f"the authorizer has issuer {url} twice",
            "Name each issuer once, with all its audiences.",
        )
    for issuer in configuration.issuers:
        yield from _find_issuer_problems(issuer)


def _find_issuer_problems(issuer: JwtIssuer) -> Iterator[tuple[str, str]]:
    if not _is_issuer_url(issuer.issuer):
        yield (
            f"the issuer {issuer.issuer!r} is not an https URL without user, query and fragment",
            "Use the URL in claim iss of the issuer's tokens, such as https://id.example.com.",
        )
    if not issuer.audiences or not all(audience.strip() for audience in issuer.audiences):
        yield (
            f"issuer {issuer.issuer} has {'an empty' if issuer.audiences else 'no'} audience",
            "Name the audiences of the issuer's tokens (claim aud).",
        )
    for name in _find_repeated(claim.name for claim in issuer.claims):
        yield f"issuer {issuer.issuer} has claim {name} twice", "Name each claim once."
    for claim in issuer.claims:
        if not claim.name:
            yield f"a claim of issuer {issuer.issuer} has no name", "Name the claim."
        if claim.name in JWT_RESERVED_CLAIMS:
            yield (
                f"API Gateway validates claim {claim.name} itself",
                "Remove it from the required claims. Use audiences and scopes for aud and scope.",
            )


def _is_issuer_url(url: str) -> bool:
    if _TOKEN in url:
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    has_extra = "?" in url or "#" in url or "@" in parts.netloc
    return parts.scheme == "https" and bool(parts.hostname) and not has_extra


def _find_repeated(names: Iterable[str]) -> list[str]:
    name_list = list(names)
    return sorted({name for name in name_list if name_list.count(name) > 1})

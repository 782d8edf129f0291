"""The values that API Gateway accepts in a JWT authorizer of a REST API.

Sources: https://docs.aws.amazon.com/apigateway/latest/api/API_JwtConfiguration.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
"""

from __future__ import annotations

from typing import Final

JWT_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""The signing algorithms that a JWT authorizer can accept."""

JWT_RESERVED_CLAIMS: Final = frozenset({"iss", "aud", "exp", "nbf", "iat", "scope", "scp"})
"""The claims that API Gateway validates itself. An additional claim cannot have such a name."""

JWT_CLAIM_FORMAT: Final = "SINGLE_STRING"
"""The only format of an additional claim."""


def is_known_jwt_algorithm(algorithm: str) -> bool:
    """Return whether API Gateway is known to accept a signing algorithm, or to reject it.

    API Gateway rejects symmetric algorithms, tokens without a signature, and names in another case.
    """
    name = algorithm.upper()
    return name in JWT_ALGORITHMS or name.startswith("HS") or name == "NONE"

"""The key pairs of one gateway, which stand for those of the issuers of JWT authorizers."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer
from streaming_construct.model.jwt_configuration import JwtConfiguration, JwtIssuer

_CURVES: Final = {"ES256": "SECP256R1", "ES384": "SECP384R1", "ES512": "SECP521R1"}


class SigningKeys:
    """Key pairs by signing algorithm. The first use creates each.

    `folder` keeps them for other processes of the user. Default: they end with the process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._private_keys: dict[str, Any] = {}

    def sign(self, claims: Mapping[str, Any], algorithm: str) -> str:
        """Return a token with `claims`, signed with the key of an algorithm of `JWT_ALGORITHMS`."""
        import jwt

        key_id = _build_key_id(algorithm)
        return jwt.encode(
            dict(claims), self.get_private_key(key_id), algorithm=algorithm, headers={"kid": key_id}
        )

    def find_public_key(self, key_id: str | None) -> Any | None:
        """Return the public key of an id, None if no key has it."""
        key_ids = {_build_key_id(algorithm) for algorithm in ("RS256", *_CURVES)}
        return self.get_private_key(str(key_id)).public_key() if key_id in key_ids else None

    def get_private_key(self, key_id: str) -> Any:
        """Return the private key of an id."""
        if key_id not in self._private_keys:
            file = self._folder / f"{key_id}.pem" if self._folder else None
            self._private_keys[key_id] = _load_key(key_id, file) if file else _create_key(key_id)
        return self._private_keys[key_id]


def create_jwt_token(
    api: ApiModel,
    keys: SigningKeys,
    issuer: str | None = None,
    *,
    scopes: Iterable[str] = (),
    claims: Mapping[str, Any] | None = None,
    lifetime_seconds: float = 3600,
) -> str:
    """Return a token that a JWT authorizer of the API accepts.

    Args:
        api: The API.
        keys: The keys of the gateway that serves it.
        issuer: The issuer's URL. Default: the first issuer of the API's JWT authorizers.
        scopes: The scopes in claim `scope`. Default: none.
        claims: Claims that are added to the default claims or replace them; None removes a claim.
        lifetime_seconds: How long the token is valid; negative for an expired one. Default: 3600.

    Raises:
        LookupError: No JWT authorizer of the API accepts tokens of that issuer.
    """
    authorizers = (route.access.authorizer for route in api.routes)
    configurations = [
        authorizer.jwt for authorizer in authorizers if authorizer is not None and authorizer.jwt
    ]
    for configuration in configurations:
        for accepted in configuration.issuers:
            if issuer in (None, accepted.issuer):
                payload = _create_payload(accepted, scopes, lifetime_seconds) | dict(claims or {})
                present = {name: value for name, value in payload.items() if value is not None}
                return keys.sign(present, configuration.algorithms[0])
    issuer_names = ", ".join(
        authorizer.issuer
        for configuration in configurations
        for authorizer in configuration.issuers
    )
    raise LookupError(
        f"no JWT authorizer of the API accepts tokens of issuer {issuer or '(any)'}."
        f" Its issuers: {issuer_names or 'none'}."
    )


def create_example_token(
    authorizer: Authorizer,
    configuration: JwtConfiguration,
    keys: SigningKeys,
    *,
    scopes: Iterable[str],
    lifetime_seconds: float,
) -> str:
    """Return a token that `authorizer` accepts, from its first issuer."""
    if not configuration.issuers or not configuration.algorithms:
        raise ValueError(f"authorizer {authorizer.name} has no issuer or algorithm. Add one.")
    payload = _create_payload(configuration.issuers[0], scopes, lifetime_seconds)
    return keys.sign(payload, configuration.algorithms[0])


def _create_payload(
    issuer: JwtIssuer, scopes: Iterable[str], lifetime_seconds: float
) -> dict[str, Any]:
    now, scope = int(time.time()), " ".join(scopes)
    required = {
        claim.name: next(iter(claim.expected_values), "local")
        for claim in issuer.claims
        if claim.is_required or claim.expected_values
    }
    return {
        "iss": issuer.issuer,
        "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, issuer.issuer)),
        "aud": next(iter(issuer.audiences), ""),
        "iat": now,
        "exp": int(now + lifetime_seconds),
        "jti": str(uuid.uuid4()),
        **({"scope": scope} if scope else {}),
        **required,
    }


def _build_key_id(algorithm: str) -> str:
    """Return the id of the key of an algorithm; RSA has one key for all hash functions."""
    return f"local-{'RSA' if algorithm.startswith('RS') else algorithm}"


def _load_key(key_id: str, file: Path) -> Any:
    """Return the key in a file that only the user can read; without it, create both.

    Two processes that create it at once end with the same key: the first link wins.
    """
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = _create_key(key_id).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with tempfile.NamedTemporaryFile(dir=file.parent) as temporary:
            temporary.write(pem)
            temporary.flush()
            with contextlib.suppress(FileExistsError):
                os.link(temporary.name, file)
    return load_pem_private_key(file.read_bytes(), password=None)


def _create_key(key_id: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    curve = _CURVES.get(key_id.removeprefix("local-"))
    if curve is None:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(getattr(ec, curve)())

"""The key set of an issuer on this machine, such as an OpenID provider of a test.

The gateway reads loopback addresses only. It does not send requests to the issuers of a template.
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-keys.html
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
import urllib.request
from typing import Any, Final
from urllib.parse import urlsplit

_DISCOVERY: Final = "/.well-known/openid-configuration"
_TIMEOUT_SECONDS: Final = 3
_MAX_BYTES: Final = 1_000_000
# A token with an unknown key id makes the gateway read the key set again, but not more often.
_REFRESH_SECONDS: Final = 1


class KeySetError(Exception):
    """The key set of an issuer cannot be read."""


class IssuerKeys:
    """The public keys of one issuer, cached.

    `url` is the address on this machine that stands for the issuer. Default: the issuer itself.
    """

    def __init__(self, issuer: str, url: str | None = None) -> None:
        self._issuer, self._url = issuer, url or issuer
        self._keys: dict[str | None, Any] = {}
        self._read_at: float | None = None
        self._lock = asyncio.Lock()

    async def find_public_key(self, key_id: str | None) -> Any | None:
        """Return the key of an id, None if the issuer has none.

        Raises:
            KeySetError: The discovery document or the key set cannot be read.
        """
        async with self._lock:
            age = None if self._read_at is None else time.monotonic() - self._read_at
            if key_id not in self._keys and (age is None or age >= _REFRESH_SECONDS):
                self._keys = await asyncio.to_thread(_read_keys, self._issuer, self._url)
                self._read_at = time.monotonic()
        return self._keys.get(key_id)


def is_on_loopback(url: str) -> bool:
    """Return whether a URL names a loopback address."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_keys(issuer: str, url: str) -> dict[str | None, Any]:
    import jwt

    document = _read_json(url.rstrip("/") + _DISCOVERY)
    if document.get("issuer") != issuer:
        raise KeySetError(f"the discovery document names the issuer {document.get('issuer')!r}")
    location = str(document.get("jwks_uri"))
    if url != issuer and location.startswith(issuer):
        location = url.rstrip("/") + location[len(issuer.rstrip("/")) :]
    if not is_on_loopback(location):
        raise KeySetError(f"jwks_uri {location} is not on loopback")
    try:
        keys = jwt.PyJWKSet.from_dict(_read_json(location)).keys
    except jwt.PyJWTError as error:
        raise KeySetError(f"{location} is not a key set: {error}") from error
    return {key.key_id: key.key for key in keys}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow no redirect: it could leave loopback."""
        return


def _read_json(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in ("http", "https"):
        raise KeySetError(f"{url} is not an HTTP URL")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    try:
        with opener.open(url, timeout=_TIMEOUT_SECONDS) as response:
            value = json.loads(response.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise KeySetError(f"{url} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise KeySetError(f"{url} is not a JSON object")
    return value

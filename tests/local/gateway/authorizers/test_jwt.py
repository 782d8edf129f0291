"""JWT authorizers over real sockets: valid tokens, and attacks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys, create_jwt_token
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import list_credential_messages
from streaming_construct.model.api import ApiModel, Stage
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import InMemoryFunctions, api_model, prelude, route

ISSUER = "https://id.example.com"
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
SCOPES = ("chat/write", "chat/admin")


def jwt_api(
    issuer: str = ISSUER,
    *,
    algorithms: tuple[str, ...] = ALGORITHMS,
    claims: tuple[JwtClaim, ...] = (),
    scopes: tuple[str, ...] = (),
    **model_members: Any,
) -> ApiModel:
    configuration = JwtConfiguration(
        issuers=(JwtIssuer(issuer=issuer, audiences=("chat", "other"), claims=claims),),
        algorithms=algorithms,
    )
    authorizer = Authorizer(
        type=AuthorizerType.JWT,
        name="Id",
        origin=SourceLocation(),
        identity_sources=("method.request.header.Authorization",),
        jwt=configuration,
    )
    access = MethodAuthorization(authorizer=authorizer, scopes=scopes)
    return api_model(replace(route("/{proxy+}"), access=access), **model_members)


@dataclass(frozen=True)
class Exchange:
    """A response, the events of the function, and the output of the gateway."""

    response: httpx.Response
    events: list[dict[str, Any]]
    console: list[str]


def call(api: ApiModel, authorization: str | None, keys: UserPools | None = None) -> Exchange:
    """Make one request."""

    async def run() -> Exchange:
        functions, console = InMemoryFunctions({"fn": [prelude(), b"ok"]}), list[str]()
        async with (
            serve_api(
                api,
                functions,
                console=console.append,
                user_pools=keys,
                options=GatewayOptions(access_log=True),
            ) as running,
            httpx.AsyncClient(timeout=10) as client,
        ):
            headers = {} if authorization is None else {"Authorization": authorization}
            url = f"http://127.0.0.1:{running.port}/prod/a"
            response = await client.get(url, headers=headers)
            return Exchange(response, functions.events, console)

    return asyncio.run(run())


def payload(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "chat", "sub": "me", "iat": now, "exp": now + 600, **changes}
    return {name: value for name, value in claims.items() if value is not None}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_algorithm_is_accepted(algorithm: str) -> None:
    """Its claims have their JSON types in the event."""
    keys = UserPools()
    claims = payload(roles=["user"], level=7, admin=True, address={"city": "Zürich"})
    token = keys.signing_keys.sign(claims, algorithm)

    exchange = call(jwt_api(), f"Bearer {token}", keys)

    assert exchange.response.status_code == 200, exchange.console
    assert exchange.events[0]["requestContext"]["authorizer"] == {"claims": claims}


def test_a_token_without_bearer_or_with_one_of_several_audiences_is_accepted() -> None:
    """HTTP APIs do the same."""
    keys = UserPools()
    token = keys.signing_keys.sign(payload(aud=["elsewhere", "other"]), "RS256")

    assert call(jwt_api(), token, keys).response.status_code == 200
    assert call(jwt_api(), f"bearer {token}", keys).response.status_code == 200


WRONG_CLAIMS = {
    "wrong audience": {"aud": "elsewhere"},
    "no audience": {"aud": None},
    "issuer with a trailing slash": {"iss": f"{ISSUER}/"},
    "issuer in other case": {"iss": ISSUER.upper()},
    "no issuer": {"iss": None},
    "expired": {"exp": int(time.time()) - 60},
    "no expiry": {"exp": None},
    "not yet valid": {"nbf": int(time.time()) + 86_400},
    "issued in the future": {"iat": int(time.time()) + 86_400},
    "access token of a user pool": {"aud": None, "client_id": "chat", "token_use": "access"},
}


@pytest.mark.parametrize("changes", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_signed_token_with_wrong_claims_is_unauthorized(changes: dict[str, Any]) -> None:
    """The status is 401, and the function is not invoked."""
    keys = UserPools()

    exchange = call(jwt_api(), keys.signing_keys.sign(payload(**changes), "RS256"), keys)

    assert exchange.response.status_code == 401
    assert exchange.response.json() == {"message": "Unauthorized"}
    assert exchange.events == []


def _encode_without_signature(header: dict[str, Any], secret: bytes | None = None) -> str:
    """Return a token without a signature: no library creates the tokens of these attacks."""
    parts = [_base64(json.dumps(part).encode()) for part in (header, payload())]
    signature = b""
    if secret is not None:
        signature = hmac.digest(secret, ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _base64(signature)])


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _public_pem(keys: SigningKeys) -> bytes:
    key = keys.find_public_key("local-RSA")
    assert key is not None
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_bytes(encoding, form)
    assert isinstance(pem, bytes)
    return pem


def test_attacks_on_the_signature_are_unauthorized() -> None:
    """Algorithm none, HS256 with the public key, keys of others, and a changed payload."""
    keys = UserPools()
    good = keys.signing_keys.sign(payload(), "RS256")
    head, _, signature = good.split(".")
    changed = json.dumps(payload(sub="root")).encode()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    known_header, unknown_header = {"kid": "local-RSA"}, {"kid": "stranger"}
    attacks = {
        "none": _encode_without_signature({"alg": "none", "kid": "local-RSA"}),
        "None": _encode_without_signature({"alg": "None", "kid": "local-RSA"}),
        "HS256": _encode_without_signature(
            {"alg": "HS256", "kid": "local-RSA"}, _public_pem(keys.signing_keys)
        ),
        "foreign key": jwt.encode(payload(), stranger, algorithm="RS256", headers=known_header),
        "unknown kid": jwt.encode(payload(), stranger, algorithm="RS256", headers=unknown_header),
        "no kid": jwt.encode(payload(), stranger, algorithm="RS256"),
        "RS256 with the id of an EC key": jwt.encode(
            payload(), stranger, algorithm="RS256", headers={"kid": "local-ES256"}
        ),
        "changed payload": f"{head}.{_base64(changed)}.{signature}",
        "no token": "Bearer",
        "deep JSON": f"{head}.{_base64(b'[' * 4000)}.{signature}",
        "not a token": "Bearer a.b.c",
    }

    statuses = {
        name: call(jwt_api(), token, keys).response.status_code for name, token in attacks.items()
    }

    assert statuses == dict.fromkeys(attacks, 401)
    assert call(jwt_api(), None, keys).response.status_code == 401
    assert call(jwt_api(), good, keys).response.status_code == 200


def test_only_the_algorithms_of_the_authorizer_are_accepted() -> None:
    """A valid signature of another algorithm is rejected."""
    keys = UserPools()
    token = keys.signing_keys.sign(payload(), "RS512")

    exchange = call(jwt_api(algorithms=("RS256",)), token, keys)

    assert exchange.response.status_code == 401
    assert any("algorithm 'RS512'" in line for line in exchange.console)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "chat/write profile"}, 200),
        ({"scp": ["chat/admin"]}, 200),
        ({"scp": "chat/admin"}, 200),
        ({"scope": "chat/read"}, 403),
        ({"scope": 7}, 403),
        ({}, 403),
    ],
)
def test_one_of_the_scopes_is_enough_and_none_is_forbidden(
    claims: dict[str, Any], status: int
) -> None:
    """The scopes are in `scope` or `scp`."""
    keys = UserPools()

    exchange = call(
        jwt_api(scopes=SCOPES), keys.signing_keys.sign(payload(**claims), "ES256"), keys
    )

    assert exchange.response.status_code == status
    assert len(exchange.events) == (status == 200)


@pytest.mark.parametrize(
    ("tenant", "status"),
    [("a", 200), (None, 401), ("c", 401), ("A", 401), (["a"], 401)],
)
def test_additional_claims_must_be_equal(tenant: object, status: int) -> None:
    """A claim is one string that equals one of the expected values."""
    claim = JwtClaim(name="tenant", is_required=True, expected_values=("a", "b"))
    keys = UserPools()
    token = keys.signing_keys.sign(payload(tenant=tenant), "RS256")

    assert call(jwt_api(claims=(claim,)), token, keys).response.status_code == status


def test_access_logs_have_the_claims_as_json_text() -> None:
    """Strings have quotes and escapes. Nested members are no variables."""
    keys = UserPools()
    names = ("name", "version", "iat", "roles", "address", "missing")
    variables = ", ".join(f'"{name}": $context.authorizer.claims.{name}' for name in names[:-1])
    template = f"{{{variables}}} $context.authorizer.claims.missing"
    template += " $context.authorizer.claims.address.city"
    claims = payload(
        name='Doe, "Jané" 😀', version="42", roles=["user", 1], address={"city": "Bern"}
    )

    exchange = call(
        jwt_api(stage=Stage(name="prod", access_log_format=template)),
        keys.signing_keys.sign(claims, "RS256"),
        keys,
    )

    (line,) = [line for line in exchange.console if "Jan" in line]
    text = line[line.index("{") : line.rindex("}") + 1]
    assert json.loads(text) == {name: claims[name] for name in names[:-1]}
    assert r"Jan\u00E9" in text
    assert r"\uD83D\uDE00" in text
    assert line.endswith("} - -")


def test_the_printed_command_and_the_token_of_a_test_pass() -> None:
    """Both satisfy the scopes and the additional claims of the authorizer."""
    claim = JwtClaim(name="tenant", is_required=True, expected_values=("a",))
    api, keys = jwt_api(claims=(claim,), scopes=SCOPES), UserPools()

    (line,) = list_credential_messages(api, "http://localhost/prod/", keys)
    printed = line.partition("Authorization: ")[2].partition("'")[0]
    signed = create_jwt_token(api, keys.signing_keys, ISSUER, scopes=["chat/admin"])
    expired = create_jwt_token(api, keys.signing_keys, scopes=["chat/admin"], lifetime_seconds=-1)

    assert line.startswith("JWT Id (ANY /{proxy+}, ...): curl -H 'Authorization: Bearer ey")
    assert call(api, printed, keys).response.status_code == 200
    assert call(api, signed, keys).response.status_code == 200
    assert call(api, expired, keys).response.status_code == 401
    with pytest.raises(LookupError, match=f"Its issuers: {ISSUER}"):
        create_jwt_token(api, keys.signing_keys, "https://elsewhere.example.com")


@dataclass
class Provider:
    """An OpenID provider on loopback with one key, which a test can replace."""

    url: str
    key: ec.EllipticCurvePrivateKey
    key_id: str = "one"
    claimed_issuer: str | None = None
    jwks_uri: str | None = None
    reads: int = 0

    def sign(self, **changes: Any) -> str:
        claims = payload(iss=self.url, **changes)
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.key_id})

    def document(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            location = self.jwks_uri or f"{self.url}/keys"
            return {"issuer": self.claimed_issuer or self.url, "jwks_uri": location}
        self.reads += 1
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": "ES256"}]}


@contextmanager
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(served.document(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    served = Provider(url, ec.generate_private_key(ec.SECP256R1()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


def test_an_issuer_on_loopback_validates_with_its_own_keys() -> None:
    """The gateway reads its discovery document and its key set; its own keys do not count."""
    with provider() as issuer:
        api, keys = jwt_api(issuer.url), UserPools()
        gateway_token = keys.signing_keys.sign(payload(iss=issuer.url), "ES256")

        assert call(api, issuer.sign(), keys).response.status_code == 200
        assert call(api, gateway_token, keys).response.status_code == 401
        assert issuer.reads == 2
        (line,) = list_credential_messages(api, "http://localhost/prod/", keys)
        assert f"(a token of {issuer.url})" in line


@pytest.mark.anyio
async def test_a_rotated_key_is_fetched() -> None:
    """A token with an unknown key id makes the gateway read the key set."""
    with provider() as issuer:
        api = jwt_api(issuer.url)
        functions = InMemoryFunctions({"fn": [prelude(), b"ok"]})

        async def run() -> list[int]:
            async with (
                serve_api(api, functions, console=lambda _: None) as running,
                httpx.AsyncClient(timeout=10) as client,
            ):
                url, statuses = f"http://127.0.0.1:{running.port}/prod/a", []
                for key_id in ("one", "two"):
                    if key_id != issuer.key_id:
                        await asyncio.sleep(1.2)  # the shortest time between two reads is 1 s
                        issuer.key, issuer.key_id = ec.generate_private_key(ec.SECP256R1()), key_id
                    headers = {"Authorization": f"Bearer {issuer.sign()}"}
                    statuses.append((await client.get(url, headers=headers)).status_code)
                return statuses

        assert await run() == [200, 200]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"claimed_issuer": "https://id.example.com"}, "names the issuer"),
        ({"jwks_uri": "https://id.example.com/keys"}, "is not on loopback"),
        ({"jwks_uri": "file://localhost/etc/passwd"}, "is not an HTTP URL"),
    ],
)
def test_without_the_keys_of_its_issuer_a_route_is_not_served(
    change: dict[str, Any], reason: str
) -> None:
    """The status is 501, with the reason on the console."""
    with provider() as issuer:
        for name, value in change.items():
            setattr(issuer, name, value)

        exchange = call(jwt_api(issuer.url), issuer.sign())

    assert exchange.response.status_code == 501
    assert any(reason in line for line in [exchange.response.text, *exchange.console])

"""A small OpenID provider on loopback, made with Authlib: code flow with PKCE, tokens as JWTs."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import jwt
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import make_server

USER = SimpleNamespace(id="user-1")


class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A public client, as it has registered (RFC 7591)."""

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.client_id = secrets.token_urlsafe(8)
        self.metadata = metadata

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return str(self.metadata["redirect_uris"][0])

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.metadata["redirect_uris"]

    def check_client_secret(self, client_secret: str) -> bool:  # noqa: ARG002 - it has none
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's signature
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Provider:
    """A provider of `issuer` that listens on `url`; `grants` are the audience and scope of each."""

    issuer: str
    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    grants: list[tuple[str, str]] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "registration_endpoint": f"{self.issuer}/register",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    def access_token(self, client: Client, grant_type: str, user: Any, scope: str) -> str:  # noqa: ARG002 - Authlib's signature
        now, audience = int(time.time()), request.form["resource"]
        self.grants.append((audience, scope))
        claims = {
            "iss": self.issuer,
            "sub": user.id,
            "aud": audience,
            "iat": now,
            "exp": now + 600,
            "scope": scope,
            "client_id": client.client_id,
        }
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "key-1"})


@contextmanager
def openid_provider(issuer: str) -> Iterator[Provider]:
    """Run a provider in a thread. It assumes that clients use https, as behind a proxy."""
    provider = Provider(issuer)
    app = _app(provider)
    wsgi_app = app.wsgi_app

    def secure(environ: dict[str, Any], start_response: Any) -> Any:
        return wsgi_app({**environ, "wsgi.url_scheme": "https"}, start_response)

    server = make_server("127.0.0.1", 0, secure, threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()


def _app(provider: Provider) -> Flask:
    app = Flask(__name__)
    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = provider.access_token
    server = AuthorizationServer(app, provider.clients.get, lambda *_: None)
    server.register_grant(_grant(provider), [CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    @app.get("/.well-known/oauth-authorization-server")
    def metadata() -> Response:
        return jsonify(provider.metadata())

    @app.get("/keys")
    def keys() -> Response:
        key = RSAAlgorithm.to_jwk(provider.key.public_key(), as_dict=True)
        return jsonify({"keys": [{**key, "kid": "key-1"}]})

    @app.post("/register")
    def register() -> tuple[Response, int]:
        client = Client(request.get_json())
        provider.clients[client.client_id] = client
        return jsonify({**client.metadata, "client_id": client.client_id}), 201

    @app.get("/authorize")
    def authorize() -> Any:
        # The user is signed in already, and consents.
        grant = server.get_consent_grant(end_user=USER)
        return server.create_authorization_response(grant=grant, grant_user=USER)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


def _grant(provider: Provider) -> type:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
        TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            # The payload is that of the current request: at the token endpoint, another one.
            redirect_uri, scope = request.payload.redirect_uri, request.payload.scope
            provider.codes[code] = SimpleNamespace(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=redirect_uri,
                code_challenge=data.get("code_challenge"),
                code_challenge_method=data.get("code_challenge_method"),
                get_redirect_uri=lambda: redirect_uri,
                get_scope=lambda: scope,
            )

        def query_authorization_code(self, code: str, client: Client) -> Any:
            authorization_code = provider.codes.get(code)
            return (
                authorization_code
                if authorization_code and authorization_code.client_id == client.client_id
                else None
            )

        def delete_authorization_code(self, authorization_code: Any) -> None:
            provider.codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code: Any) -> Any:  # noqa: ARG002 - one user
            return USER

    return Grant

"""`AwsCredentials`: proofs of the caller that the deployed API accepts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from threading import Lock
from typing import Final

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
from streaming_construct.verify import stack_outputs
from streaming_construct.verify.case import Credential
from streaming_construct.verify.signing import SigningKey, create_signature_headers
from streaming_construct.verify.target import CredentialError

_USER: Final = "verify"


class AwsCredentials:
    """The credentials that the deployed API accepts, each created once on its first use.

    The user of the user pool is deleted with the pool.

    Args:
        aws: The account and the Region.
        outputs: The outputs of the stack.
    """

    def __init__(self, aws: AwsWriteClient, outputs: Mapping[str, str]) -> None:
        self._aws = aws
        self._outputs = outputs
        self._lock = Lock()
        self._api_keys: dict[str, str] = {}
        self._tokens: Mapping[str, str] = {}

    def create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        """Return the headers to add to a request.

        Raises:
            CredentialError: AWS does not provide the credential.
        """
        try:
            # Cases overlap, and each credential is created once.
            with self._lock:
                return self._create_headers(credential, method, url, body)
        except (AwsAccessError, AwsCallError, LookupError) as error:
            reason = str(error).rstrip(".")
            raise CredentialError(f"AWS provides no {credential.value}: {reason}.") from error

    def _create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        if credential is Credential.API_KEY:
            return {"x-api-key": self._read_api_key(stack_outputs.API_KEY_ID)}
        if credential is Credential.QUOTA_API_KEY:
            return {"x-api-key": self._read_api_key(stack_outputs.QUOTA_API_KEY_ID)}
        if credential is Credential.COGNITO:
            return {"Authorization": self._create_token("IdToken")}
        if credential is Credential.COGNITO_ACCESS:
            return {"Authorization": self._create_token("AccessToken")}
        if credential is Credential.JWT:
            return {"Authorization": f"Bearer {self._create_token('IdToken')}"}
        if credential is Credential.LAMBDA:
            return {"Authorization": "allow", "X-Token": "allow"}
        if credential is Credential.IAM:
            access_key, secret_key, session_token = self._aws.get_access_key()
            key = SigningKey(
                access_key=access_key, secret_key=secret_key, session_token=session_token
            )
            return create_signature_headers(key, self._aws.region, method, url, body)
        return {}

    def _read_api_key(self, output: str) -> str:
        if output not in self._api_keys:
            response = self._aws.call(
                "apigateway", "get_api_key", apiKey=self._outputs[output], includeValue=True
            )
            self._api_keys[output] = str(response["value"])
        return self._api_keys[output]

    def _create_token(self, name: str) -> str:
        if not self._tokens:
            self._tokens = self._sign_in()
        return self._tokens[name]

    def _sign_in(self) -> Mapping[str, str]:
        """Create a user in the user pool and return its tokens. They are valid for one hour."""
        pool = self._outputs[stack_outputs.USER_POOL_ID]
        client = self._outputs[stack_outputs.USER_POOL_CLIENT_ID]
        # The default policy of a pool asks for each kind of character.
        password = f"{secrets.token_urlsafe(24)}aA1!"
        self._aws.change(
            "cognito-idp",
            "admin_create_user",
            UserPoolId=pool,
            Username=_USER,
            MessageAction="SUPPRESS",
        )
        self._aws.change(
            "cognito-idp",
            "admin_set_user_password",
            UserPoolId=pool,
            Username=_USER,
            Password=password,
            Permanent=True,
        )
        response = self._aws.change(
            "cognito-idp",
            "admin_initiate_auth",
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": _USER, "PASSWORD": password},
        )
        tokens: Mapping[str, str] = response["AuthenticationResult"]
        return tokens

"""`AWS_IAM`: requests signed with the credentials of this machine may pass.

https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from __future__ import annotations

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import location_of
from streaming_construct.local.gateway.authorizers.sigv4 import (
    Credentials,
    SignatureError,
    check_signature,
)
from streaming_construct.local.gateway.context import (
    AuthorizerResult,
    GatewayResponseError,
    RequestContext,
)
from streaming_construct.local.gateway.router import Match
from streaming_construct.model.api import ApiModel


class IamAuthorizer:
    """Checks signatures; whoever signs is a user that may call everything.

    Raises:
        ImportError: botocore is not installed.
    """

    def __init__(self, api: ApiModel) -> None:
        import botocore.auth  # noqa: F401 - signatures are checked with it, later

        self.credentials = Credentials.of(api.id)
        home = location_of(api)
        user = f"AIDALOCAL{self.credentials.access_key[9:]}"
        self._identity = {
            "accessKey": self.credentials.access_key,
            "accountId": home.account,
            "caller": user,
            "user": user,
            "userArn": f"arn:{home.partition}:iam::{home.account}:user/local",
        }

    async def authorize(self, call: RequestContext, match: Match) -> None:  # noqa: ARG002 - as others do
        """Let a call pass whose signature is right, and note whose it is.

        Raises:
            Refused: It is not.
        """
        try:
            check_signature(call.request, call.body, self.credentials)
        except SignatureError as error:
            message = str(error)
            if message == gateway_responses.MISSING_AUTHENTICATION_TOKEN.message:
                raise GatewayResponseError(
                    gateway_responses.MISSING_AUTHENTICATION_TOKEN, "it is not signed"
                ) from error
            raise GatewayResponseError(gateway_responses.bad_signature(message)) from error
        call.authorizer_result = AuthorizerResult(identity=self._identity)

"""`AWS_IAM`: requests signed with the credentials of this machine may pass.

https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from __future__ import annotations

from streaming_construct.knowledge.model import ApiModel
from streaming_construct.local import gateway_response as own
from streaming_construct.local.call import Call, Refused
from streaming_construct.local.grant import Grant
from streaming_construct.local.home import home_of
from streaming_construct.local.routing import Match
from streaming_construct.local.signature import Credentials, SignatureError, check_signature


class IamAuthorizer:
    """Checks signatures; whoever signs is a user that may call everything.

    Raises:
        ImportError: botocore is not installed.
    """

    def __init__(self, api: ApiModel) -> None:
        import botocore.auth  # noqa: F401 - signatures are checked with it, later

        self.credentials = Credentials.of(api.id)
        home = home_of(api)
        user = f"AIDALOCAL{self.credentials.access_key[9:]}"
        self._identity = {
            "accessKey": self.credentials.access_key,
            "accountId": home.account,
            "caller": user,
            "user": user,
            "userArn": f"arn:{home.partition}:iam::{home.account}:user/local",
        }

    async def authorize(self, call: Call, match: Match) -> None:  # noqa: ARG002 - as others do
        """Let a call pass whose signature is right, and note whose it is.

        Raises:
            Refused: It is not.
        """
        try:
            check_signature(call.request, call.body, self.credentials)
        except SignatureError as error:
            message = str(error)
            if message == own.MISSING_AUTHENTICATION_TOKEN.message:
                raise Refused(own.MISSING_AUTHENTICATION_TOKEN, "it is not signed") from error
            raise Refused(own.bad_signature(message)) from error
        call.grant = Grant(identity=self._identity)

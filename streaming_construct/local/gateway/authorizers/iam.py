"""`AWS_IAM` authorization: clients pass with a signature by the local credentials.

https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from __future__ import annotations

import asyncio

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import find_location
from streaming_construct.local.gateway.authorizers.sigv4 import (
    Credentials,
    SignatureError,
    check_signature,
)
from streaming_construct.local.gateway.context import AuthorizerResult, RequestContext
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.workers.worker_pool import LARGE_BYTES
from streaming_construct.model.api import ApiModel


class IamAuthorizer:
    """Checks signatures; a client with a valid signature may call all methods.

    `authorize` requires botocore.
    """

    def __init__(self, api: ApiModel) -> None:
        self.credentials = Credentials.from_name(api.id)
        location = find_location(api)
        self._region = location.region
        user = f"AIDALOCAL{self.credentials.access_key[9:]}"
        self._identity = {
            "accessKey": self.credentials.access_key,
            "accountId": location.account,
            "caller": user,
            "user": user,
            "userArn": f"arn:{location.partition}:iam::{location.account}:user/local",
        }

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Return the user of the credentials; the signature covers the body.

        Raises:
            GatewayResponseError: The signature is missing or not valid.
        """
        body = await context.read_body()
        arguments = (context.request, body, self.credentials, self._region)
        try:
            if len(body) < LARGE_BYTES:
                check_signature(*arguments)
            else:  # hashing leaves the interpreter to other threads
                await asyncio.to_thread(check_signature, *arguments)
        except SignatureError as error:
            message = str(error)
            if message == gateway_responses.MISSING_AUTHENTICATION_TOKEN.message:
                raise GatewayResponseError(
                    gateway_responses.MISSING_AUTHENTICATION_TOKEN, "the request has no signature"
                ) from error
            raise GatewayResponseError(
                gateway_responses.create_invalid_signature_response(message)
            ) from error
        return AuthorizerResult(identity=self._identity)

"""The API's resource policy, as far as it goes by the caller's address.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import method_arn
from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyDecision,
    PolicyError,
    evaluate_policy,
)
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.templates.stacks.unresolved import unresolved_reasons

# These may allow what the policy does not mention; a user pool's token alone does not.
_INDEPENDENT_AUTHORIZERS: Final = frozenset(
    {AuthorizerType.TOKEN, AuthorizerType.REQUEST, AuthorizerType.IAM}
)
_ANY_ADDRESS: Final = "127.0.0.1"
_ABBREVIATED: Final = '"execute-api:/'


class ResourcePolicy:
    """Enforces the policy for callers that are said to come from an address."""

    def __init__(self, api: ApiModel, source_ip: str | None) -> None:
        self._api = api
        self._source_ip = source_ip
        self._not_enforced: str | None = None
        self._policy: object = None
        if api.resource_policy is None:
            return
        self._not_enforced = self._cannot_be_enforced()
        self._policy = None if self._not_enforced else self._expanded_policy()

    def admit(self, call: RequestContext, authorizer: Authorizer | None) -> None:
        """Let a call pass, or leave it to the authorizer.

        Raises:
            Refused: The policy denies it, or nothing allows it.
        """
        if self._policy is None:
            return
        arn = method_arn(self._api, call.request.method, call.request.path)
        verdict = evaluate_policy(self._policy, arn, source_ip=self._source_ip)
        if verdict is PolicyDecision.DENIED:
            raise GatewayResponseError(
                gateway_responses.denied_by_policy(arn), f"the resource policy denies {arn}"
            )
        decides = authorizer is not None and authorizer.type in _INDEPENDENT_AUTHORIZERS
        if verdict is PolicyDecision.NOT_MENTIONED and not decides:
            why = f"the resource policy does not allow {arn}"
            raise GatewayResponseError(
                gateway_responses.denied_by_policy(arn, explicitly=False), why
            )

    def hints(self) -> Iterator[str]:
        """Yield a line where there is a policy and it is not enforced."""
        if self._not_enforced is not None:
            yield f"not enforced here: the resource policy: {self._not_enforced}"

    def _cannot_be_enforced(self) -> str | None:
        if unknown := next(unresolved_reasons(self._api.resource_policy), None):
            return unknown
        try:
            evaluate_policy(
                self._expanded_policy(), method_arn(self._api, "GET", "/"), source_ip=_ANY_ADDRESS
            )
        except PolicyError as error:
            return str(error)
        if self._source_ip is None:
            return "callers come from this machine; --source-ip ADDRESS tries it out"
        return None

    def _expanded_policy(self) -> object:
        """Return the policy with the API in place of `execute-api:/`, as API Gateway saves it."""
        start = method_arn(self._api, "", "").partition("/")[0]
        text = json.dumps(self._api.resource_policy)
        return json.loads(text.replace(_ABBREVIATED, f'"{start}/'))

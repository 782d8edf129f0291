"""The conditions of an API's resource policy on the client address.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import json
from typing import Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import build_method_arn
from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyDecision,
    PolicyError,
    evaluate_policy,
)
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.templates.stacks.unresolved import list_unresolved_reasons

# These may allow a request that the policy does not mention; a user pool token may not.
_INDEPENDENT_AUTHORIZERS: Final = frozenset(
    {AuthorizerType.TOKEN, AuthorizerType.REQUEST, AuthorizerType.IAM}
)
_ANY_ADDRESS: Final = "127.0.0.1"
_ABBREVIATED: Final = '"execute-api:/'


class ResourcePolicyEvaluator:
    """Enforces the resource policy for clients at `source_ip`."""

    def __init__(self, api: ApiModel, source_ip: str | None) -> None:
        self._api = api
        self._source_ip = source_ip
        is_enforced = api.resource_policy is not None and not find_not_enforced_reason(
            api, source_ip
        )
        self._policy = _expand_policy(api) if is_enforced else None

    @property
    def is_enforced(self) -> bool:
        """Whether the API has a policy that can be evaluated."""
        return self._policy is not None

    def evaluate(self, request: GatewayRequest, authorizer: Authorizer | None) -> None:
        """Check that the policy allows a request, or leaves the decision to the authorizer.

        Raises:
            GatewayResponseError: The policy denies the request or does not allow it.
        """
        if self._policy is None:
            return
        arn = build_method_arn(self._api, request.method, request.path)
        decision = evaluate_policy(self._policy, arn, source_ip=self._source_ip)
        if decision is PolicyDecision.DENIED:
            raise GatewayResponseError(
                gateway_responses.create_policy_denial_response(arn),
                f"the resource policy denies {arn}",
            )
        is_delegated = authorizer is not None and authorizer.type in _INDEPENDENT_AUTHORIZERS
        if decision is PolicyDecision.NOT_MENTIONED and not is_delegated:
            raise GatewayResponseError(
                gateway_responses.create_policy_denial_response(arn, is_explicit=False),
                f"the resource policy does not allow {arn}",
            )


def find_not_enforced_reason(api: ApiModel, source_ip: str | None) -> str | None:
    """Return why the resource policy of an API is not enforced; None if it is, or has none."""
    if api.resource_policy is None:
        return None
    if unresolved := next(list_unresolved_reasons(api.resource_policy), None):
        return unresolved
    try:
        evaluate_policy(
            _expand_policy(api), build_method_arn(api, "GET", "/"), source_ip=_ANY_ADDRESS
        )
    except PolicyError as error:
        return str(error)
    if source_ip is None:
        return "clients connect from this machine. Pass --source-ip ADDRESS to enforce it."
    return None


def _expand_policy(api: ApiModel) -> object:
    """Return the policy with the API's ARN for `execute-api:/`, as API Gateway stores it."""
    api_arn = build_method_arn(api, "", "").partition("/")[0]
    text = json.dumps(api.resource_policy)
    return json.loads(text.replace(_ABBREVIATED, f'"{api_arn}/'))

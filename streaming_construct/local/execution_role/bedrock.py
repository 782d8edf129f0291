"""The permissions of calls of Amazon Bedrock's runtime.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.local.execution_role.aws_call import (
    AwsCall,
    SignedRequest,
    create_permission,
)
from streaming_construct.local.execution_role.policy_evaluation import Permission

_MODEL_PATH: Final = re.compile(r"/model/(?P<model>.+)/(?P<operation>[a-z-]+)")
_GUARDRAIL_PATH: Final = re.compile(r"/guardrail/(?P<guardrail>.+)/version/[^/]+/apply")
_ACTIONS: Final[Mapping[str, str]] = {
    "converse": "bedrock:InvokeModel",
    "converse-stream": "bedrock:InvokeModelWithResponseStream",
    "count-tokens": "bedrock:CountTokens",
    "invoke": "bedrock:InvokeModel",
    "invoke-with-response-stream": "bedrock:InvokeModelWithResponseStream",
}
# The id of an inference profile is a geography and the id of a model.
_PROFILE: Final = re.compile(r"(?:global|us|us-gov|eu|apac|au|ca|jp)\.(?P<model>[a-z0-9-]+\..+)")


def read_bedrock_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request."""
    if match := _GUARDRAIL_PATH.fullmatch(request.path):
        guardrail = request.resolve_name(match["guardrail"]) or ""
        arn = (
            guardrail
            if guardrail.startswith("arn:")
            else request.build_arn(f"guardrail/{guardrail}")
        )
        action = "bedrock:ApplyGuardrail"
        return AwsCall(operation=action, permissions=(create_permission(action, arn),))
    match = _MODEL_PATH.fullmatch(request.path)
    known_action = _ACTIONS.get(match["operation"]) if match else None
    if match is None or known_action is None:
        return AwsCall(
            operation=f"bedrock:{request.method} {request.path}",
            not_evaluated="only calls of models and guardrails are evaluated",
        )
    model = request.resolve_name(match["model"]) or ""
    return AwsCall(
        operation=known_action, permissions=tuple(_list_permissions(request, known_action, model))
    )


def _list_permissions(request: SignedRequest, action: str, model: str) -> Iterator[Permission]:
    """Yield the permission for a model; through a profile, for both.

    A profile sends requests to several Regions. The check requires only the model of the function's
    Region.
    """
    if model.startswith("arn:"):
        yield create_permission(action, model)
        return
    profile = _PROFILE.fullmatch(model)
    if profile is not None:
        yield create_permission(action, request.build_arn(f"inference-profile/{model}"))
        model = profile["model"]
    yield create_permission(action, request.build_arn(f"foundation-model/{model}", account=""))

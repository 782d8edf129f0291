"""Reads the permissions that a call requires, for the services that are evaluated.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from streaming_construct.local.execution_role.aws_call import AwsCall, SignedRequest
from streaming_construct.local.execution_role.bedrock import read_bedrock_call
from streaming_construct.local.execution_role.dynamodb import read_dynamodb_call
from streaming_construct.local.execution_role.named_resources import (
    read_secrets_manager_call,
    read_sns_call,
    read_sqs_call,
    read_ssm_call,
    read_sts_call,
)
from streaming_construct.local.execution_role.policy_evaluation import Permission
from streaming_construct.local.execution_role.s3 import read_s3_call

_READERS: Final[Mapping[str, Callable[[SignedRequest], AwsCall]]] = {
    "bedrock": read_bedrock_call,
    "dynamodb": read_dynamodb_call,
    "s3": read_s3_call,
    "secretsmanager": read_secrets_manager_call,
    "sns": read_sns_call,
    "sqs": read_sqs_call,
    "ssm": read_ssm_call,
    "sts": read_sts_call,
}


def read_call(request: SignedRequest, role_arn: str) -> AwsCall:
    """Return the call of a request, with the permissions that it requires."""
    service = request.scope.service
    reader = _READERS.get(service)
    if reader is None:
        operation = request.operation or f"{request.method} {request.path}"
        return AwsCall(
            operation=f"{service}:{operation}",
            not_evaluated=f"the service {service} is not evaluated",
        )
    call = reader(request)
    context = {
        "aws:requestedregion": (request.scope.region,),
        "aws:securetransport": ("true",),
        "aws:principalarn": (role_arn,),
        "aws:principalaccount": (request.account,),
        "aws:principaltype": ("AssumedRole",),
        "aws:principalisawsservice": ("false",),
        "aws:viaawsservice": ("false",),
    }
    return dataclasses.replace(
        call,
        permissions=tuple(_add_context(required, context) for required in call.permissions),
    )


def _add_context(required: Permission, context: Mapping[str, tuple[str, ...]]) -> Permission:
    account = required.resources[0].split(":")[4:5]
    owner = {"aws:resourceaccount": tuple(account)} if account and account[0].isdecimal() else {}
    return dataclasses.replace(required, context={**context, **owner, **required.context})

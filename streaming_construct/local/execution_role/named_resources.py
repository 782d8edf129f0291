"""The permissions of calls of SQS, SNS, Secrets Manager, Systems Manager and STS.

Their requests name a resource in a parameter.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

import re
from typing import Final

from streaming_construct.local.execution_role.aws_call import (
    AwsCall,
    SignedRequest,
    create_permission,
)

# AWS adds a hyphen and six characters to the name of a secret.
_SECRET_SUFFIX: Final = "-AbCdEf"  # noqa: S105 - a part of an ARN
_SECRET_WITH_SUFFIX: Final = re.compile(r".*-[A-Za-z0-9]{6}")
_QUEUE_URL: Final = re.compile(r"https?://[^/]+/(?P<account>[^/]+)/(?P<name>[^/?]+)")
_EMULATED_ACCOUNT: Final = "000000000000"


def read_sqs_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request of Amazon SQS."""
    # A batch requires the permission for one message.
    action = f"sqs:{(request.operation or '?').removesuffix('Batch')}"
    if action == "sqs:ListQueues":
        return AwsCall(operation=action, permissions=(create_permission(action),))
    parameters = request.parameters
    url = parameters.get("QueueUrl")
    # Older SDKs send the request to the URL of the queue.
    if not isinstance(url, str) and request.path.count("/") > 1:
        url = f"http://queue{request.path}"
    name = request.resolve_name(url) or request.resolve_name(parameters.get("QueueName"))
    return _create_call(action, _build_queue_arn(request, name) if name else None)


def _build_queue_arn(request: SignedRequest, name: str) -> str:
    match = _QUEUE_URL.match(name)
    if match is None:
        return request.build_arn(request.resolve_name(name.rpartition("/")[2]) or name)
    queue = request.resolve_name(match["name"]) or match["name"]
    is_other_account = match["account"].isdecimal() and match["account"] != _EMULATED_ACCOUNT
    return request.build_arn(queue, account=match["account"] if is_other_account else None)


def read_sns_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request of Amazon SNS."""
    action = f"sns:{(request.operation or '?').removesuffix('Batch')}"
    parameters = request.parameters
    if "PhoneNumber" in parameters or action.startswith("sns:List"):
        return AwsCall(operation=action, permissions=(create_permission(action),))
    arn = request.resolve_name(parameters.get("TopicArn") or parameters.get("TargetArn"))
    if arn is None and (name := request.resolve_name(parameters.get("Name"))):
        arn = request.build_arn(name)
    return _create_call(action, _build_account_arn(request, arn))


def read_secrets_manager_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request of AWS Secrets Manager."""
    operation = request.operation or "?"
    action = f"secretsmanager:{operation}"
    parameters = request.parameters
    if operation in ("GetRandomPassword", "ListSecrets"):
        return AwsCall(operation=action, permissions=(create_permission(action),))
    if operation == "BatchGetSecretValue":
        secret_ids = parameters.get("SecretIdList")
        secrets = (
            [_build_secret_arns(request, name) for name in secret_ids if isinstance(name, str)]
            if (isinstance(secret_ids, list))
            else []
        )
        value = (create_permission("secretsmanager:GetSecretValue", *arns) for arns in secrets)
        return AwsCall(
            operation=action,
            permissions=(create_permission(action), *value),
            not_evaluated=None if secrets else "the secrets are not known",
        )
    name = parameters.get("SecretId") or parameters.get("Name")
    arns = _build_secret_arns(request, name) if isinstance(name, str) else ()
    return _create_call(action, *arns)


def _build_secret_arns(request: SignedRequest, secret: str) -> tuple[str, ...]:
    """Return the ARN of a secret, and the ARN with the suffix that AWS gives it."""
    name = request.resolve_name(secret) or secret
    arn = _build_account_arn(request, name) if name.startswith("arn:") else None
    arn = arn or request.build_arn(f"secret:{name}")
    return (arn,) if _SECRET_WITH_SUFFIX.fullmatch(arn) else (arn, arn + _SECRET_SUFFIX)


def read_ssm_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request of AWS Systems Manager, for the Parameter Store."""
    operation = request.operation or "?"
    action = f"ssm:{operation}"
    parameters = request.parameters
    if operation == "DescribeParameters":
        return AwsCall(operation=action, permissions=(create_permission(action),))
    if "Parameter" not in operation:
        return AwsCall(operation=action, not_evaluated="only the Parameter Store is evaluated")
    names = parameters.get("Names")
    parameter_names = (
        names if isinstance(names, list) else [parameters.get("Name") or parameters.get("Path")]
    )
    arns = [
        _build_parameter_arns(request, name) for name in parameter_names if isinstance(name, str)
    ]
    if not arns:
        return _create_call(action)
    return AwsCall(
        operation=action,
        permissions=tuple(create_permission(action, *candidates) for candidates in arns),
    )


def _build_parameter_arns(request: SignedRequest, parameter: str) -> tuple[str, ...]:
    name = request.resolve_name(parameter) or parameter
    if name.startswith("arn:"):
        return (name,)
    # A name can end with `:` and a version or a label.
    return (request.build_arn(f"parameter/{name.partition(':')[0].lstrip('/')}"),)


def read_sts_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request of AWS STS."""
    operation = request.operation or "?"
    action = f"sts:{operation}"
    # AWS requires no permission for them.
    if operation in ("GetCallerIdentity", "GetSessionToken"):
        return AwsCall(operation=action)
    return _create_call(action, request.resolve_name(request.parameters.get("RoleArn")))


def _build_account_arn(request: SignedRequest, arn: str | None) -> str | None:
    """Return an ARN of an emulator's account as one of the account of the function."""
    if arn is None:
        return None
    return arn.replace(f":{_EMULATED_ACCOUNT}:", f":{request.account}:")


def _create_call(action: str, *resources: str | None) -> AwsCall:
    known_resources = [resource for resource in resources if resource is not None]
    if not known_resources:
        return AwsCall(operation=action, not_evaluated="the resource is not known")
    return AwsCall(operation=action, permissions=(create_permission(action, *known_resources),))

"""The reader of `x-amazon-apigateway-integration`, which returns an `Integration`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from streaming_construct.aws.function_arn import FunctionArn, parse_function_arn
from streaming_construct.aws.integration_uri import (
    IntegrationUri,
    TransferMode,
    parse_integration_uri,
)
from streaming_construct.aws.tenant_isolation import TENANT_ID_PARAMETER
from streaming_construct.model.integrations import Integration
from streaming_construct.templates.reader.functions import LambdaFunctions
from streaming_construct.templates.reader.openapi_body import mapped_response
from streaming_construct.templates.resolver.intrinsic_functions import to_string
from streaming_construct.templates.stacks.coercion import as_mapping, as_number
from streaming_construct.templates.stacks.unresolved import Unresolved

_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")


def read_integration(
    declared: object, functions: LambdaFunctions, stage_variables: Mapping[str, str]
) -> Integration:
    """Read an integration; what keeps it from being served is in its `unresolved`."""
    if not isinstance(declared, Mapping):
        return Integration(
            type="none", unresolved={"Integration": str(declared or "it has no integration")}
        )
    unresolved = {
        cloudformation_name(name): str(declared[name])
        for name in ("type", "uri", "responseTransferMode", "timeoutInMillis")
        if isinstance(declared.get(name), Unresolved)
    }
    kind = to_string(declared.get("type")).lower()
    mode = _transfer_mode(declared.get("responseTransferMode"), unresolved)
    timeout = _timeout(declared.get("timeoutInMillis"), unresolved)
    uri = _string(declared.get("uri"))
    arn: FunctionArn | None = None
    function: str | None = None
    if kind == "aws_proxy" and uri is not None:
        uri = _STAGE_VARIABLE.sub(lambda match: stage_variables.get(match[1], ""), uri)
        parsed = parse_integration_uri(uri)
        arn = parse_function_arn(parsed.function_arn) if parsed else None
        found = functions.find(arn.name) if arn else None
        function = found.id if found else None
        unresolved |= _unsupported_reasons(uri, parsed, arn, function, mode)
    elif kind == "aws_proxy" and not isinstance(declared.get("uri"), Unresolved):
        unresolved["Uri"] = f"it is not a string: {declared.get('uri')}"
    elif kind not in {"aws_proxy", "mock"}:
        unresolved.setdefault("Type", f"integrations of type {kind} are not served locally")
    return Integration(
        type=kind,
        transfer_mode=mode,
        uri=uri,
        function=function,
        qualifier=arn.qualifier if arn else None,
        credentials=_credentials(declared.get("credentials")),
        timeout_ms=timeout,
        invalid_transfer_mode=_unknown_mode(declared.get("responseTransferMode")),
        content_handling=_string(declared.get("contentHandling")),
        tenant_id=_tenant_id(declared.get("requestParameters"), unresolved),
        request_templates=dict(as_mapping(declared.get("requestTemplates"))),
        responses={
            pattern: mapped_response(response)
            for pattern, response in as_mapping(declared.get("responses")).items()
        },
        unresolved=unresolved,
    )


def _unsupported_reasons(
    uri: str,
    parsed: IntegrationUri | None,
    arn: FunctionArn | None,
    function: str | None,
    mode: TransferMode,
) -> dict[str, str]:
    if parsed is None or arn is None:
        return {"Uri": f"{uri} is not the URI of a Lambda function's invocation"}
    if function is None:
        return {"Uri": f"function {arn.name} is not declared in this assembly"}
    if parsed.transfer_mode is not mode:
        needed = IntegrationUri(
            partition=parsed.partition,
            region=parsed.region,
            function_arn=parsed.function_arn,
            transfer_mode=mode,
        )
        action = str(needed).rsplit("/", 1)[-1]
        return {
            "ResponseTransferMode": (
                f"{mode.value} needs a uri that ends in /{action}: "
                "API Gateway does not support this pair"
            )
        }
    return {}


def _transfer_mode(value: object, unresolved: dict[str, str]) -> TransferMode:
    if isinstance(value, str) and value in TransferMode.__members__:
        return TransferMode[value]
    if value is not None and not isinstance(value, Unresolved):
        known = " or ".join(TransferMode.__members__)
        unresolved["ResponseTransferMode"] = f"it is {value!r}: API Gateway takes {known}"
    return TransferMode.BUFFERED


def _unknown_mode(value: object) -> str | None:
    if value is None or isinstance(value, Unresolved) or str(value) in TransferMode.__members__:
        return None
    return str(value)


def _credentials(value: object) -> str | None:
    """Return the role's ARN, or `"?"` where there is one that cannot be known."""
    return "?" if isinstance(value, Unresolved) else _string(value)


def _tenant_id(parameters: object, unresolved: dict[str, str]) -> str | None:
    """Return the mapping expression of the tenant's id; header names have no case."""
    if isinstance(parameters, Unresolved):
        unresolved["RequestParameters"] = str(parameters)
    for name, expression in as_mapping(parameters).items():
        if name.lower() == TENANT_ID_PARAMETER.lower():
            if isinstance(expression, Unresolved):
                unresolved[f"RequestParameters.{name}"] = str(expression)
            return to_string(expression)
    return None


def _timeout(value: object, unresolved: dict[str, str]) -> int | None:
    milliseconds = as_number(value)
    if milliseconds is not None:
        return int(milliseconds)
    if value is not None and not isinstance(value, Unresolved):
        unresolved["TimeoutInMillis"] = f"it is not a number: {value!r}"
    return None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def cloudformation_name(member: str) -> str:
    """Return the CloudFormation property of a member of an API Gateway extension to OpenAPI."""
    return member[:1].upper() + member[1:]

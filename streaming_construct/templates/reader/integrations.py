"""The reader of `x-amazon-apigateway-integration`, which returns an `Integration`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from streaming_construct.aws.function_arn import FunctionArn, parse_function_arn
from streaming_construct.aws.integration_uri import TransferMode, parse_integration_uri
from streaming_construct.aws.tenant_isolation import TENANT_ID_PARAMETER
from streaming_construct.aws.unknown_values import is_another_case
from streaming_construct.model.api import Stage
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.openapi_body import read_mapped_response
from streaming_construct.templates.reader.unknown_elements import find_unknown_integration_elements
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import (
    as_mapping,
    as_number,
    as_string,
    to_string,
)
from streaming_construct.templates.stacks.openapi_file import PLACEHOLDER
from streaming_construct.templates.stacks.stack import SourceKind, Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

_SAM_STREAM: Final = "RESPONSE_STREAM"
_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
_RESOLVED_MEMBERS: Final = (
    "type",
    "uri",
    "responseTransferMode",
    "timeoutInMillis",
    "contentHandling",
    "responses",
    "httpMethod",
    "connectionType",
    "connectionId",
)


def read_integration(
    declared: object,
    functions: LambdaFunctions,
    stage: Stage | None = None,
    *,
    misplaced_members: tuple[str, ...] = (),
    unknown: Mapping[str, str] | None = None,
) -> Integration:
    """Read an integration.

    `unresolved` of the result has the members that are unknown or not served locally.

    Args:
        declared: The integration with the keys of `x-amazon-apigateway-integration`; None if the
            method has none.
        functions: The functions that it can invoke.
        stage: The stage that has the stage variables. Default: none are known.
        misplaced_members: Members of an integration that are declared next to it instead of in it.
        unknown: Elements of the method that are not known. Default: none.
    """
    if isinstance(declared, Unresolved):
        reasons = {"Integration": str(declared)}
        return Integration(type="none", unresolved=reasons, unknown=unknown or {})
    if not isinstance(declared, Mapping) or not declared:
        return Integration(
            type="none",
            is_complete=True,
            misplaced_members=misplaced_members,
            unknown=unknown or {},
        )
    return _read_declared_integration(declared, functions, stage, misplaced_members, unknown or {})


def _read_declared_integration(
    declared: Mapping[str, Any],
    functions: LambdaFunctions,
    stage: Stage | None,
    misplaced_members: tuple[str, ...],
    unknown: Mapping[str, str],
) -> Integration:
    invalid_mode = _find_rejected_mode(declared.get("responseTransferMode"))
    unknown = {**unknown, **find_unknown_integration_elements(declared)}
    if invalid_mode is not None:
        unknown.pop("ResponseTransferMode", None)
    unresolved = _find_unresolved_members(declared)
    kind = "none" if "Type" in unresolved else to_string(declared.get("type")).lower()
    uri, missing_variables = _read_uri(declared.get("uri"), stage, unresolved)
    arn: FunctionArn | None = None
    function: str | None = None
    if kind == "aws_proxy" and uri is not None and not missing_variables:
        arn, function = _find_lambda_target(uri, functions, unresolved)
    elif kind not in {"aws_proxy", "mock", "none"} and "Type" not in unknown:
        unresolved.setdefault("Type", f"integrations of type {kind} are not served locally")
    if stage:
        missing_variables += tuple(_list_other_missing_variables(declared, stage))
    parameters = declared.get("requestParameters")
    timeout = declared.get("timeoutInMillis")
    timeout_ms, invalid = _read_timeout(timeout)
    unresolved |= invalid
    return Integration(
        type=kind,
        transfer_mode=_read_transfer_mode(declared.get("responseTransferMode"), uri),
        uri=uri,
        function=function,
        qualifier=arn.qualifier if arn else None,
        credentials=_read_credentials(declared.get("credentials")),
        timeout_ms=timeout_ms,
        invalid_timeout=repr(timeout) if "TimeoutInMillis" in invalid else None,
        http_method=as_string(declared.get("httpMethod")),
        connection_type=as_string(declared.get("connectionType")),
        connection_id=as_string(declared.get("connectionId")),
        request_parameters={
            name: to_string(expression) for name, expression in as_mapping(parameters).items()
        },
        is_complete=True,
        missing_stage_variables=tuple(dict.fromkeys(missing_variables)),
        misplaced_members=misplaced_members,
        invalid_transfer_mode=invalid_mode,
        content_handling=as_string(declared.get("contentHandling")),
        tenant_id=_read_tenant_id(parameters, unresolved),
        request_templates=dict(as_mapping(declared.get("requestTemplates"))),
        responses=_read_responses(declared),
        unresolved=unresolved,
        unknown=unknown,
    )


def _find_unresolved_members(declared: Mapping[str, Any]) -> dict[str, str]:
    return {
        get_cloudformation_name(name): str(declared[name])
        for name in _RESOLVED_MEMBERS
        if isinstance(declared.get(name), Unresolved)
    }


def _read_responses(declared: Mapping[str, Any]) -> dict[str, TemplatedResponse]:
    return {
        pattern: read_mapped_response(response)
        for pattern, response in as_mapping(declared.get("responses")).items()
    }


def _find_lambda_target(
    uri: str, functions: LambdaFunctions, unresolved: dict[str, str]
) -> tuple[FunctionArn | None, str | None]:
    """Return the ARN in a URI and the id of its function; `unresolved` gets the reason for None."""
    parsed = parse_integration_uri(uri)
    arn = parse_function_arn(parsed.function_arn) if parsed else None
    if arn is None:
        if PLACEHOLDER in uri:
            unresolved["Uri"] = f"{uri} is unknown"
        return None, None
    function = functions.find(arn.name)
    if function is None:
        unresolved["Uri"] = f"function {arn.name} is not declared in this assembly"
        return arn, None
    return arn, function.id


def _read_uri(
    value: object, stage: Stage | None, unresolved: dict[str, str]
) -> tuple[str | None, tuple[str, ...]]:
    """Return a URI with the stage variables in it, and the variables that the stage lacks."""
    if not isinstance(value, str):
        if value is not None and not isinstance(value, Unresolved):
            # CloudFormation resolves no function in a document that it reads from S3.
            return json.dumps(value), ()
        return None, ()
    variables = stage.variables if stage else {}
    missing = [name for name in _STAGE_VARIABLE.findall(value) if name not in variables]
    if missing and not (stage and stage.has_known_variables):
        unresolved["Uri"] = f"stage variable {missing[0]} is not known"
        return value, ()
    uri = _STAGE_VARIABLE.sub(lambda match: variables.get(match[1], ""), value)
    unknown = [name for name in missing if stage and name in stage.unresolved_variables]
    if unknown:
        unresolved["Uri"] = f"stage variable {unknown[0]} is not known"
        return uri, ()
    return uri, tuple(dict.fromkeys(missing))


def _list_other_missing_variables(declared: Mapping[str, Any], stage: Stage) -> Iterator[str]:
    """Yield the variables that the stage lacks, of the other members that can name one.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html
    """
    stage_variables = {*stage.variables, *stage.unresolved_variables}
    for member in ("connectionId", "credentials") if stage.has_known_variables else ():
        names = _STAGE_VARIABLE.findall(as_string(declared.get(member)) or "")
        yield from (name for name in names if name not in stage_variables)


def _read_transfer_mode(value: object, uri: str | None) -> TransferMode:
    """Return the transfer mode. If it is unresolved, it is the only one that the URI allows."""
    if isinstance(value, Unresolved):
        parsed = parse_integration_uri(uri or "")
        return parsed.transfer_mode if parsed else TransferMode.BUFFERED
    is_known = isinstance(value, str) and value in TransferMode.__members__
    return TransferMode[str(value)] if is_known else TransferMode.BUFFERED


def _find_rejected_mode(value: object) -> str | None:
    """Return a transfer mode that API Gateway is known to reject.

    That is a mode in another case, SAM's own value, or a value that is no text.
    """
    if value is None or isinstance(value, Unresolved):
        return None
    is_rejected = (
        not isinstance(value, str)
        or is_another_case(value, TransferMode.__members__)
        or value.upper() == _SAM_STREAM
    )
    return str(value) if is_rejected else None


def _read_credentials(value: object) -> str | None:
    """Return the ARN of the role, or `"?"` if it is not known."""
    return "?" if isinstance(value, Unresolved) else as_string(value)


def _read_tenant_id(parameters: object, unresolved: dict[str, str]) -> str | None:
    """Return the mapping expression of the tenant's id; header names have no case."""
    if isinstance(parameters, Unresolved):
        unresolved["RequestParameters"] = str(parameters)
    for name, expression in as_mapping(parameters).items():
        if name.lower() == TENANT_ID_PARAMETER.lower():
            if isinstance(expression, Unresolved):
                unresolved[f"RequestParameters.{name}"] = str(expression)
            return to_string(expression)
    return None


def _read_timeout(value: object) -> tuple[int | None, dict[str, str]]:
    """Return the timeout in milliseconds, and the reason why API Gateway rejects it."""
    milliseconds = as_number(value)
    if milliseconds is not None:
        return int(milliseconds), {}
    if value is None or isinstance(value, Unresolved):
        return None, {}
    return None, {"TimeoutInMillis": f"{value!r} is not a number"}


def get_cloudformation_name(member: str) -> str:
    """Return the CloudFormation property of a member of an API Gateway extension to OpenAPI."""
    return member[:1].upper() + member[1:]


def find_placeholder_region(origin: SourceLocation, resolvers: Sequence[Resolver]) -> str | None:
    """Return what stands for the Region in the URI of an operation; None if its Region is known."""
    stacks = (resolver.stack for resolver in resolvers)
    stack = next((stack for stack in stacks if str(stack.file) == origin.file), None)
    if stack is None or stack.has_known_region:
        return None  # An imported document has no references.
    uri = _find_declared_uri(origin, stack)
    return None if isinstance(uri, str) and "${" not in uri else stack.region


def _find_declared_uri(origin: SourceLocation, stack: Stack) -> object:
    """Return the URI of an operation before its functions are resolved."""
    is_document = stack.kind is SourceKind.OPENAPI
    written = stack.document.data if is_document and stack.document else stack.template
    pointer = origin.json_pointer
    if stack.kind is SourceKind.TERRAFORM:
        # The pointer is one into the plan, which has no resources of CloudFormation.
        below = pointer[pointer.index("Properties") :] if "Properties" in pointer else ()
        pointer = ("Resources", str(origin.logical_id), *below)
    for key in pointer:
        written = as_mapping(written.get(key))
    method = as_mapping(as_mapping(written.get("Properties")).get("Integration"))
    return written.get("uri", method.get("Uri"))

"""Rules on integrations: whether API Gateway can deploy them and send requests by them.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-method-integration.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
The Regions of a URI: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.aws.partitions import find_partition
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

INTEGRATION_MISSING: Final = Rule(
    id="integration-missing",
    severity=Severity.ERROR,
    title="Method without an integration",
    what=(
        "A method has no integration: the operation lacks `x-amazon-apigateway-integration`, or "
        "the method resource lacks `Integration`."
    ),
    why='API Gateway rejects the deployment: "No integration defined for method".',
    fix="Add an integration to the method, or remove the method.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    tags=frozenset({"integration", "lint", "doctor"}),
)

INTEGRATION_MEMBER_MISPLACED: Final = Rule(
    id="integration-member-misplaced",
    severity=Severity.ERROR,
    title="Integration settings outside the integration",
    what=(
        "`responseTransferMode` or another member of an integration stands beside the "
        "integration instead of in it."
    ),
    why=(
        "API Gateway ignores it there, and buffers the response. CloudFormation rejects such a "
        "property of a method resource."
    ),
    fix="Move it into `x-amazon-apigateway-integration` (in a method resource, `Integration`).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"integration", "synth", "lint"}),
)

INTEGRATION_URI_INVALID: Final = Rule(
    id="integration-uri-invalid",
    severity=Severity.ERROR,
    title="Invalid integration URI",
    what=(
        "An integration has no URI, or one that invokes nothing. Examples are the ARN of a "
        "function and an unresolved `${...}`. The URI of an HTTP integration must start with "
        "`http://` or `https://`."
    ),
    why="API Gateway rejects the integration, so the deployment fails.",
    fix=(
        "Write the invocation URI of the function: `arn:aws:apigateway:REGION:lambda:path/"
        "2021-11-15/functions/ARN/response-streaming-invocations` for a stream. In "
        "CloudFormation, put `Fn::Sub` around it."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

INTEGRATION_REGION_MISMATCH: Final = Rule(
    id="integration-region-mismatch",
    severity=Severity.ERROR,
    title="Integration URI of another Region",
    what=(
        "The URI of an integration invokes Lambda in another Region than that of the function. Or "
        "a partition in it is not that of the Region."
    ),
    why=(
        "The deployment fails: Lambda reaches functions of the same Region only, and the ARN of "
        "another partition is invalid. The API can be in another Region than both."
    ),
    fix="Write the Region and the partition of the function in both ARNs of the URI.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

INTEGRATION_HTTP_METHOD: Final = Rule(
    id="integration-http-method",
    severity=Severity.ERROR,
    title="Wrong HTTP method of the integration",
    what=(
        "The HTTP method of a Lambda integration is not `POST`, or an integration has none. It is "
        "the method of the request to the backend, not that of the route."
    ),
    why=(
        "Lambda accepts invocations by `POST` only, so API Gateway returns 500 for every request. "
        "Without a method, the deployment fails."
    ),
    fix=(
        "Set `httpMethod` (in a method resource `IntegrationHttpMethod`, in Terraform "
        "`integration_http_method`) to `POST`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

VPC_LINK_MISSING: Final = Rule(
    id="vpc-link-missing",
    severity=Severity.ERROR,
    title="Private integration without a VPC link",
    what="An integration has the connection type `VPC_LINK` and no connection id.",
    why="API Gateway rejects the integration, so the deployment fails.",
    fix="Set `connectionId` to the id of the VPC link.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-with-private-integration.html",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

PATH_PARAMETER_UNMAPPED: Final = Rule(
    id="path-parameter-unmapped",
    severity=Severity.ERROR,
    title="Path parameter without a mapping",
    what=(
        "The URI of an HTTP integration has a `{name}`, and no request parameter maps a value to "
        "`integration.request.path.name`."
    ),
    why=(
        "API Gateway keeps the braces as they are and returns 500 for every request: "
        '"Illegal character in path".'
    ),
    fix="Map `integration.request.path.name` from `method.request.path.name`.",
    source_url="https://repost.aws/knowledge-center/api-gateway-proxy-path-character-error",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

STAGE_VARIABLE_MISSING: Final = Rule(
    id="stage-variable-missing",
    severity=Severity.ERROR,
    title="Missing stage variable",
    what=(
        "The URI, VPC link or role of an integration refers to a stage variable that the stage "
        "does not have."
    ),
    why="API Gateway puts nothing in its place, and returns 500 for every request.",
    fix="Add the variable to the stage (`Variables`).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html",
    tags=frozenset({"integration", "lint", "doctor"}),
)

MOCK_BINARY_MEDIA_TYPE: Final = Rule(
    id="mock-binary-media-type",
    severity=Severity.WARNING,
    title="Mock integration receives binary requests",
    what=(
        "The API treats all media types as binary (`*/*`), and a mock integration, such as a "
        "preflight response, has no `contentHandling`."
    ),
    why=(
        "API Gateway cannot apply the request template to a binary request and returns 500, so "
        "that browsers block the page's requests."
    ),
    fix="Set `contentHandling` of the mock integration to `CONVERT_TO_TEXT`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html",
    tags=frozenset({"integration", "synth", "lint", "doctor"}),
)

REQUEST_FAILURES: Final = frozenset(
    {INTEGRATION_HTTP_METHOD, PATH_PARAMETER_UNMAPPED, STAGE_VARIABLE_MISSING}
    | {MOCK_BINARY_MEDIA_TYPE}
)
"""The rules whose routes AWS deploys, but whose requests all fail with a 500."""

_PATH_PARAMETER: Final = re.compile(r"(?<!\$)\{([^{}]+)\}")
_LAMBDA: Final = ":lambda:path/"
_REGION: Final = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
_HTTP: Final = ("http://", "https://")


def check_integrations(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each integration that AWS rejects or cannot invoke."""
    for route in declaration.api.routes:
        yield from check_route_integration(route, declaration.api)


def check_route_integration(route: Route, api: ApiModel) -> Iterator[Finding]:
    """Yield the errors of the integration of one route.

    The check skips an integration that was not read completely, or whose type is not known.
    """
    integration, subject = route.integration, Subject("route", str(route))
    if integration.misplaced_members:
        names = ", ".join(integration.misplaced_members)
        is_property = names[0].isupper()
        effect = "and CloudFormation rejects it" if is_property else "where API Gateway ignores it"
        yield INTEGRATION_MEMBER_MISPLACED.at(
            subject,
            f"{names} stands beside its integration, {effect}",
            location=route.origin,
        )
    if not integration.is_complete or "Type" in integration.unknown:
        return
    if integration.type == "none":
        if not integration.unresolved:
            yield INTEGRATION_MISSING.at(
                subject, "the method has no integration", location=route.origin
            )
        return
    if integration.missing_stage_variables:
        names = ", ".join(integration.missing_stage_variables)
        yield STAGE_VARIABLE_MISSING.at(
            subject,
            f"the integration names the stage variable {names}, which stage {api.stage.name} does "
            "not have",
            location=route.origin,
        )
    else:
        for problem, fix in _find_uri_problems(integration):
            yield INTEGRATION_URI_INVALID.at(subject, problem, fix=fix, location=route.origin)
        for problem, fix in _find_region_problems(integration):
            yield INTEGRATION_REGION_MISMATCH.at(
                subject, problem, fix=fix, location=route.origin, member="uri"
            )
    yield from _check_connection(route)
    if _is_receiving_binary(integration, api):
        yield MOCK_BINARY_MEDIA_TYPE.at(
            subject,
            "the mock integration has no contentHandling, and the API takes every request as "
            "binary (*/*)",
            location=route.origin,
        )


def _check_connection(route: Route) -> Iterator[Finding]:
    integration, subject = route.integration, Subject("route", str(route))
    for problem, fix in _find_http_method_problems(integration):
        yield INTEGRATION_HTTP_METHOD.at(
            subject, problem, fix=fix, location=route.origin, member="httpMethod"
        )
    for problem in _find_vpc_link_problems(integration):
        yield VPC_LINK_MISSING.at(subject, problem, location=route.origin)
    for name in _list_unmapped_path_parameters(integration):
        yield PATH_PARAMETER_UNMAPPED.at(
            subject,
            f"the uri has {{{name}}}, and nothing maps a value to integration.request.path.{name}",
            fix=f"Map integration.request.path.{name} from method.request.path.{name}.",
            location=route.origin,
        )


def _find_uri_problems(integration: Integration) -> Iterator[tuple[str, str | None]]:
    uri = integration.uri
    if integration.type == "mock" or "Uri" in integration.unresolved:
        return
    if uri is None:
        is_http = integration.type in {"http", "http_proxy"}
        yield "the integration has no uri", "Write the URL of the backend." if is_http else None
    elif integration.type == "aws_proxy" and ":firehose:" not in uri:
        yield from _find_function_uri_problems(uri)
    elif integration.type in {"http", "http_proxy"} and not uri.lower().startswith(_HTTP):
        yield f"the uri {uri!r} is no http or https URL", "Write the URL of the backend."


def _find_function_uri_problems(uri: str) -> Iterator[tuple[str, str | None]]:
    parsed = parse_integration_uri(uri)
    if parsed is not None and parse_function_arn(parsed.function_arn) is not None:
        return
    fix = None
    if uri.startswith("{"):
        fix = (
            "CloudFormation resolves no function in a document that it reads from S3. Put the "
            "document into the template, or include it with AWS::Include."
        )
    elif "${" in uri:
        fix = "Put Fn::Sub around it, so that CloudFormation replaces what is in ${...}."
    yield f"the uri {uri} is not the invocation URI of a Lambda function", fix


def _find_region_problems(integration: Integration) -> Iterator[tuple[str, str]]:
    """Yield why Lambda cannot be reached by the Regions and partitions of a URI.

    The check skips a Region or partition that may come from the placeholder.
    """
    uri = parse_integration_uri(integration.uri or "")
    arn = parse_function_arn(uri.function_arn) if uri else None
    if uri is None or arn is None or not all(map(_REGION.fullmatch, (uri.region, arn.region))):
        return
    placeholder = integration.placeholder_region
    if uri.region != arn.region:
        if placeholder not in {uri.region, arn.region}:
            yield (
                f"the uri invokes Lambda in {uri.region}, and the function is in {arn.region}",
                f"Write the Region of the function in both places of the uri: {arn.region}.",
            )
        return
    expected = find_partition(uri.region)
    placeholders = {find_partition(placeholder)} if placeholder else set()
    mismatches = {uri.partition, arn.partition} - {expected} - placeholders
    if mismatches and expected is not None and uri.region != placeholder:
        yield (
            f"the uri has the partition {min(mismatches)}, and {uri.region} is in {expected}",
            f"Write the partition {expected} in the uri, or `${{AWS::Partition}}` in Fn::Sub.",
        )


def _find_http_method_problems(integration: Integration) -> Iterator[tuple[str, str | None]]:
    if integration.type == "mock" or "HttpMethod" in integration.unresolved:
        return
    method = integration.http_method
    is_lambda = integration.type == "aws_proxy" or _LAMBDA in (integration.uri or "")
    if is_lambda and (method or "").upper() != "POST":
        problem = f"is {method}" if method else "is missing"
        yield (
            f"the httpMethod of the integration {problem}, and Lambda is invoked by POST only",
            None,
        )
    elif not is_lambda and not method:
        yield (
            "the integration has no httpMethod",
            "Set it to the method of the backend (in a method resource `IntegrationHttpMethod`).",
        )


def _find_vpc_link_problems(integration: Integration) -> Iterator[str]:
    is_known = not {"ConnectionType", "ConnectionId"} & integration.unresolved.keys()
    if integration.connection_type == "VPC_LINK" and is_known and not integration.connection_id:
        yield "the connection type is VPC_LINK, and there is no connection id"


def _list_unmapped_path_parameters(integration: Integration) -> Iterator[str]:
    if integration.type not in {"http", "http_proxy"} or integration.uri is None:
        return
    if "RequestParameters" in integration.unresolved or "Uri" in integration.unresolved:
        return
    for name in dict.fromkeys(_PATH_PARAMETER.findall(integration.uri)):
        if f"integration.request.path.{name}" not in integration.request_parameters:
            yield name


def _is_receiving_binary(integration: Integration, api: ApiModel) -> bool:
    return (
        integration.type == "mock"
        and bool(integration.request_templates)
        and "*/*" in api.binary_media_types
        and not integration.content_handling
        and "ContentHandling" not in integration.unresolved
    )

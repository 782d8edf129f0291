"""Read the REST and HTTP APIs of stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from streaming_construct.aws.known_values import REFUSED_METHODS
from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.aws.unknown_values import (
    is_another_case,
    unknown_operation_extensions,
    value_text,
)
from streaming_construct.documents.errors import SourceError
from streaming_construct.model.api import ApiModel, EndpointType, Route, Stage
from streaming_construct.model.declaration import (
    Declaration,
    Deployment,
    StageError,
    StageErrorKind,
)
from streaming_construct.model.functions import Function
from streaming_construct.model.http_api import HttpApi
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.template import Template
from streaming_construct.model.unknown_element import UnknownElement
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.templates.reader import method_resources, openapi_body
from streaming_construct.templates.reader.access_controls import (
    read_access_controls,
    read_resource_policy,
    read_unsupported_web_acls,
)
from streaming_construct.templates.reader.authorizers import Authorizers
from streaming_construct.templates.reader.deployments import (
    read_cloud_watch_role,
    read_deployment,
    read_missing_stages,
    read_stage_errors,
    read_unordered_references,
)
from streaming_construct.templates.reader.endpoint_types import declared_endpoint_type
from streaming_construct.templates.reader.http_apis import read_http_apis
from streaming_construct.templates.reader.integrations import read_integration
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.lambda_functions.permissions import read_roles
from streaming_construct.templates.reader.method_settings import MethodSettings
from streaming_construct.templates.reader.openapi_body import Operation
from streaming_construct.templates.reader.request_validators import RequestValidatorReader
from streaming_construct.templates.reader.selection import (
    REST_API,
    check_parameters,
    choose_api,
    choose_stack,
)
from streaming_construct.templates.reader.template_facts import read_template_facts
from streaming_construct.templates.reader.unknown_elements import (
    unknown_api_elements,
    unknown_document_elements,
    unknown_resources,
)
from streaming_construct.templates.reader.usage_plans import read_usage_plans
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.resolver.stack_resolvers import resolvers
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, as_number, to_string
from streaming_construct.templates.stacks.origin import origin_of
from streaming_construct.templates.stacks.stack import DEFAULT_ACCOUNT, SourceKind, Stack
from streaming_construct.templates.stacks.unresolved import Unresolved


def read_api(
    stacks: Sequence[Stack],
    *,
    stack: str | None = None,
    api: str | None = None,
    stage: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> ApiModel:
    """Read a REST API that can be served. The arguments are those of `read_declaration`.

    Raises:
        SourceError: There is no such API, or more than one. Or a problem keeps API Gateway from
            serving it.
    """
    return served_api(
        read_declaration(stacks, stack=stack, api=api, stage=stage, parameters=parameters)
    )


def served_api(declaration: Declaration) -> ApiModel:
    """Return the API of a declaration without problems.

    Raises:
        SourceError: The declaration has problems. The message has all of them.
    """
    if declaration.problems:
        raise SourceError("\n".join(declaration.problems))
    return declaration.api


def read_declaration(
    stacks: Sequence[Stack],
    *,
    stack: str | None = None,
    api: str | None = None,
    stage: str | None = None,
    parameters: Mapping[str, str] | None = None,
    imports: Mapping[str, str] | None = None,
) -> Declaration:
    """Read one REST API of an assembly, with its problems.

    Args:
        stacks: The stacks of the assembly, among which cross-stack references are resolved.
        stack: The name of the stack to read. Default: the only one with a REST API.
        api: The logical id of the API, its construct path or a part of that (`Docs`). Default: the
            only one of its stack.
        stage: The name of the stage. Default: the API's first.
        parameters: Values of template parameters. Default: the defaults of the templates.
        imports: Values of exports of other stacks (`Fn::ImportValue`). Default: none.

    Raises:
        SourceError: There is no such API, stage or parameter, or more than one API.
    """
    check_parameters(stacks, parameters or {})
    try:
        stack_resolvers = resolvers(stacks, parameters=parameters, imports=imports)
        resolver = choose_stack(stack_resolvers, stack)
        logical_id, resource = choose_api(resolver, api)
        functions = LambdaFunctions(stack_resolvers)
        return _Reader(stack_resolvers, resolver, functions, logical_id, resource, stage).read()
    except RecursionError as error:
        files = ", ".join(str(item.file) for item in stacks)
        raise SourceError(f"{files}: nested too deeply") from error


def read_declarations(
    stacks: Sequence[Stack], *, parameters: Mapping[str, str] | None = None
) -> tuple[Declaration | HttpApi, ...]:
    """Read every REST and HTTP API of an assembly, as `read_contents` does.

    Raises:
        SourceError: A template cannot be read.
    """
    contents = read_contents(stacks, parameters=parameters)
    return tuple(each for each in contents if not isinstance(each, Template))


def read_contents(
    stacks: Sequence[Stack], *, parameters: Mapping[str, str] | None = None
) -> tuple[Template | Declaration | HttpApi, ...]:
    """Read the templates of an assembly, nested ones included, and every REST and HTTP API.

    The result has one declaration for each stage of a REST API, and one for a REST API without a
    stage.

    Raises:
        SourceError: A template cannot be read.
    """
    check_parameters(stacks, parameters or {})
    try:
        stack_resolvers = resolvers(stacks, parameters=parameters)
        functions = LambdaFunctions(stack_resolvers)
        return (
            *map(read_template_facts, stack_resolvers),
            *(
                api
                for resolver in stack_resolvers
                for logical_id, resource in resolver.resources(REST_API)
                for api in _Reader(
                    stack_resolvers, resolver, functions, logical_id, resource
                ).read_every_stage()
            ),
            *read_http_apis(stack_resolvers, functions),
        )
    except RecursionError as error:
        files = ", ".join(str(stack.file) for stack in stacks)
        raise SourceError(f"{files}: nested too deeply") from error


@dataclass(frozen=True)
class _DeclaredStage:
    """A stage with its method settings, and what keeps it from being served."""

    stage: Stage
    settings: MethodSettings
    problem: str | None = None


@dataclass(frozen=True)
class _Reader:
    """Reads one API of one stack. Other stacks of `resolvers` may declare parts of the API."""

    resolvers: Sequence[Resolver]
    resolver: Resolver
    functions: LambdaFunctions
    logical_id: str
    resource: Mapping[str, Any]
    stage: str | None = None

    def read(self) -> Declaration:
        """Return the API as the chosen stage serves it.

        Raises:
            SourceError: The API has stages, but none of that name.
        """
        stages = self._stages()
        for origin, properties in stages:
            if self.stage in (None, properties.get("StageName")):
                return self._declaration(self._read_stage(properties, origin))
        if stages:
            names = ", ".join(to_string(stage.get("StageName")) for _, stage in stages)
            raise SourceError(f"{self._origin}: there is no stage {self.stage}: it has {names}")
        return self._declaration(self._missing_stage())

    def read_every_stage(self) -> Iterator[Declaration]:
        """Yield the API as each of its stages serves it, once if it has no stage."""
        stages = [self._read_stage(properties, origin) for origin, properties in self._stages()]
        for stage in stages or [self._missing_stage()]:
            yield self._declaration(stage)

    @property
    def _api_id(self) -> str:
        return str(self.resolver.ref(self.logical_id))

    def _declaration(self, declared_stage: _DeclaredStage) -> Declaration:
        stage, settings = declared_stage.stage, declared_stage.settings
        properties = self.resolver.properties(self.resource)
        origin, api_id = self._origin, self._api_id
        body, body_origin, body_problem = self._body(properties)
        operations = self._operations(body, body_origin)
        endpoint_type, invalid_type, unknown_type = self._endpoint(properties)
        problems = [declared_stage.problem, body_problem]
        if not operations and body_problem is None:
            problems.append(f"{origin}: the API has no methods")
        if invalid_type is not None:
            endpoint_types = ", ".join(EndpointType.__members__)
            problems.append(
                f"{origin}: its endpoint type is {invalid_type!r}, not one of {endpoint_types}"
            )
        authorizers = Authorizers(self.resolver, api_id, body, self.functions, stage.variables)
        validations = RequestValidatorReader(self.resolver, api_id, body)
        routes = tuple(settings.apply_to(self._routes(operations, stage, authorizers, validations)))
        stage = replace(stage, unmatched_settings=settings.unmatched(routes))
        api = self._model(properties, body, routes, stage, endpoint_type)
        deployment = read_deployment(self.resolvers, api_id, routes)
        return Declaration(
            api=api,
            problems=tuple(problem for problem in problems if problem is not None),
            notes=(
                *(
                    note
                    for resolver in self.resolvers
                    for note in (*resolver.stack.errors, *resolver.stack.notes)
                ),
                *_canary_notes(stage),
                *_unread_body_notes(self.resolver.stack, body_problem),
            ),
            document_version=_version(body),
            invalid_endpoint_type=None if invalid_type is None else str(invalid_type),
            unused_authorizers=authorizers.unused(routes),
            changed_paths={
                operation.path: operation.written_path
                for operation in operations
                if operation.written_path not in {None, operation.path}
            },
            has_http_api_cors_extension="x-amazon-apigateway-cors" in body,
            unknown_elements=tuple(
                self._unknown_elements(properties, body, body_origin, api, unknown_type)
            ),
            minimum_compression_size=_compression(properties, body),
            deployment=deployment,
            stage_errors=tuple(self._stage_errors(stage, deployment, routes, body_problem)),
            unordered_references=(
                *read_unordered_references(self.resolvers, api_id, stage),
                *read_missing_stages(self.resolvers, api_id),
            ),
            account=_known_account(self.resolver.stack),
            is_usage_plan_missing=self._is_usage_plan_missing(routes),
            is_execute_api_disabled=_is_execute_api_disabled(properties, body),
            security_policy=_text(
                properties.get("SecurityPolicy", body.get("x-amazon-apigateway-security-policy"))
            ),
            endpoint_access_mode=_text(
                properties.get(
                    "EndpointAccessMode", body.get("x-amazon-apigateway-endpoint-access-mode")
                )
            ),
            unsupported_web_acls=tuple(read_unsupported_web_acls(self.resolvers, api_id)),
            endpoint_types=tuple(
                str(declared)
                for declared in as_list(
                    as_mapping(properties.get("EndpointConfiguration")).get("Types")
                )
            ),
            ip_address_type=_text(
                as_mapping(properties.get("EndpointConfiguration")).get("IpAddressType")
            ),
            vpc_endpoints=_vpc_endpoints(properties, body),
            roles=read_roles(self.resolvers),
            ignored_transfer_modes=self.resolver.stack.ignored_transfer_modes.get(
                self.logical_id, ()
            ),
            cloud_watch_role=read_cloud_watch_role(self.resolvers),
        )

    def _model(
        self,
        properties: Mapping[str, Any],
        body: Mapping[str, Any],
        routes: tuple[Route, ...],
        stage: Stage,
        endpoint_type: EndpointType,
    ) -> ApiModel:
        api_id = self._api_id
        title = as_mapping(body.get("info")).get("title")
        return ApiModel(
            id=api_id,
            name=to_string(properties.get("Name") or title or api_id),
            origin=self._origin,
            routes=routes,
            functions=self._invoked_functions(routes),
            stage=stage,
            endpoint_type=endpoint_type,
            binary_media_types=_binary_media_types(properties, body),
            gateway_responses=openapi_body.gateway_responses(body)
            | self._gateway_responses(api_id),
            usage_plans=read_usage_plans(self.resolver, api_id, stage.name),
            resource_policy=read_resource_policy(properties, body),
            access_controls=tuple(read_access_controls(self.resolver, properties)),
            base_paths=tuple(self._base_paths(api_id)),
            api_key_source=_api_key_source(properties, body),
        )

    def _is_usage_plan_missing(self, routes: Sequence[Route]) -> bool:
        stack = self.resolver.stack
        if stack.kind is SourceKind.OPENAPI or stack.physical_ids:
            return False
        has_plan = any(
            any(resolver.resources("AWS::ApiGateway::UsagePlan")) for resolver in self.resolvers
        )
        return not has_plan and any(route.access.api_key_required for route in routes)

    def _operations(self, body: Mapping[str, Any], body_origin: SourceLocation) -> list[Operation]:
        operations = [
            *openapi_body.operations(body, body_origin),
            *method_resources.operations(self.resolvers, self._api_id, f"{self._api_id}-root"),
        ]
        if self.resolver.stack.kind is SourceKind.OPENAPI:
            return _without_missing_integrations(operations)
        return operations

    def _invoked_functions(self, routes: Sequence[Route]) -> dict[str, Function]:
        """Return the functions of integrations and authorizers, by their ids."""
        ids = {route.integration.function for route in routes} | {
            route.access.authorizer.function for route in routes if route.access.authorizer
        }
        functions = {name: self.functions.find(name) for name in sorted(filter(None, ids))}
        return {name: function for name, function in functions.items() if function is not None}

    def _stage_errors(
        self,
        stage: Stage,
        deployment: Deployment | None,
        routes: Sequence[Route],
        body_problem: str | None,
    ) -> Iterator[StageError]:
        stack = self.resolver.stack
        if stack.kind is SourceKind.OPENAPI or stack.physical_ids:
            return  # Nothing is to be deployed by it, or all of it is deployed already.
        if not stage.complete:
            yield StageError(kind=StageErrorKind.MISSING, origin=self._origin)
        if deployment is not None and not routes and body_problem is None:
            yield StageError(kind=StageErrorKind.WITHOUT_METHODS, origin=deployment.origin)
        yield from read_stage_errors(self.resolvers, self._api_id, stage.origin)

    def _endpoint(self, properties: Mapping[str, Any]) -> tuple[EndpointType, object, object]:
        """Return the endpoint type, and a given one that is refused, or that is not known."""
        kind = declared_endpoint_type(properties)
        if kind is None or isinstance(kind, Unresolved):
            return EndpointType.EDGE, None, None
        if isinstance(kind, str) and kind in EndpointType.__members__:
            return EndpointType[kind], None, None
        if isinstance(kind, str) and not is_another_case(kind, EndpointType.__members__):
            return EndpointType.REGIONAL, None, kind
        return EndpointType.REGIONAL, kind, None

    def _unknown_elements(
        self,
        properties: Mapping[str, Any],
        body: Mapping[str, Any],
        body_origin: SourceLocation,
        api: ApiModel,
        endpoint_type: object,
    ) -> Iterator[UnknownElement]:
        if endpoint_type is not None:
            yield UnknownElement(
                subject=Subject("API"),
                name="EndpointConfiguration.Types",
                value=value_text(endpoint_type),
                location=self._origin,
            )
        yield from unknown_api_elements(properties, body, api.gateway_responses, self._origin)
        yield from unknown_document_elements(body, body_origin)
        yield from unknown_resources(self.resolvers)

    def _body(
        self, properties: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], SourceLocation, str | None]:
        """Return the API's OpenAPI document, its location, and why it is unknown."""
        body, origin = properties.get("Body"), self._origin
        if body is None and "BodyS3Location" in properties:
            return self._imported(properties["BodyS3Location"])
        problem = f"{origin}: its Body: {body}" if isinstance(body, Unresolved) else None
        pointer = (*origin.json_pointer, "Properties", "Body") if origin.json_pointer else ()
        return as_mapping(body), replace(origin, json_pointer=pointer), problem

    def _imported(self, location: object) -> tuple[Mapping[str, Any], SourceLocation, str | None]:
        """Read a document in S3, which API Gateway imports without resolving its functions."""
        key = as_mapping(location).get("Key", location)
        asset = self.resolver.stack.resolve_asset(key) if isinstance(key, str) else key
        if isinstance(asset, Path):
            origin = replace(self._origin, file=str(asset), json_pointer=())
            try:
                return self.resolver.stack.read_document(asset).data, origin, None
            except SourceError as error:
                return {}, self._origin, f"{self._origin}: its definition: {error}"
        return {}, self._origin, f"{self._origin}: its definition (BodyS3Location): {asset}"

    def _stages(self) -> list[tuple[SourceLocation, Mapping[str, Any]]]:
        """Return the API's stages, or the stages of its deployments if it has none.

        The deployments that SAM creates have an additional stage, `Stage`.
        """
        declared = list(self._child_resources("AWS::ApiGateway::Stage", self._api_id))
        return declared or [
            (
                origin,
                {
                    **as_mapping(deployment.get("StageDescription")),
                    "StageName": deployment["StageName"],
                },
            )
            for origin, deployment in self._child_resources(
                "AWS::ApiGateway::Deployment", self._api_id
            )
            if "StageName" in deployment
        ]

    def _read_stage(self, properties: Mapping[str, Any], origin: SourceLocation) -> _DeclaredStage:
        name, problem = properties.get("StageName"), None
        if name is None or isinstance(name, Unresolved):
            problem = f"{self._origin}: the name of its stage: {name or 'it has none'}"
            properties = {**properties, "StageName": "prod"}
        cluster = to_string(properties.get("CacheClusterEnabled", False)) == "true"
        below = ("Properties", "MethodSettings") if origin.json_pointer else ()
        # A stage that was created from another document has its settings at other indexes.
        stack = next((r.stack for r in self.resolvers if str(r.stack.file) == origin.file), None)
        is_written = stack is not None and origin.logical_id not in stack.pointers
        settings = MethodSettings(
            as_list(properties.get("MethodSettings")),
            origin=replace(origin, json_pointer=(*origin.json_pointer, *below)),
            has_pointers=bool(below) and is_written,
            cluster=cluster,
        )
        return _DeclaredStage(_stage(properties, origin), settings, problem)

    def _missing_stage(self) -> _DeclaredStage:
        problem = (
            f"{self._origin}: the API has no stage, so that no client can call it: "
            "add an AWS::ApiGateway::Stage"
        )
        return _DeclaredStage(Stage(name="prod"), MethodSettings(()), problem)

    def _gateway_responses(self, api_id: str) -> dict[str, TemplatedResponse]:
        return {
            to_string(properties.get("ResponseType")): openapi_body.mapped_response(
                {
                    "statusCode": properties.get("StatusCode"),
                    "responseParameters": properties.get("ResponseParameters"),
                    "responseTemplates": properties.get("ResponseTemplates"),
                }
            )
            for _, properties in self._child_resources("AWS::ApiGateway::GatewayResponse", api_id)
        }

    def _base_paths(self, api_id: str) -> Iterator[str]:
        kinds = (
            ("AWS::ApiGateway::BasePathMapping", "RestApiId", "BasePath"),
            ("AWS::ApiGateway::BasePathMappingV2", "RestApiId", "BasePath"),
            ("AWS::ApiGatewayV2::ApiMapping", "ApiId", "ApiMappingKey"),
        )
        for kind, api_property, path_property in kinds:
            for _, properties in self._child_resources(kind, api_id, api_property):
                path = properties.get(path_property)
                if isinstance(path, str) and path and path != "(none)":
                    yield path

    def _child_resources(
        self, kind: str, api_id: str, api_property: str = "RestApiId"
    ) -> Iterator[tuple[SourceLocation, Mapping[str, Any]]]:
        """Yield origin and properties of the API's resources of a type, its own stack's first."""
        for resolver in sorted(
            self.resolvers, key=lambda candidate: candidate is not self.resolver
        ):
            for logical_id, resource in resolver.resources(kind):
                properties = resolver.properties(resource)
                if properties.get(api_property) == api_id:
                    yield origin_of(resolver.stack, logical_id), properties

    @property
    def _origin(self) -> SourceLocation:
        return origin_of(self.resolver.stack, self.logical_id)

    def _routes(
        self,
        operations: Iterable[Operation],
        stage: Stage,
        authorizers: Authorizers,
        validations: RequestValidatorReader,
    ) -> Iterable[Route]:
        for operation in operations:
            yield Route(
                method=operation.method,
                path=operation.path,
                integration=self._integration(operation, stage),
                origin=self._source_location(operation),
                access=authorizers.access(operation),
                validation=validations.of(operation),
            )

    def _integration(self, operation: Operation, stage: Stage) -> Integration:
        return read_integration(
            operation.integration,
            self.functions,
            stage,
            misplaced_members=operation.misplaced_members,
            unknown=_unknown_elements(operation),
        )

    def _source_location(self, operation: Operation) -> SourceLocation:
        """Return where an operation was written, before any transform."""
        path = operation.written_path or operation.path
        route = (self.logical_id, operation.method, path)
        pointer = self.resolver.stack.events.get(route)
        if pointer is None:
            return operation.origin
        return replace(operation.origin, logical_id=pointer[1], json_pointer=pointer)


def _without_missing_integrations(operations: list[Operation]) -> list[Operation]:
    """Mark the integrations as unknown if a document has none: a tool adds all of them later."""
    if any(operation.integration is not None for operation in operations):
        return operations
    unknown = Unresolved("the document has no integrations")
    return [replace(operation, integration=unknown) for operation in operations]


def _unknown_elements(operation: Operation) -> dict[str, str]:
    """Return what of an operation, beside its integration and its authorizer, is not known."""
    unknown = unknown_operation_extensions(operation.declared)
    known_methods = {ANY, *HTTP_METHODS}
    if operation.method not in known_methods | REFUSED_METHODS:
        unknown["HttpMethod"] = value_text(operation.method)
    return unknown


def _version(body: Mapping[str, Any]) -> str | None:
    declared = body.get("openapi", body.get("swagger"))
    return None if declared is None else to_string(declared)


def _compression(properties: Mapping[str, Any], body: Mapping[str, Any]) -> int | None:
    imported = body.get("x-amazon-apigateway-minimum-compression-size")
    size = as_number(properties.get("MinimumCompressionSize", imported))
    return None if size is None else int(size)


def _stage(properties: Mapping[str, Any], origin: SourceLocation) -> Stage:
    log_format = as_mapping(properties.get("AccessLogSetting")).get("Format")
    return Stage(
        name=to_string(properties["StageName"]),
        origin=origin,
        complete=True,
        access_log="AccessLogSetting" in properties,
        variables={
            name: to_string(value)
            for name, value in as_mapping(properties.get("Variables")).items()
            if not isinstance(value, Unresolved)
        },
        unresolved_variables=tuple(
            name
            for name, value in as_mapping(properties.get("Variables")).items()
            if isinstance(value, Unresolved)
        ),
        throttle=MethodSettings(as_list(properties.get("MethodSettings"))).default,
        access_log_format=log_format if isinstance(log_format, str) else None,
        tracing=properties.get("TracingEnabled") is True,
        has_canary=bool(properties.get("CanarySetting")),
    )


def _canary_notes(stage: Stage) -> Iterator[str]:
    if stage.has_canary:
        yield (
            f"{stage.origin}: the canary of stage {stage.name} is not applied: all requests go to "
            "the deployment of the stage"
        )


def _binary_media_types(properties: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[str, ...]:
    declared = as_list(properties.get("BinaryMediaTypes"))
    imported = as_list(body.get("x-amazon-apigateway-binary-media-types"))
    # CloudFormation wants slashes escaped, an OpenAPI document does not.
    return tuple(to_string(kind).replace("~1", "/") for kind in declared or imported)


def _known_account(stack: Stack) -> str | None:
    return None if stack.account == DEFAULT_ACCOUNT else stack.account


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _unread_body_notes(stack: Stack, body_problem: str | None) -> Iterator[str]:
    """Yield the reason why a body is not read; the reader of a Terraform plan notes its own."""
    if body_problem is not None and stack.kind is not SourceKind.TERRAFORM:
        yield f"{body_problem}: its routes are not checked"


def _vpc_endpoints(properties: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[str, ...]:
    configuration = as_mapping(properties.get("EndpointConfiguration"))
    imported = as_mapping(body.get("x-amazon-apigateway-endpoint-configuration"))
    for value in (configuration.get("VpcEndpointIds"), imported.get("vpcEndpointIds")):
        if isinstance(value, Unresolved):
            return ("?",)
        if value:
            return tuple(map(str, as_list(value)))
    return ()


def _is_execute_api_disabled(properties: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-endpoint-configuration.html
    configuration = as_mapping(body.get("x-amazon-apigateway-endpoint-configuration"))
    declared = properties.get(
        "DisableExecuteApiEndpoint", configuration.get("disableExecuteApiEndpoint")
    )
    return declared in (True, "true")


def _api_key_source(properties: Mapping[str, Any], body: Mapping[str, Any]) -> ApiKeySource:
    sources = properties.get("ApiKeySourceType"), body.get("x-amazon-apigateway-api-key-source")
    return ApiKeySource.AUTHORIZER if "AUTHORIZER" in sources else ApiKeySource.HEADER

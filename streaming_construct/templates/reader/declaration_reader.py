"""Reads one REST API of a stack, with the problems that prevent API Gateway from serving it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from streaming_construct.aws.known_values import REJECTED_METHODS
from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.aws.unknown_values import (
    find_unknown_operation_extensions,
    format_value,
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
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.unknown_element import UnknownElement
from streaming_construct.templates.reader import openapi_body
from streaming_construct.templates.reader.access_controls import (
    read_access_controls,
    read_resource_policy,
    read_unsupported_web_acls,
)
from streaming_construct.templates.reader.api_properties import ApiProperties
from streaming_construct.templates.reader.authorizers import Authorizers
from streaming_construct.templates.reader.deployments import (
    has_stage_of_unknown_api,
    read_cloud_watch_role,
    read_deployment,
    read_missing_stages,
    read_stage_errors,
    read_unordered_references,
)
from streaming_construct.templates.reader.endpoint_types import Endpoint, read_endpoint
from streaming_construct.templates.reader.integrations import (
    find_placeholder_region,
    read_integration,
)
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.lambda_functions.invoke_roles import read_roles
from streaming_construct.templates.reader.method_resources import (
    MethodResources,
    read_method_resources,
)
from streaming_construct.templates.reader.openapi_body import OpenApiBody, Operation, read_body
from streaming_construct.templates.reader.request_validators import RequestValidatorReader
from streaming_construct.templates.reader.stages import (
    DeclaredStage,
    create_missing_stage,
    list_canary_notes,
    read_stages,
)
from streaming_construct.templates.reader.unknown_elements import (
    find_unknown_api_elements,
    find_unknown_document_elements,
    find_unknown_resources,
)
from streaming_construct.templates.reader.usage_plans import read_usage_plans
from streaming_construct.templates.resolver.child_resources import ChildResources
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import to_string
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import DEFAULT_ACCOUNT, SourceKind, Stack
from streaming_construct.templates.stacks.unresolved import Unresolved


@dataclass(frozen=True)
class DeclarationReader:
    """Reads one API of one stack. Other stacks of `resolvers` may declare parts of the API.

    `stage` is the name of the stage to read. Default: the first stage.
    """

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
        stages = read_stages(self._children, self._origin)
        for stage in stages:
            if self.stage in (None, stage.declared_name):
                return self._read_declaration(stage)
        if stages:
            names = ", ".join(to_string(stage.declared_name) for stage in stages)
            raise SourceError(f"{self._origin} has no stage {self.stage}. Pass one of {names}.")
        return self._read_declaration(create_missing_stage(self._origin))

    def read_every_stage(self) -> Iterator[Declaration]:
        """Yield the API as each of its stages serves it, once if it has no stage."""
        stages = read_stages(self._children, self._origin)
        for stage in stages or [create_missing_stage(self._origin)]:
            yield self._read_declaration(stage)

    @property
    def _children(self) -> ChildResources:
        return ChildResources(self.resolvers, self.resolver, self._api_id)

    @property
    def _api_id(self) -> str:
        return str(self.resolver.ref(self.logical_id))

    def _read_declaration(self, declared_stage: DeclaredStage) -> Declaration:
        resource = self.resolver.properties(self.resource)
        body = read_body(self.resolver.stack, resource, self._origin)
        properties, endpoint = ApiProperties(resource, body.document), read_endpoint(resource)
        root = {f"{self._api_id}-root": "/"}
        methods = read_method_resources(self.resolvers, self._api_id, root)
        operations = self._read_operations(body, methods)
        stage, settings = declared_stage.stage, declared_stage.settings
        authorizers = Authorizers(
            self.resolver, self._api_id, body.document, self.functions, stage.variables
        )
        routes = tuple(settings.apply_to(self._read_routes(operations, stage, authorizers, body)))
        unread = (*methods.unread, *openapi_body.list_unread_paths(body.document, body.origin))
        unmatched = settings.list_unmatched(routes, has_other_routes=bool(unread or body.problem))
        stage = replace(stage, unmatched_settings=unmatched)
        api = self._create_model(properties, routes, stage, endpoint.type)
        deployment = read_deployment(self.resolvers, self._api_id, routes)
        has_methods = bool(operations or unread)
        if not has_methods and self.resolver.stack.kind is SourceKind.OPENAPI:
            unread = (f"{self._origin.file}: the document has no operations",)
        declaration = replace(
            properties.create_declaration(api),
            problems=(
                *filter(None, [declared_stage.problem]),
                *self._find_problems(body, endpoint, has_methods=has_methods),
            ),
            notes=(*self._list_notes(stage, body), *unread),
            invalid_endpoint_type=None if endpoint.invalid is None else str(endpoint.invalid),
            unused_authorizers=authorizers.list_unused(routes),
            changed_paths=self._find_changed_paths(operations),
            unknown_elements=tuple(self._find_unknown_elements(properties, body, api, endpoint)),
            deployment=deployment,
            stage_errors=tuple(
                self._find_stage_errors(stage, deployment, [*routes, *unread], body)
            ),
            vpc_endpoints=self._read_vpc_endpoints(properties),
        )
        return self._add_facts_of_stacks(declaration)

    def _add_facts_of_stacks(self, declaration: Declaration) -> Declaration:
        """Return the declaration with what the stacks state beside the API and its stage."""
        stack, api = self.resolver.stack, declaration.api
        return replace(
            declaration,
            account=_find_account(stack),
            roles=read_roles(self.resolvers),
            cloud_watch_role=read_cloud_watch_role(self.resolvers),
            ignored_transfer_modes=stack.ignored_transfer_modes.get(self.logical_id, ()),
            is_usage_plan_missing=self._is_usage_plan_missing(api.routes),
            unsupported_web_acls=tuple(read_unsupported_web_acls(self.resolvers, self._api_id)),
            unordered_references=(
                *read_unordered_references(self.resolvers, self._api_id, api.stage),
                *read_missing_stages(self.resolvers, self._api_id),
            ),
        )

    def _read_vpc_endpoints(self, properties: ApiProperties) -> tuple[str, ...]:
        # The importer of a document defines its endpoint type.
        if self.resolver.stack.kind is SourceKind.OPENAPI:
            return ()
        return properties.vpc_endpoints

    def _find_changed_paths(self, operations: Iterable[Operation]) -> dict[SourceLocation, str]:
        return {
            self._find_source_location(operation): operation.written_path
            for operation in operations
            if operation.written_path is not None and operation.written_path != operation.path
        }

    def _create_model(
        self,
        properties: ApiProperties,
        routes: tuple[Route, ...],
        stage: Stage,
        endpoint_type: EndpointType,
    ) -> ApiModel:
        return ApiModel(
            id=self._api_id,
            name=properties.name or self._api_id,
            origin=self._origin,
            routes=routes,
            functions=self._list_invoked_functions(routes),
            stage=stage,
            endpoint_type=endpoint_type,
            binary_media_types=properties.binary_media_types,
            gateway_responses=openapi_body.read_gateway_responses(properties.body)
            | self._read_gateway_responses(),
            usage_plans=read_usage_plans(self.resolver, self._api_id, stage.name),
            resource_policy=read_resource_policy(properties.properties, properties.body),
            access_controls=tuple(read_access_controls(self.resolver, properties.properties)),
            base_paths=tuple(self._read_base_paths()),
            api_key_source=properties.api_key_source,
        )

    def _find_problems(
        self, body: OpenApiBody, endpoint: Endpoint, *, has_methods: bool
    ) -> Iterator[str]:
        """Yield what keeps API Gateway from serving the API, beside its stage."""
        if body.problem is not None:
            yield body.problem
        elif not has_methods:
            yield f"{self._origin}: the API has no methods"
        if endpoint.invalid is not None:
            endpoint_types = ", ".join(EndpointType.__members__)
            yield (
                f"{self._origin}: the endpoint type is {endpoint.invalid!r}, "
                f"not one of {endpoint_types}"
            )

    def _list_notes(self, stage: Stage, body: OpenApiBody) -> Iterator[str]:
        for resolver in self.resolvers:
            yield from (*resolver.stack.errors, *resolver.stack.notes)
        yield from list_canary_notes(stage)
        # The reader of a Terraform plan notes its own bodies.
        if body.problem is not None and self.resolver.stack.kind is not SourceKind.TERRAFORM:
            yield f"{body.problem}: the routes of the body are not checked"

    def _is_usage_plan_missing(self, routes: Sequence[Route]) -> bool:
        stack = self.resolver.stack
        if stack.kind is SourceKind.OPENAPI or stack.physical_ids:
            return False
        has_plan = any(
            any(resolver.list_resources("AWS::ApiGateway::UsagePlan"))
            for resolver in self.resolvers
        )
        return not has_plan and any(route.access.api_key_required for route in routes)

    def _read_operations(self, body: OpenApiBody, methods: MethodResources) -> list[Operation]:
        operations = [
            *openapi_body.read_operations(body.document, body.origin),
            *methods.operations,
        ]
        if self.resolver.stack.kind is SourceKind.OPENAPI:
            return _mark_missing_integrations(operations)
        return operations

    def _list_invoked_functions(self, routes: Sequence[Route]) -> dict[str, Function]:
        """Return the functions of integrations and authorizers, by their ids."""
        ids = {route.integration.function for route in routes} | {
            route.access.authorizer.function for route in routes if route.access.authorizer
        }
        functions = {name: self.functions.find(name) for name in sorted(filter(None, ids))}
        return {name: function for name, function in functions.items() if function is not None}

    def _find_stage_errors(
        self,
        stage: Stage,
        deployment: Deployment | None,
        methods: Sequence[Route | str],
        body: OpenApiBody,
    ) -> Iterator[StageError]:
        stack = self.resolver.stack
        if stack.kind is SourceKind.OPENAPI or stack.physical_ids:
            return  # Nothing is to be deployed by it, or all of it is deployed already.
        if not stage.is_complete and not has_stage_of_unknown_api(self.resolvers):
            yield StageError(kind=StageErrorKind.MISSING, origin=self._origin)
        if deployment is not None and not methods and body.problem is None:
            yield StageError(kind=StageErrorKind.WITHOUT_METHODS, origin=deployment.origin)
        yield from read_stage_errors(self.resolvers, self._api_id, stage.origin)

    def _find_unknown_elements(
        self,
        properties: ApiProperties,
        body: OpenApiBody,
        api: ApiModel,
        endpoint: Endpoint,
    ) -> Iterator[UnknownElement]:
        if endpoint.unknown is not None:
            yield UnknownElement(
                subject=Subject("API"),
                name="EndpointConfiguration.Types",
                value=format_value(endpoint.unknown),
                location=self._origin,
            )
        yield from find_unknown_api_elements(
            properties.properties, body.document, api.gateway_responses, self._origin
        )
        yield from find_unknown_document_elements(body.document, body.origin)
        yield from find_unknown_resources(self.resolvers)

    def _read_gateway_responses(self) -> dict[str, TemplatedResponse]:
        return {
            to_string(properties.get("ResponseType")): openapi_body.read_mapped_response(
                {
                    "statusCode": properties.get("StatusCode"),
                    "responseParameters": properties.get("ResponseParameters"),
                    "responseTemplates": properties.get("ResponseTemplates"),
                }
            )
            for _, properties in self._children.list_by_type("AWS::ApiGateway::GatewayResponse")
        }

    def _read_base_paths(self) -> Iterator[str]:
        kinds = (
            ("AWS::ApiGateway::BasePathMapping", "RestApiId", "BasePath"),
            ("AWS::ApiGateway::BasePathMappingV2", "RestApiId", "BasePath"),
            ("AWS::ApiGatewayV2::ApiMapping", "ApiId", "ApiMappingKey"),
        )
        for kind, api_property, path_property in kinds:
            for _, properties in self._children.list_by_type(kind, api_property):
                path = properties.get(path_property)
                if isinstance(path, str) and path and path != "(none)":
                    yield path

    @property
    def _origin(self) -> SourceLocation:
        return find_origin(self.resolver.stack, self.logical_id)

    def _read_routes(
        self,
        operations: Iterable[Operation],
        stage: Stage,
        authorizers: Authorizers,
        body: OpenApiBody,
    ) -> Iterable[Route]:
        validations = RequestValidatorReader(self.resolver, self._api_id, body.document)
        for operation in operations:
            yield Route(
                method=operation.method,
                path=operation.path,
                integration=self._read_integration(operation, stage),
                origin=self._find_source_location(operation),
                access=authorizers.read_authorization(operation),
                validation=validations.read_validation(operation),
            )

    def _read_integration(self, operation: Operation, stage: Stage) -> Integration:
        integration = read_integration(
            operation.integration,
            self.functions,
            stage,
            misplaced_members=operation.misplaced_members,
            unknown=_list_unknown_elements(operation),
        )
        region = find_placeholder_region(operation.origin, self.resolvers)
        return replace(integration, placeholder_region=region)

    def _find_source_location(self, operation: Operation) -> SourceLocation:
        """Return where an operation was written, before any transform."""
        path = operation.written_path or operation.path
        route = (self.logical_id, operation.method, path)
        pointer = self.resolver.stack.events.get(route)
        if pointer is None:
            return operation.origin
        return replace(operation.origin, logical_id=pointer[1], json_pointer=pointer)


def _mark_missing_integrations(operations: list[Operation]) -> list[Operation]:
    """Mark the integrations as unknown if a document has none: a tool adds all of them later."""
    if any(operation.integration is not None for operation in operations):
        return operations
    unknown = Unresolved("the document has no integrations")
    return [replace(operation, integration=unknown) for operation in operations]


def _list_unknown_elements(operation: Operation) -> dict[str, str]:
    """Return the unknown elements of an operation, without its integration and its authorizer."""
    unknown = find_unknown_operation_extensions(operation.declared)
    known_methods = {ANY, *HTTP_METHODS}
    if operation.method not in known_methods | REJECTED_METHODS:
        unknown["HttpMethod"] = format_value(operation.method)
    return unknown


def _find_account(stack: Stack) -> str | None:
    return None if stack.account == DEFAULT_ACCOUNT else stack.account

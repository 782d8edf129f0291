"""A document of the caller's own as routes of an API: what serves each operation, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from constructs import Construct

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.authorizers import (
    AuthorizerReader,
    authorizer_type_findings,
)
from streaming_construct.constructs.access.request_validator import (
    empty_validator_warning,
    read_request_validation,
)
from streaming_construct.constructs.functions.function_reader import FunctionInfo
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions, OpenApiRoutes
from streaming_construct.constructs.routes.route import RouteOptions
from streaming_construct.constructs.routes.route_builder import RouteBuilder
from streaming_construct.constructs.routes.route_options import (
    ResolvedRouteOptions,
    RouteOptionsReader,
    route_type_errors,
)
from streaming_construct.model import api as model
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.cors import Cors, preflight
from streaming_construct.model.integrations import Integration
from streaming_construct.model.subject import Subject
from streaming_construct.openapi import Conversion, OpenApi, OpenApiError, OperationKey
from streaming_construct.openapi.conversion.conversion_report import OmittedElement, format_summary
from streaming_construct.openapi.conversion.extensions import CONSTRUCT
from streaming_construct.openapi.conversion.size_limits import (
    INDENTED,
    excess_of_template,
    template_bytes,
)
from streaming_construct.openapi.integration_extension import (
    DeclaredIntegration,
    mode_problem,
    read_declared,
)
from streaming_construct.openapi.operation_overrides import Overrides
from streaming_construct.openapi.reader.operations import ANY_METHOD, Operation
from streaming_construct.openapi.rest_api_body.body import body, security_requirement
from streaming_construct.openapi.rest_api_body.request_validators import (
    has_nothing_to_validate,
    has_validator,
)
from streaming_construct.openapi.rest_api_body.security_schemes import (
    is_authorized,
    security_schemes,
)
from streaming_construct.openapi.streaming_extension import read_streaming_extension
from streaming_construct.openapi.streaming_media_types import streams
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import AUTHORIZER_CONFLICT
from streaming_construct.rules.synth.openapi import (
    OPENAPI_DROPPED,
    OPENAPI_EXTENSION_INVALID,
    OPENAPI_REFUSED,
    OVERRIDE_INVALID,
)

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction

NO_INDENTATION: Final = "@aws-cdk/core:suppressTemplateIndentation"
"""The context key by which CDK writes templates without indentation."""


def read_openapi_routes(
    scope: Construct,
    options: OpenApiOptions,
    api: ApiModel,
    reader: RouteOptionsReader,
    handler: IFunction | None,
    access: AuthorizerReader,
    *,
    cors: Cors | None,
) -> OpenApiRoutes:
    """Convert a document and find what serves each of its operations; nothing is created.

    Args:
        scope: The construct, whose context says whether templates are indented.
        options: The document, and what is said of it.
        api: The API that it becomes.
        reader: Reads what is said of routes.
        handler: The function of operations for which no other is named.
        access: Reads who may call.
        cors: What pages of other origins may do, whose preflights take room in the template.
    """
    misplaced = tuple(_misplaced(options))
    if misplaced or options.document is None:
        return OpenApiRoutes(findings=misplaced)
    subject = Subject("document", options.document.name)
    indented = not scope.node.try_get_context(NO_INDENTATION)
    validation = read_request_validation(options.request_validation)
    reserved = _preflight_bytes(options.document, cors, api, indented=indented) if cors else 0
    reserved += _security_size(options.document, access.default, validation, api, indented=indented)
    try:
        conversion = options.document.convert(
            models=options.models,
            max_resources=options.max_resources,
            reserved_bytes=reserved,
            indented=indented,
        )
    except OpenApiError as refused:
        reasons = (
            OPENAPI_REFUSED.at(subject, str(reason), fix="Mend it, or leave that part out.")
            for reason in refused.reasons
        )
        return OpenApiRoutes(findings=tuple(reasons))
    operations = _Operations(options, conversion, reader, handler, access, validation)
    routes = tuple(operations.routes())
    found = [
        *_size_findings(conversion, subject, reserved, indented=indented),
        *operations.findings,
        *_duplicate_scheme_findings(routes, conversion.document),
        *_dropped_findings(conversion.dropped, options.document, subject),
    ]
    return OpenApiRoutes(routes=routes, conversion=conversion, findings=tuple(found))


def _misplaced(options: OpenApiOptions) -> Iterator[Finding]:
    """Yield what is wrong with them before the document is looked at."""
    if options.document is None and options.overrides:
        yield OVERRIDE_INVALID.at(
            Subject("API"),
            "overrides are given without a document to override",
            fix="Give it as openapi=, or leave them out.",
        )
    if options.document is not None and not isinstance(options.document, OpenApi):
        yield OPENAPI_REFUSED.at(
            Subject("API"),
            f"openapi is a {type(options.document).__name__}, not a document",
            fix="Write OpenApi.from_file(...), OpenApi.from_dict(...) or OpenApi.from_asgi(...).",
        )
    for name, route in options.overrides.items():
        subject = Subject("override", name)
        if isinstance(route, RouteOptions):
            yield from route_type_errors(route, subject)
            yield from authorizer_type_findings(route.authorizer, subject)
        else:
            yield OVERRIDE_INVALID.at(
                subject, f"it is a {type(route).__name__}", fix="Write a Route(...)."
            )


class _Operations:
    """Reads what is said of each operation, and collects what is wrong with it."""

    def __init__(
        self,
        options: OpenApiOptions,
        conversion: Conversion,
        reader: RouteOptionsReader,
        handler: IFunction | None,
        access: AuthorizerReader,
        validation: RequestValidation | None,
    ) -> None:
        self._access_reader, self._validation = access, validation
        self._default_mode = TransferMode(options.transfer_mode.value)
        self._conversion = conversion
        self._reader = reader
        self._handler = handler
        self._handler_is_missing = False
        self.findings: list[Finding] = []
        self._overrides = Overrides(
            {
                name: self._read(route, Subject("override", name))
                for name, route in options.overrides.items()
            }
        )
        for name, near in self._overrides.unmatched(conversion.sources.values()):
            self.findings.append(_unmatched(name, near))

    def routes(self) -> Iterator[RouteBuilder]:
        """Yield a route for each operation of the converted document."""
        served: dict[OperationKey, list[Operation]] = {}
        for source, target in self._conversion.operations.items():
            served.setdefault(target, []).append(self._conversion.sources[source])
        for key, sources in served.items():
            yield self._route(key, sources)

    def _route(self, key: OperationKey, sources: list[Operation]) -> RouteBuilder:
        said, declared = ResolvedRouteOptions(), DeclaredIntegration()
        for source in sources:
            own, own_declared = self._merged_options(source), self._document_integration(source)
            self.findings.extend(_conflicting_option_findings(key, source, said, own))
            said = said.merged_with(own)
            declared = declared if declared.members else own_declared
        if said.handler is not None:
            declared = DeclaredIntegration()
        if said.transfer_mode is not None:
            declared = declared.without("responseTransferMode")
        if said.timeout_ms is not None:
            declared = declared.without("timeoutInMillis")
        mode = said.transfer_mode or declared.transfer_mode or self._mode(sources)
        problem = mode_problem(declared, mode)
        if problem:
            self._refuse_extension(key, "x-amazon-apigateway-integration", [problem])
        handler = None if declared.has_own_target else said.handler or self._default()
        return RouteBuilder(
            method=key.method,
            path=key.path,
            handler=handler,
            transfer_mode=mode,
            timeout_ms=declared.timeout_ms if said.timeout_ms is None else said.timeout_ms,
            throttle=said.throttle,
            document_integration=declared,
            access=self._access(key, said),
            authorized=self._is_authorized(key),
            validation=self._validated(key, said),
        )

    def _operation(self, key: OperationKey) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return a converted operation, and the path item that it is in."""
        item = self._conversion.document["paths"][key.path]
        return item[ANY_METHOD if key.method == ANY else key.method.lower()], item

    def _access(self, key: OperationKey, said: ResolvedRouteOptions) -> MethodAuthorization:
        """Who may call: as an override says, else the document, else the API."""
        subject = Subject("operation", str(key))
        problems = self._access_reader.read(said.authorizer, subject)
        # An authorizer is read once, and told of once, however many operations have it.
        self.findings += [each for each in problems if each not in self.findings]
        access = self._access_reader.method_authorization(
            key.method, said.authorizer, api_key_required=said.api_key_required
        )
        if not self._is_authorized(key):
            return access
        if said.authorizer is not None:
            self.findings.append(
                AUTHORIZER_CONFLICT.at(
                    subject,
                    "both the document and an override say who authorizes it",
                    fix="Leave one of them out.",
                )
            )
        return replace(access, authorizer=None, scopes=())

    def _is_authorized(self, key: OperationKey) -> bool:
        operation, _ = self._operation(key)
        return is_authorized(operation, self._conversion.document)

    def _validated(self, key: OperationKey, said: ResolvedRouteOptions) -> RequestValidation | None:
        """What is checked of a request: as an override says, else the document, else the API."""
        operation, item = self._operation(key)
        if said.validation is not None:
            checks = said.validation.body or said.validation.parameters
            if checks and has_nothing_to_validate(said.validation, operation, item):
                self.findings.append(empty_validator_warning(Subject("operation", str(key))))
            return said.validation
        own = has_validator(operation, self._conversion.document)
        return None if own else self._validation

    def _merged_options(self, operation: Operation) -> ResolvedRouteOptions:
        """What is said of an operation, each thing by the first to say it."""
        said = ResolvedRouteOptions()
        for override in self._overrides.for_operation(operation):
            said = said.merged_with(override)
        serving, problems = read_streaming_extension(operation)
        self._refuse_extension(operation.key, "x-streaming-construct", problems)
        return said.merged_with(ResolvedRouteOptions(**vars(serving)))

    def _document_integration(self, operation: Operation) -> DeclaredIntegration:
        declared, problems = read_declared(operation)
        self._refuse_extension(operation.key, "x-amazon-apigateway-integration", problems)
        return declared

    def _mode(self, sources: Iterable[Operation]) -> TransferMode:
        return TransferMode.STREAM if any(map(streams, sources)) else self._default_mode

    def _default(self) -> FunctionInfo | None:
        """The API's own function, whose absence is told once; if it is none, the API says so."""
        known, problems = self._reader.handlers.read(self._handler, Subject("API"))
        if self._handler is None and not self._handler_is_missing:
            self._handler_is_missing = True
            self.findings.extend(problems)
        return known

    def _read(self, route: RouteOptions, subject: Subject) -> ResolvedRouteOptions:
        said, problems = self._reader.read(route, subject)
        self.findings += problems
        return said

    def _refuse_extension(self, key: OperationKey, extension: str, problems: Iterable[str]) -> None:
        self.findings += [
            OPENAPI_EXTENSION_INVALID.at(Subject("operation", str(key)), f"{extension}: {problem}")
            for problem in problems
        ]


def _unmatched(name: str, near: list[str]) -> Finding:
    fix = (
        f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else ("write 'METHOD /path' as the document has it, an operationId or a tag")
    )
    message = "no operation of the document has that path and method, operationId or tag"
    return OVERRIDE_INVALID.at(Subject("override", name), message, fix=fix)


def _conflicting_option_findings(
    key: OperationKey, source: Operation, said: ResolvedRouteOptions, own: ResolvedRouteOptions
) -> Iterator[Finding]:
    """Yield a finding for each thing that is said in two ways of operations served as one."""
    for each in fields(ResolvedRouteOptions):
        one, other = getattr(said, each.name), getattr(own, each.name)
        if one is not None and other is not None and one != other:
            yield OVERRIDE_INVALID.at(
                Subject("operation", str(source.key)),
                f"API Gateway serves it as {key} together with others of the document, of which "
                f"another {each.name.removesuffix('_ms')} is said",
                fix="Say the same of all of them.",
            )


def _duplicate_scheme_findings(
    routes: Iterable[RouteBuilder], document: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield a finding for each name that both the document and the API give to a scheme."""
    own = document.get("components", {}).get("securitySchemes", {})
    made = security_schemes(each.access for each in routes)
    for name in sorted(own.keys() & made):
        if own[name] != made[name]:
            yield AUTHORIZER_CONFLICT.at(
                Subject("API"),
                f"the document has another security scheme {name}",
                fix="Give one of them another name, an authorizer by authorizer_name.",
            )


def _size_findings(
    conversion: Conversion, subject: Subject, reserved: int, *, indented: bool
) -> Iterator[Finding]:
    excess = excess_of_template(
        conversion.document,
        len(set(conversion.operations.values())),
        reserved_bytes=reserved,
        indented=indented,
    )
    if excess is not None:
        fix = "split it in several APIs"
        if indented:
            fix = (
                f"have CDK write it without indentation (context {NO_INDENTATION}: true), or {fix}"
            )
        yield OPENAPI_REFUSED.at(subject, f"{excess} with its integrations", fix=fix)


def _dropped_findings(
    dropped: Iterable[OmittedElement], document: OpenApi, subject: Subject
) -> Iterator[Finding]:
    # Integrations are kept here, whatever the conversion says.
    entries = [entry for entry in dropped if entry.reason != CONSTRUCT]
    if entries:
        all_of_it = "api.conversion.dropped lists all of it"
        if document.command is not None:
            all_of_it = f"`{document.command}` shows all of it"
        fix = f"see that nothing depends on it ({all_of_it}) and acknowledge it"
        if any(INDENTED in entry.reason for entry in entries):
            fix += f"; without indentation (context {NO_INDENTATION}: true) more would have room"
        yield OPENAPI_DROPPED.at(
            subject, f"API Gateway has no counterpart for {format_summary(entries)}", fix=fix
        )


def _security_size(
    document: OpenApi,
    access: MethodAuthorization,
    validation: RequestValidation | None,
    api: ApiModel,
    *,
    indented: bool,
) -> int:
    """What the API's own authorizer, key and validator add to the operations, at most."""
    route = model.Route(
        method=ANY,
        path="/",
        integration=Integration(),
        origin=api.origin,
        access=access,
        validation=validation,
    )
    added = security_requirement(route, {})
    paths = document.document.get("paths") if isinstance(document.document, Mapping) else None
    if not added or not isinstance(paths, Mapping):
        return 0
    operations = sum(len(item) for item in paths.values() if isinstance(item, Mapping))
    # A level of its own in an operation, which is three below the document's top.
    levels = {"paths": {"/": {"get": added}}}
    return template_bytes(levels, indented=indented) * operations


def _preflight_bytes(document: OpenApi, cors: Cors, api: ApiModel, *, indented: bool) -> int:
    """What the preflights of all paths of a document add to a template, at most."""
    paths = document.document.get("paths") if isinstance(document.document, Mapping) else None
    mock = model.Route(method="OPTIONS", path="/", integration=preflight(cors), origin=api.origin)
    one = body(replace(api, routes=(mock,)))
    return template_bytes(one, indented=indented) * len(paths) if isinstance(paths, Mapping) else 0

"""A document of the caller's own as routes of an API: what serves each operation, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration
from aws_cdk.aws_apigateway import (
    RequestValidatorOptions,
    ResponseTransferMode,
    ThrottleSettings,
)

from streaming_construct.constructs.access import (
    AccessGrants,
    AccessReader,
    SaidAccess,
    authorizer_type_findings,
)
from streaming_construct.constructs.argument_types import type_findings
from streaming_construct.constructs.authorizer import Authorizer
from streaming_construct.constructs.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.handler import Handler, Handlers
from streaming_construct.constructs.integrations import Integrations
from streaming_construct.constructs.request_validator import (
    read_request_validation,
    validates_nothing,
)
from streaming_construct.constructs.route import Route
from streaming_construct.constructs.throttle import read_throttle, throttle_token_findings
from streaming_construct.knowledge import model
from streaming_construct.knowledge.cors import Cors, preflight
from streaming_construct.knowledge.finding import Finding, error, warning
from streaming_construct.knowledge.http_methods import ANY
from streaming_construct.knowledge.model import (
    Access,
    ApiModel,
    RequestValidation,
    Throttle,
    TransferMode,
)
from streaming_construct.knowledge.rules.timeouts import timeout_range_ms
from streaming_construct.openapi import Conversion, OpenApi, OpenApiError, OperationKey
from streaming_construct.openapi.access import is_authorized, security_schemes
from streaming_construct.openapi.body import body, gate
from streaming_construct.openapi.declared import Declared, mode_problem, read_declared
from streaming_construct.openapi.dropped import Dropped
from streaming_construct.openapi.extensions import CONSTRUCT
from streaming_construct.openapi.operations import ANY_METHOD, Operation
from streaming_construct.openapi.overrides import Overrides
from streaming_construct.openapi.request_validators import has_validator, nothing_to_validate
from streaming_construct.openapi.serving import read_serving
from streaming_construct.openapi.size import INDENTED, excess_of_template, template_bytes
from streaming_construct.openapi.streamed_media import streams
from streaming_construct.openapi.summary import summary

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction

NO_INDENTATION: Final = "@aws-cdk/core:suppressTemplateIndentation"
"""The context key by which CDK writes templates without indentation."""


@dataclass(frozen=True, kw_only=True)
class OpenApiOptions:
    """What a caller says of the document: arguments of `StreamingRestApi`, which documents them."""

    document: OpenApi | None
    overrides: Mapping[str, Route]
    transfer_mode: ResponseTransferMode
    models: bool
    max_resources: int

    def misplaced(self) -> Iterator[Finding]:
        """Yield what is wrong with them before the document is looked at."""
        if self.document is None and self.overrides:
            yield error(
                "override-invalid",
                "the API",
                "overrides are given without a document to override",
                "give it as openapi=, or leave them out",
            )
        if self.document is not None and not isinstance(self.document, OpenApi):
            yield error(
                "openapi-refused",
                "the API",
                f"openapi is a {type(self.document).__name__}, not a document",
                "write OpenApi.from_file(...), OpenApi.from_dict(...) or OpenApi.from_asgi(...)",
            )
        for name, route in self.overrides.items():
            if not isinstance(route, Route):
                yield error(
                    "override-invalid",
                    f"override {name}",
                    f"it is a {type(route).__name__}",
                    "write a Route(...)",
                )
                continue
            yield from type_findings(
                f"override {name}",
                transfer_mode=(route.transfer_mode, ResponseTransferMode),
                timeout=(route.timeout, Duration),
                throttle=(route.throttle, ThrottleSettings),
                request_validation=(route.request_validation, RequestValidatorOptions),
            )
            yield from authorizer_type_findings(route.authorizer, f"override {name}")


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What is said of how an operation is served; what is None is not said."""

    handler: Handler | None = None
    transfer_mode: TransferMode | None = None
    timeout_ms: int | None = None
    throttle: Throttle | None = None
    authorizer: Authorizer | None = None
    api_key_required: bool | None = None
    validation: RequestValidation | None = None

    def completed_by(self, other: _Said) -> _Said:
        """Return this with what only `other` says."""
        mine, others = vars(self), vars(other)
        return _Said(**{each: others[each] if mine[each] is None else mine[each] for each in mine})


@dataclass(frozen=True, kw_only=True)
class ImportedRoute:
    """One operation of the converted document and what serves it.

    `authorized` tells whether the document itself says by whom; `access` then does not.
    """

    key: OperationKey
    handler: Handler | None
    transfer_mode: TransferMode
    timeout_ms: int | None
    throttle: Throttle | None
    declared: Declared
    access: Access
    authorized: bool
    validation: RequestValidation | None

    def integration(self, integrations: Integrations, api: ApiModel) -> model.Integration:
        """Return its integration, as API Gateway is told of it."""
        if not self.declared.names_its_own:
            made = integrations.integration(self.handler, self.transfer_mode, self.timeout_ms, api)
            return replace(made, declared=self.declared.members)
        longest = timeout_range_ms(self.transfer_mode, api.buffered_timeout_max_ms)[1]
        return self.declared.completed(
            self.transfer_mode, self.timeout_ms or longest, integrations.credentials
        )

    def checked(self) -> model.Integration:
        """Return as much of its integration as the rules look at, before there is a role."""
        return model.Integration(
            type=self.declared.type,
            transfer_mode=self.transfer_mode,
            timeout_ms=self.timeout_ms,
            function=self.handler.arn if self.handler else None,
        )

    def known_access(self) -> Access:
        """Return as much of its access as the rules can judge: not what the document says."""
        return replace(self.access, api_key_required=False) if self.authorized else self.access


@dataclass(frozen=True, kw_only=True)
class ImportedApi:
    """A document as routes: `findings` say why it is none, or what may surprise in it."""

    routes: tuple[ImportedRoute, ...] = ()
    conversion: Conversion | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def document(self) -> Mapping[str, Any]:
        """The converted document, integrations aside."""
        return self.conversion.document if self.conversion else {}

    @property
    def handlers(self) -> Iterator[Handler]:
        """Every function that serves an operation."""
        named = {route.handler.arn: route.handler for route in self.routes if route.handler}
        yield from named.values()

    def integrated(
        self, integrations: Integrations, grants: AccessGrants, api: ApiModel
    ) -> list[model.Route]:
        """Return its routes with the integrations and authorizers that API Gateway is told of."""
        return [
            replace(
                _route(each, each.integration(integrations, api), api),
                access=grants.granted(each.access),
            )
            for each in self.routes
        ]

    def checked(self, api: ApiModel) -> ApiModel:
        """Return an API of its routes for the rules to look at."""
        return replace(
            api,
            routes=tuple(
                replace(_route(each, each.checked(), api), access=each.known_access())
                for each in self.routes
            ),
            functions={
                **api.functions,
                **{handler.arn: handler.model for handler in self.handlers},
            },
        )


def _route(each: ImportedRoute, integration: model.Integration, api: ApiModel) -> model.Route:
    return model.Route(
        method=each.key.method,
        path=each.key.path,
        integration=integration,
        origin=api.origin,
        throttle=each.throttle,
        access=each.access,
        validation=each.validation,
    )


def read_imported(
    options: OpenApiOptions,
    api: ApiModel,
    handlers: Handlers,
    handler: IFunction | None,
    access: AccessReader,
    *,
    validation: RequestValidation | None,
    cors: Cors | None,
    indented: bool,
) -> ImportedApi:
    """Convert a document and find what serves each of its operations; nothing is created.

    Args:
        options: The document, and what is said of it.
        api: The API that it becomes.
        handlers: Reads functions.
        handler: The function of operations for which no other is named.
        access: Reads who may call.
        validation: What is checked of the requests to operations of which nothing else is said.
        cors: What pages of other origins may do, whose preflights take room in the template.
        indented: Whether the template is written with indentation.
    """
    misplaced = tuple(options.misplaced())
    if misplaced or options.document is None:
        return ImportedApi(findings=misplaced)
    where = f"document {options.document.name}"
    reserved = _preflight_bytes(options.document, cors, api, indented=indented) if cors else 0
    reserved += _gate_bytes(options.document, access.default, validation, api, indented=indented)
    try:
        conversion = options.document.convert(
            models=options.models,
            max_resources=options.max_resources,
            reserved_bytes=reserved,
            indented=indented,
        )
    except OpenApiError as refused:
        reasons = (
            error("openapi-refused", where, str(reason), "mend it, or leave that part out")
            for reason in refused.reasons
        )
        return ImportedApi(findings=tuple(reasons))
    reader = _Reader(options, conversion, handlers, handler, access, validation)
    routes = tuple(reader.routes())
    imported = ImportedApi(routes=routes, conversion=conversion)
    found = [
        *_size_findings(conversion, where, reserved, indented=indented),
        *reader.findings,
        *_scheme_findings(routes, conversion.document),
        *_dropped_findings(conversion.dropped, options.document, where),
    ]
    return replace(imported, findings=tuple(found))


class _Reader:
    """Reads what is said of each operation, and collects what is wrong with it."""

    def __init__(
        self,
        options: OpenApiOptions,
        conversion: Conversion,
        handlers: Handlers,
        handler: IFunction | None,
        access: AccessReader,
        validation: RequestValidation | None,
    ) -> None:
        self._access_reader, self._validation = access, validation
        self._default_mode = TransferMode(options.transfer_mode.value)
        self._conversion = conversion
        self._handlers = handlers
        self._handler = handler
        self._handler_is_missing = False
        self._durations: dict[Duration, int | None] = {}
        self.findings: list[Finding] = []
        self._overrides = Overrides(
            {
                name: self._read(route, f"override {name}")
                for name, route in options.overrides.items()
            }
        )
        for name, near in self._overrides.unmatched(conversion.sources.values()):
            self.findings.append(_unmatched(name, near))

    def routes(self) -> Iterator[ImportedRoute]:
        """Yield a route for each operation of the converted document."""
        served: dict[OperationKey, list[Operation]] = {}
        for source, target in self._conversion.operations.items():
            served.setdefault(target, []).append(self._conversion.sources[source])
        for key, sources in served.items():
            yield self._route(key, sources)

    def _route(self, key: OperationKey, sources: list[Operation]) -> ImportedRoute:
        said, declared = _Said(), Declared()
        for source in sources:
            own, own_declared = self._said(source), self._declared(source)
            self.findings.extend(_disagreements(key, source, said, own))
            said = said.completed_by(own)
            declared = declared if declared.members else own_declared
        if said.handler is not None:
            declared = Declared()
        if said.transfer_mode is not None:
            declared = declared.without("responseTransferMode")
        if said.timeout_ms is not None:
            declared = declared.without("timeoutInMillis")
        mode = said.transfer_mode or declared.transfer_mode or self._mode(sources)
        problem = mode_problem(declared, mode)
        if problem:
            self._refuse_extension(key, "x-amazon-apigateway-integration", [problem])
        handler = None if declared.names_its_own else said.handler or self._default()
        return ImportedRoute(
            key=key,
            handler=handler,
            transfer_mode=mode,
            timeout_ms=declared.timeout_ms if said.timeout_ms is None else said.timeout_ms,
            throttle=said.throttle,
            declared=declared,
            access=self._access(key, said),
            authorized=self._is_authorized(key),
            validation=self._validated(key, said),
        )

    def _operation(self, key: OperationKey) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return a converted operation, and the path item that it is in."""
        item = self._conversion.document["paths"][key.path]
        return item[ANY_METHOD if key.method == ANY else key.method.lower()], item

    def _access(self, key: OperationKey, said: _Said) -> Access:
        """Who may call: as an override says, else the document, else the API."""
        where = f"operation {key}"
        asked = SaidAccess(authorizer=said.authorizer, api_key_required=said.api_key_required)
        access, problems = self._access_reader.read(asked, key.method, where)
        # An authorizer is read once, and told of once, however many operations have it.
        self.findings += [each for each in problems if each not in self.findings]
        if not self._is_authorized(key):
            return access
        if said.authorizer is not None:
            self.findings.append(
                error(
                    "authorizer-conflict",
                    where,
                    "both the document and an override say who authorizes it",
                    "leave one of them out",
                )
            )
        return replace(access, authorizer=None, scopes=())

    def _is_authorized(self, key: OperationKey) -> bool:
        operation, _ = self._operation(key)
        return is_authorized(operation, self._conversion.document)

    def _validated(self, key: OperationKey, said: _Said) -> RequestValidation | None:
        """What is checked of a request: as an override says, else the document, else the API."""
        operation, item = self._operation(key)
        if said.validation is not None:
            checks = said.validation.body or said.validation.parameters
            if checks and nothing_to_validate(said.validation, operation, item):
                self.findings.append(validates_nothing(f"operation {key}"))
            return said.validation
        own = has_validator(operation, self._conversion.document)
        return None if own else self._validation

    def _said(self, operation: Operation) -> _Said:
        """What is said of an operation, each thing by the first to say it."""
        said = _Said()
        for override in self._overrides.of(operation):
            said = said.completed_by(override)
        serving, problems = read_serving(operation)
        self._refuse_extension(operation.key, "x-streaming-construct", problems)
        return said.completed_by(_Said(**vars(serving)))

    def _declared(self, operation: Operation) -> Declared:
        declared, problems = read_declared(operation)
        self._refuse_extension(operation.key, "x-amazon-apigateway-integration", problems)
        return declared

    def _mode(self, sources: Iterable[Operation]) -> TransferMode:
        return TransferMode.STREAM if any(map(streams, sources)) else self._default_mode

    def _default(self) -> Handler | None:
        """The API's own function, whose absence is told once; if it is none, the API says so."""
        known, problems = self._handlers.read(self._handler, "the API")
        if self._handler is None and not self._handler_is_missing:
            self._handler_is_missing = True
            self.findings.extend(problems)
        return known

    def _read(self, route: Route, where: str) -> _Said:
        known, problems = None, list[Finding]()
        if route.handler is not None:
            known, problems = self._handlers.read(route.handler, where)
        timeout_ms = self._milliseconds(route.timeout)
        self.findings += [
            *problems,
            *throttle_token_findings(route.throttle, where),
            *duration_token_findings(route.timeout, timeout_ms, "timeout", where),
        ]
        mode = route.transfer_mode
        return _Said(
            handler=known,
            transfer_mode=TransferMode(mode.value) if mode is not None else None,
            timeout_ms=timeout_ms,
            throttle=read_throttle(route.throttle),
            authorizer=route.authorizer,
            api_key_required=route.api_key_required,
            validation=read_request_validation(route.request_validation),
        )

    def _milliseconds(self, duration: Duration | None) -> int | None:
        """Read a duration once, however many overrides share it: it is a round trip to Node.js."""
        if duration is not None and duration not in self._durations:
            self._durations[duration] = milliseconds(duration)
        return self._durations[duration] if duration is not None else None

    def _refuse_extension(self, key: OperationKey, extension: str, problems: Iterable[str]) -> None:
        self.findings += [
            error(
                "openapi-extension-invalid",
                f"operation {key}",
                f"{extension}: {problem}",
                "mend it in the document, or leave it out and give an override",
            )
            for problem in problems
        ]


def _unmatched(name: str, near: list[str]) -> Finding:
    fix = (
        f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else ("write 'METHOD /path' as the document has it, an operationId or a tag")
    )
    message = "no operation of the document has that path and method, operationId or tag"
    return error("override-invalid", f"override {name}", message, fix)


def _disagreements(
    key: OperationKey, source: Operation, said: _Said, own: _Said
) -> Iterator[Finding]:
    """Yield a finding for each thing that is said in two ways of operations served as one."""
    for each in fields(_Said):
        one, other = getattr(said, each.name), getattr(own, each.name)
        if one is not None and other is not None and one != other:
            yield error(
                "override-invalid",
                f"operation {source.key}",
                f"API Gateway serves it as {key} together with others of the document, of which "
                f"another {each.name.removesuffix('_ms')} is said",
                "say the same of all of them",
            )


def _scheme_findings(
    routes: Iterable[ImportedRoute], document: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield a finding for each name that both the document and the API give to a scheme."""
    own = document.get("components", {}).get("securitySchemes", {})
    made = security_schemes(each.access for each in routes)
    for name in sorted(own.keys() & made):
        if own[name] != made[name]:
            yield error(
                "authorizer-conflict",
                "the API",
                f"the document has another security scheme {name}",
                "give one of them another name, an authorizer by authorizer_name",
            )


def _size_findings(
    conversion: Conversion, where: str, reserved: int, *, indented: bool
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
        yield error("openapi-refused", where, f"{excess} with its integrations", fix)


def _dropped_findings(
    dropped: Iterable[Dropped], document: OpenApi, where: str
) -> Iterator[Finding]:
    # Integrations are kept here, whatever the conversion says.
    entries = [entry for entry in dropped if entry.why != CONSTRUCT]
    if entries:
        all_of_it = "api.conversion.dropped lists all of it"
        if document.command is not None:
            all_of_it = f"`{document.command}` shows all of it"
        fix = f"see that nothing depends on it ({all_of_it}) and acknowledge it"
        if any(INDENTED in entry.why for entry in entries):
            fix += f"; without indentation (context {NO_INDENTATION}: true) more would have room"
        yield warning(
            "openapi-dropped",
            where,
            f"API Gateway has no counterpart for {summary(entries)}",
            fix,
        )


def _gate_bytes(
    document: OpenApi,
    access: Access,
    validation: RequestValidation | None,
    api: ApiModel,
    *,
    indented: bool,
) -> int:
    """What the API's own authorizer, key and validator add to the operations, at most."""
    route = model.Route(
        method=ANY,
        path="/",
        integration=model.Integration(),
        origin=api.origin,
        access=access,
        validation=validation,
    )
    added = gate(route, {})
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

"""`OpenApiOperations`: the operations of a converted document, read as routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk.aws_apigateway import ResponseTransferMode, ThrottleSettings

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.functions.function_reader import FunctionInfo
from streaming_construct.constructs.routes.openapi_options import OpenApiOptions
from streaming_construct.constructs.routes.route_options import RouteOptions
from streaming_construct.constructs.routes.route_reader import RouteReader
from streaming_construct.model import api as model
from streaming_construct.model.authorization import MethodAuthorization, RequestValidation
from streaming_construct.model.subject import Subject
from streaming_construct.openapi import Conversion, OperationKey
from streaming_construct.openapi.integration_extension import (
    DeclaredIntegration,
    find_mode_problem,
    read_integration_extension,
)
from streaming_construct.openapi.operation_overrides import Overrides
from streaming_construct.openapi.reader.operations import ANY_METHOD, Operation
from streaming_construct.openapi.rest_api_body.request_validators import (
    has_nothing_to_validate,
    has_validator,
)
from streaming_construct.openapi.rest_api_body.security_schemes import is_authorized
from streaming_construct.openapi.streaming_extension import (
    StreamingExtension,
    read_streaming_extension,
)
from streaming_construct.openapi.streaming_media_types import has_streamed_response
from streaming_construct.rules.checks.access.request_validators import (
    create_unused_validator_warning,
)
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import AUTHORIZER_CONFLICT
from streaming_construct.rules.synth.openapi import (
    OPENAPI_EXTENSION_INVALID,
    OVERRIDE_INVALID,
)

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction


class OpenApiOperations:
    """Reads the operations of a document as routes, and collects what is wrong with them."""

    def __init__(
        self,
        options: OpenApiOptions,
        conversion: Conversion,
        reader: RouteReader,
        handler: IFunction | None,
        default_validation: RequestValidation | None,
    ) -> None:
        self._default_mode = TransferMode(options.default_transfer_mode.value)
        self._conversion = conversion
        self._reader = reader
        self._handler = handler
        self._handler_is_missing = False
        self._default_validation = default_validation
        self.findings: list[Finding] = []
        self.document_authorized: set[str] = set()
        self._durations: dict[int, Duration] = {}
        for name, override in options.operation_overrides.items():
            self._add(reader.check(override, Subject("override", name)))
        self._overrides = Overrides(options.operation_overrides)
        for name, candidates in self._overrides.find_unmatched(conversion.sources.values()):
            self.findings.append(_create_unmatched_override_error(name, candidates))

    def create_routes(self) -> Iterator[model.Route]:
        """Yield a route for each operation of the converted document."""
        served: dict[OperationKey, list[Operation]] = {}
        for source, target in self._conversion.operations.items():
            served.setdefault(target, []).append(self._conversion.sources[source])
        for key, sources in served.items():
            yield self._route(key, sources)

    def _route(self, key: OperationKey, sources: list[Operation]) -> model.Route:
        options, declared = self._merge_operations(key, sources)
        mode = (
            TransferMode(options.response_transfer_mode.value)
            if options.response_transfer_mode is not None
            else declared.transfer_mode or self._find_mode(sources)
        )
        if problem := find_mode_problem(declared, mode):
            self._reject_extension(key, "x-amazon-apigateway-integration", [problem])
        has_function = not declared.has_own_target and options.handler is None
        route = self._reader.read_route(
            key.method,
            key.path,
            replace(options, response_transfer_mode=ResponseTransferMode(mode.value)),
            self._get_default_function() if has_function else None,
            access=self._read_authorization(key, options),
            declared=declared,
        )
        return replace(route, validation=self._read_validation(key, route.validation))

    def _merge_operations(
        self, key: OperationKey, sources: list[Operation]
    ) -> tuple[RouteOptions, DeclaredIntegration]:
        """Return the options and the declared integration of operations that are served as one."""
        options, declared = RouteOptions(), DeclaredIntegration()
        for source in sources:
            operation_options = self._read_options(source)
            self.findings.extend(self._check_conflicts(key, source, options, operation_options))
            options = options.merge(operation_options)
            operation_declared = self._read_declared_integration(source)
            declared = declared if declared.members else operation_declared
        if options.handler is not None:
            declared = DeclaredIntegration()
        if options.response_transfer_mode is not None:
            declared = declared.remove_members("responseTransferMode")
        if options.timeout is not None:
            declared = declared.remove_members("timeoutInMillis")
        return options, declared

    def _read_options(self, operation: Operation) -> RouteOptions:
        """Return the options of an operation: each by the first override, else the document."""
        options = RouteOptions()
        for override in self._overrides.find_for_operation(operation):
            options = options.merge(override)
        extension, problems = read_streaming_extension(operation)
        self._reject_extension(operation.key, "x-streaming-construct", problems)
        return options.merge(self._to_route_options(extension))

    def _to_route_options(self, extension: StreamingExtension) -> RouteOptions:
        mode, throttle, timeout_ms = (
            extension.transfer_mode,
            extension.throttle,
            extension.timeout_ms,
        )
        if timeout_ms is not None and timeout_ms not in self._durations:
            # One round trip to Node.js for all operations with the same timeout.
            self._durations[timeout_ms] = Duration.millis(timeout_ms)
        return RouteOptions(
            response_transfer_mode=ResponseTransferMode(mode.value) if mode else None,
            timeout=None if timeout_ms is None else self._durations[timeout_ms],
            throttle=(
                ThrottleSettings(rate_limit=throttle.rate, burst_limit=throttle.burst)
                if throttle
                else None
            ),
        )

    def _check_conflicts(
        self, key: OperationKey, source: Operation, options: RouteOptions, declared: RouteOptions
    ) -> Iterator[Finding]:
        """Yield a finding for each option in which operations that are served as one differ."""
        for name in vars(options):
            values = [self._normalize_option(candidate, name) for candidate in (options, declared)]
            if None not in values and values[0] != values[1]:
                yield OVERRIDE_INVALID.at(
                    Subject("operation", str(source.key)),
                    f"API Gateway serves it as {key} together with other operations, which have "
                    f"another {name}",
                    fix=f"Give all of them the same {name}.",
                )

    def _normalize_option(self, options: RouteOptions, name: str) -> object:
        return (
            self._reader.read_timeout_ms(options) if name == "timeout" else getattr(options, name)
        )

    def _find_operation(self, key: OperationKey) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return a converted operation, and the path item that it is in."""
        item = self._conversion.document["paths"][key.path]
        return item[ANY_METHOD if key.method == ANY else key.method.lower()], item

    def _read_authorization(self, key: OperationKey, options: RouteOptions) -> MethodAuthorization:
        """Return the authorization of an override, else of the document, else of the API."""
        access = self._reader.authorizers.read_method_authorization(
            key.method, options.authorizer, api_key_required=options.api_key_required
        )
        operation, _ = self._find_operation(key)
        if not is_authorized(operation, self._conversion.document):
            return access
        self.document_authorized.add(f"{key.method} {key.path}")
        if options.authorizer is not None:
            self.findings.append(
                AUTHORIZER_CONFLICT.at(
                    Subject("operation", str(key)),
                    "both the document and an override have an authorizer for it",
                    fix="Remove one of them.",
                )
            )
        return replace(access, authorizer=None, scopes=())

    def _read_validation(
        self, key: OperationKey, declared: RequestValidation | None
    ) -> RequestValidation | None:
        """Return the validation that the override states, else the document, else the API."""
        operation, item = self._find_operation(key)
        if declared is not None:
            checks = declared.has_body_validation or declared.has_parameter_validation
            if checks and has_nothing_to_validate(declared, operation, item):
                subject = Subject("operation", str(key))
                self.findings.append(create_unused_validator_warning(subject, declared.name))
            return declared
        has_own = has_validator(operation, self._conversion.document)
        return None if has_own else self._default_validation

    def _read_declared_integration(self, operation: Operation) -> DeclaredIntegration:
        declared, problems = read_integration_extension(operation)
        self._reject_extension(operation.key, "x-amazon-apigateway-integration", problems)
        return declared

    def _find_mode(self, sources: Iterable[Operation]) -> TransferMode:
        return (
            TransferMode.STREAM if any(map(has_streamed_response, sources)) else self._default_mode
        )

    def _get_default_function(self) -> FunctionInfo | None:
        """Return the API's function; report once that it is missing. The API reports the rest."""
        function, problems = self._reader.functions.read(self._handler, Subject("API"))
        if self._handler is None and not self._handler_is_missing:
            self._handler_is_missing = True
            self._add(problems)
        return function

    def _add(self, findings: Iterable[Finding]) -> None:
        self.findings += findings

    def _reject_extension(self, key: OperationKey, extension: str, problems: Iterable[str]) -> None:
        self._add(
            OPENAPI_EXTENSION_INVALID.at(
                Subject("operation", str(key)),
                f"{extension}: {problem}",
                fix="Fix it in the document, or remove it and pass an override.",
            )
            for problem in problems
        )


def _create_unmatched_override_error(name: str, candidates: list[str]) -> Finding:
    fix = (
        f"Did you mean {' or '.join(map(repr, candidates))}?"
        if candidates
        else "Write 'METHOD /path' as the document has it, an operationId or a tag."
    )
    message = "no operation of the document has that path and method, operationId or tag"
    return OVERRIDE_INVALID.at(Subject("override", str(name)), message, fix=fix)

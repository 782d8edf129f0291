"""Convert a document of any version to one that API Gateway imports, with a report.

The steps: read the operations, map their paths to resources, convert each, merge those of one
resource, write the models in use, and reduce the document until it fits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from streaming_construct.aws.limits import MODEL_MAX_BYTES, RESOURCES_PER_API
from streaming_construct.documents.openapi_errors import ImportProblem
from streaming_construct.openapi.conversion.body_models import BodyModels
from streaming_construct.openapi.conversion.cdk_safe_values import without_nulls
from streaming_construct.openapi.conversion.conversion_report import OmittedElement, Report
from streaming_construct.openapi.conversion.extensions import kept_in_operation, kept_in_root
from streaming_construct.openapi.conversion.ignored_members import report_ignored_members
from streaming_construct.openapi.conversion.methods import Method, merge_methods
from streaming_construct.openapi.conversion.model_names import Models, name_models, reachable_models
from streaming_construct.openapi.conversion.parameters import request_parameters
from streaming_construct.openapi.conversion.resource_paths import ResourceLayout, map_paths
from streaming_construct.openapi.conversion.schema_relaxation import (
    UNRESOLVABLE_REFERENCE,
    SchemaRelaxer,
)
from streaming_construct.openapi.conversion.security import (
    enforced_requirement,
    enforced_schemes,
    format_scheme,
)
from streaming_construct.openapi.conversion.size_limits import (
    SizeExcess,
    excess_of_import,
    excess_of_template,
)
from streaming_construct.openapi.conversion.unknown_members import UnknownMember, unknown_members
from streaming_construct.openapi.conversion.writer import VERSION, written_info, written_methods
from streaming_construct.openapi.reader import openapi3, swagger2
from streaming_construct.openapi.reader.node import DocumentSet, Node
from streaming_construct.openapi.reader.operations import (
    Operation,
    OperationKey,
    PathItems,
    path_items,
)

RESOURCE = "a resource of API Gateway is a static text, one variable or a greedy variable"
NOT_ASKED = "models were not asked for"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the conversion.

    Attributes:
        models: Whether request and response bodies keep their models.
        documentation: Whether summaries, descriptions and tags are kept.
        inline: Whether optional parts go until a template can hold the document.
        max_resources: API Gateway's quota of resources for the API.
        reserved_bytes: The bytes of the template that other resources need.
        indented: Whether the template is written with indentation.
    """

    models: bool = True
    documentation: bool = False
    inline: bool = True
    max_resources: int = RESOURCES_PER_API
    reserved_bytes: int = 0
    indented: bool = False


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """The converted document, without integrations, and the report of the losses.

    Attributes:
        document: An OpenAPI 3.0.1 document as plain data, without integrations.
        dropped: The omitted elements, grouped by reason.
        operations: Each operation of the original to the one that serves it in `document`; several
            may be served by one.
        sources: Each operation of the original as its author wrote it.
        unknown: The members that this library does not know. They are kept as written.
    """

    document: dict[str, Any]
    dropped: tuple[OmittedElement, ...]
    operations: Mapping[OperationKey, OperationKey]
    sources: Mapping[OperationKey, Operation]
    unknown: tuple[UnknownMember, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncludedParts:
    """Which of its optional parts a document has."""

    documentation: bool
    response_models: bool
    request_models: bool
    headers: bool = True

    def reduce(self, method: Method) -> Method:
        """A method with no more than these."""
        return replace(
            method,
            bodies=method.bodies if self.request_models else {},
            responses={
                status: replace(
                    response,
                    bodies=response.bodies if self.response_models else {},
                    headers=response.headers if self.headers else (),
                )
                for status, response in method.responses.items()
            },
        )


def reduction_steps(options: Options) -> Iterator[IncludedParts]:
    """Yield the sets of parts to try, from all requested parts to the minimum.

    The parts that API Gateway never checks are omitted first: documentation, response models and
    response headers.
    """
    full = IncludedParts(
        documentation=options.documentation,
        response_models=options.models,
        request_models=options.models,
    )
    plain = replace(full, documentation=False)
    lean = replace(plain, response_models=False)
    bare = replace(lean, headers=False)
    yield from dict.fromkeys([full, plain, lean, bare, replace(bare, request_models=False)])


class ConversionError(Exception):
    """The document cannot be imported."""

    def __init__(self, reasons: Iterable[ImportProblem]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(*map(str, self.reasons))


def convert(
    library: DocumentSet, greedy: Collection[tuple[str, str]], options: Options
) -> Conversion:
    """Convert a document.

    Args:
        library: The document with the files it refers to; not changed.
        greedy: Path parameters (path, name) that match more than one segment.
        options: The options of the conversion.

    Raises:
        ConversionError: API Gateway cannot import the document. The error has every reason.
    """
    version = _version(library.root)
    items = path_items(library)
    layout = map_paths(
        dict.fromkeys(
            [*(key.path for key, _, _ in items.operations), *(path for path, _, _ in items.unknown)]
        ),
        greedy,
    )
    reasons = [*_refusals(items), *_too_many(layout, options.max_resources)]
    if reasons:
        raise ConversionError(reasons)
    return _Converter(library, version, layout, options).conversion(items)


def _version(root: Node) -> str:
    """`2.0`, `3.0`, `3.1` or `3.2`."""
    if not isinstance(root.value, Mapping):
        raise ConversionError([ImportProblem(message="not an OpenAPI document: not an object")])
    given = root.value.get("openapi", root.value.get("swagger"))
    version = ".".join(str(given).split(".")[:2])
    if version not in ({"3.0", "3.1", "3.2"} if "openapi" in root.value else {"2.0", "2"}):
        message = f"version {given!r} is not read: only OpenAPI 3.0 to 3.2 and Swagger 2.0 are"
        raise ConversionError([ImportProblem(message=message, pointer="/openapi")])
    return "2.0" if version == "2" else version


def _refusals(items: PathItems) -> list[ImportProblem]:
    reasons = [
        ImportProblem(
            message=f"API Gateway has no method {key.method}: leave it out of the document",
            pointer=node.pointer,
            file=node.file,
        )
        for key, node in items.foreign
    ]
    for node in items.unresolved:
        message = f"the path item is a reference to {node.reference}, which cannot be read"
        reasons.append(ImportProblem(message=message, pointer=node.pointer, file=node.file))
    if not items.operations:
        message = "0 operations: API Gateway deploys an API with 1 or more"
        reasons.append(ImportProblem(message=message, pointer="/paths", number=0, limit=1))
    return reasons


def _too_many(layout: ResourceLayout, limit: int) -> list[ImportProblem]:
    number = layout.count()
    if number <= limit:
        return []
    message = (
        f"{number} resources, parents included: API Gateway takes {limit}"
        " (a quota that AWS raises on request; split the document, or pass max_resources)"
    )
    return [ImportProblem(message=message, pointer="/paths", number=number, limit=limit)]


class _Converter:
    """One conversion under way."""

    def __init__(
        self, library: DocumentSet, version: str, layout: ResourceLayout, options: Options
    ) -> None:
        self.library = library
        self.version = version
        self.layout = layout
        self.options = options
        self.report = Report()
        self.reader = swagger2 if version == "2.0" else openapi3
        self.widening = SchemaRelaxer(library, fractionless=version in {"3.1", "3.2"})
        self.schemes = enforced_schemes(self.reader.security_schemes(library), library.root)

    def conversion(self, items: PathItems) -> Conversion:
        operations = [
            self.reader.read_operation(self.library, key, node, parameters)
            for key, node, parameters in items.operations
        ]
        targets = {operation.key: self._target(operation.key) for operation in operations}
        methods = self._shared(
            [(targets[operation.key], self._method(operation)) for operation in operations]
        )
        document, trimmed = self._largest_fitting_document(methods)
        for path, name, node in items.unknown:
            resource = self.layout.resources[path]
            document["paths"].setdefault(resource, {})[name] = without_nulls(node.value, "", [])
        self._report_models(trimmed)
        report_ignored_members(
            self.library.root,
            operations,
            self.widening.annotations,
            self.report,
            documentation=self.options.documentation,
        )
        return Conversion(
            document=document,
            dropped=self.report.elements(),
            operations=targets,
            sources={operation.key: operation for operation in operations},
            unknown=tuple(
                unknown_members(
                    self.library.root,
                    self.reader.security_schemes(self.library),
                    operations,
                    items.unknown,
                )
            ),
        )

    def _target(self, key: OperationKey) -> OperationKey:
        path = self.layout.resources[key.path]
        if path != key.path:
            self.report.add(str(key), f"path {key.path}: it is served by {path}", RESOURCE)
        return OperationKey(key.method, path)

    def _method(self, operation: Operation) -> Method:
        report = self.report
        bodies = BodyModels(self.widening, report)
        for node in operation.unresolved:
            what = f"reference {node.reference}" if node.reference else "an incomplete parameter"
            report.add(str(operation.key), what, UNRESOLVABLE_REFERENCE, [str(node)])
        return Method(
            origin=operation.key,
            parameters=request_parameters(
                operation,
                self.layout.resources[operation.key.path],
                report,
            ),
            bodies=bodies.request(operation),
            body_required=operation.body_required,
            responses=bodies.responses(operation),
            security=enforced_requirement(operation, self.schemes, report),
            extensions=kept_in_operation(
                operation, self.library.root, report, documentation=self.options.documentation
            ),
        )

    def _shared(self, methods: Iterable[tuple[OperationKey, Method]]) -> dict[OperationKey, Method]:
        groups: dict[OperationKey, list[Method]] = {}
        for key, method in methods:
            groups.setdefault(key, []).append(method)
        return {key: merge_methods(group, self.report) for key, group in groups.items()}

    def _largest_fitting_document(
        self, methods: Mapping[OperationKey, Method]
    ) -> tuple[dict[str, Any], Mapping[OperationKey, Method]]:
        """The document with as many of its optional parts as its room allows, and its methods.

        One that no template can hold even at its barest may still be imported from an asset.
        """
        first: SizeExcess | None = None
        for extent in reduction_steps(self.options):
            trimmed = {key: extent.reduce(method) for key, method in methods.items()}
            document = self._written(trimmed, documentation=extent.documentation)
            too_large = excess_of_import(document, len(methods))
            found = too_large
            if self.options.inline and not too_large:
                found = excess_of_template(
                    document,
                    len(methods),
                    reserved_bytes=self.options.reserved_bytes,
                    indented=self.options.indented,
                )
            if found is None:
                break
            first = first or found
        if too_large:
            message = f"{too_large} at most; no optional part is left to leave out"
            reason = ImportProblem(message=message, number=too_large.number, limit=too_large.limit)
            raise ConversionError([reason])
        self._report_trims(methods, trimmed, first)
        return document, trimmed

    def _written(
        self, methods: Mapping[OperationKey, Method], *, documentation: bool
    ) -> dict[str, Any]:
        root = self.library.root
        info = root.get("info") or Node({})
        models = self._models(methods)
        document = {
            "openapi": VERSION,
            "info": written_info(info, documentation=documentation),
            "paths": written_methods(methods, models, documentation=documentation),
            **kept_in_root(root),
        }
        used = {name for method in methods.values() for name in method.security or ()}
        components = {
            "schemas": dict(models.schemas),
            "securitySchemes": {
                name: format_scheme(node) for name, node in self.schemes.items() if name in used
            },
        }
        present = {name: group for name, group in components.items() if group}
        return {**document, "components": present} if present else document

    def _models(self, methods: Mapping[OperationKey, Method]) -> Models:
        schemas = [schema for method in methods.values() for schema in method.schemas()]
        return name_models(self.widening, reachable_models(self.widening, schemas))

    def _report_trims(
        self,
        methods: Mapping[OperationKey, Method],
        trimmed: Mapping[OperationKey, Method],
        excess: SizeExcess | None,
    ) -> None:
        why = f"{excess} with it" if excess else NOT_ASKED
        for key, method in methods.items():
            where, rest = str(method.origin), trimmed[key]
            if method.bodies and not rest.bodies:
                self.report.add(where, "models of the request body", why)
            before, after = list(method.responses.values()), list(rest.responses.values())
            if [method.bodies for method in before] != [method.bodies for method in after]:
                self.report.add(where, "models of responses", why)
            if [method.headers for method in before] != [method.headers for method in after]:
                self.report.add(where, "headers of responses", why)

    def _report_models(self, methods: Mapping[OperationKey, Method]) -> None:
        """Report the constraints that the used models lost, each with its operations."""
        users: dict[str, list[str]] = {}
        for method in methods.values():
            for place in reachable_models(self.widening, method.schemas()):
                users.setdefault(place, []).append(str(method.origin))
        for place, size in self._models(methods).too_large.items():
            why = f"{size:,} bytes, and a model may have {MODEL_MAX_BYTES:,}"
            self.report.add(place, "the model", why, [place], users[place])
        for place, operations in users.items():
            for loss in self.widening.model_for(place).losses:
                self.report.add(place, loss.what, loss.why, [loss.pointer], operations)

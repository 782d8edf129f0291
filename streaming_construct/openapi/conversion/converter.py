"""Convert a document of any version to one that API Gateway imports, with a report of omissions.

The converter reads the operations, maps their paths to resources, and converts each operation. It
merges operations of one resource, writes the models in use, and reduces the document until it fits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streaming_construct.aws.limits import MODEL_MAX_BYTES, RESOURCES_PER_API
from streaming_construct.documents.openapi_errors import ImportProblem
from streaming_construct.openapi.conversion.body_models import BodyModelConverter
from streaming_construct.openapi.conversion.cdk_safe_values import remove_nulls
from streaming_construct.openapi.conversion.conversion_report import (
    ConversionReport,
    OmittedElement,
)
from streaming_construct.openapi.conversion.extensions import (
    copy_operation_members,
    copy_root_extensions,
)
from streaming_construct.openapi.conversion.ignored_members import report_ignored_members
from streaming_construct.openapi.conversion.included_parts import IncludedParts
from streaming_construct.openapi.conversion.methods import Method, merge_methods
from streaming_construct.openapi.conversion.model_names import (
    NamedModels,
    find_reachable_models,
    name_models,
)
from streaming_construct.openapi.conversion.parameters import convert_parameters
from streaming_construct.openapi.conversion.resource_paths import ResourceLayout, map_paths
from streaming_construct.openapi.conversion.schema_relaxation import (
    UNRESOLVABLE_REFERENCE,
    SchemaRelaxer,
)
from streaming_construct.openapi.conversion.security import (
    convert_security,
    copy_scheme,
    find_enforced_schemes,
)
from streaming_construct.openapi.conversion.size_limits import (
    SizeExcess,
    find_import_excess,
    find_template_excess,
)
from streaming_construct.openapi.conversion.unknown_members import (
    UnknownMember,
    find_unknown_members,
)
from streaming_construct.openapi.conversion.writer import OPENAPI_VERSION, write_info, write_paths
from streaming_construct.openapi.reader import openapi3, swagger2
from streaming_construct.openapi.reader.node import DocumentSet, Node
from streaming_construct.openapi.reader.operations import (
    Operation,
    OperationKey,
    PathItems,
    read_path_items,
)

UNSUPPORTED_PATH = "an API Gateway resource is static text, one variable or one greedy variable"
MODELS_NOT_REQUESTED = "models were not requested"


@dataclass(frozen=True, kw_only=True)
class ConversionOptions:
    """Options of the conversion.

    Attributes:
        models: Whether request and response bodies keep their models.
        documentation: Whether summaries, descriptions and tags are kept.
        inline: Whether optional parts are omitted until the document fits into a template.
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
    """The converted document, without integrations, and the report of omissions.

    Attributes:
        document: An OpenAPI 3.0.1 document as plain data, without integrations.
        dropped: The omitted elements, grouped by reason.
        operations: The operation in `document` that serves each original operation. One can serve
            several.
        sources: The original operations, as written.
        unknown: The members that this library does not know. They are kept as written.
    """

    document: dict[str, Any]
    dropped: tuple[OmittedElement, ...]
    operations: Mapping[OperationKey, OperationKey]
    sources: Mapping[OperationKey, Operation]
    unknown: tuple[UnknownMember, ...] = ()


class ConversionError(Exception):
    """A document that API Gateway cannot import, with every reason."""

    def __init__(self, reasons: Iterable[ImportProblem]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(*map(str, self.reasons))


def convert(
    documents: DocumentSet,
    greedy_parameters: Collection[tuple[str, str]],
    options: ConversionOptions,
) -> Conversion:
    """Convert a document.

    Args:
        documents: The document with the files it refers to; not changed.
        greedy_parameters: Path parameters (path, name) that match more than one segment.
        options: The options of the conversion.

    Raises:
        ConversionError: API Gateway cannot import the document. The error has every reason.
    """
    version = _read_version(documents.root)
    items = read_path_items(documents)
    layout = map_paths(
        dict.fromkeys(
            [*(key.path for key, _, _ in items.operations), *(path for path, _, _ in items.unknown)]
        ),
        greedy_parameters,
    )
    reasons = [
        *_find_unconvertible_elements(items),
        *_check_resource_count(layout, options.max_resources),
    ]
    if reasons:
        raise ConversionError(reasons)
    return _Converter(documents, version, layout, options).convert(items)


def _read_version(root: Node) -> str:
    """Return the version: `2.0`, `3.0`, `3.1` or `3.2`."""
    if not isinstance(root.value, Mapping):
        raise ConversionError([ImportProblem(message="not an OpenAPI document: not an object")])
    declared = root.value.get("openapi", root.value.get("swagger"))
    if declared is None:
        message = "the document has neither `openapi` nor `swagger`. Pass an OpenAPI document"
        raise ConversionError([ImportProblem(message=message)])
    version = ".".join(str(declared).split(".")[:2])
    if version not in ({"3.0", "3.1", "3.2"} if "openapi" in root.value else {"2.0", "2"}):
        message = f"version {declared!r} is not supported. Use OpenAPI 3.0 to 3.2, or Swagger 2.0"
        raise ConversionError([ImportProblem(message=message, pointer="/openapi")])
    return "2.0" if version == "2" else version


def _find_unconvertible_elements(items: PathItems) -> list[ImportProblem]:
    reasons = [
        ImportProblem(
            message=f"API Gateway has no method {key.method}. Remove it from the document",
            pointer=node.pointer,
            file=node.file,
        )
        for key, node in items.unsupported
    ]
    for node in items.unresolved:
        message = f"the path item is a reference to {node.reference}, which cannot be read"
        reasons.append(ImportProblem(message=message, pointer=node.pointer, file=node.file))
    if not items.operations:
        message = "0 operations. Add one: API Gateway deploys an API with 1 or more"
        reasons.append(ImportProblem(message=message, pointer="/paths", number=0, limit=1))
    return reasons


def _check_resource_count(layout: ResourceLayout, limit: int) -> list[ImportProblem]:
    count = layout.count_resources()
    if count <= limit:
        return []
    message = (
        f"{count} resources, including parents, exceed the quota of {limit}. Split the document,"
        " or request a higher quota from AWS and pass it as max_resources"
    )
    return [ImportProblem(message=message, pointer="/paths", number=count, limit=limit)]


class _Converter:
    """The conversion of one document: its parts and its report."""

    def __init__(
        self,
        documents: DocumentSet,
        version: str,
        layout: ResourceLayout,
        options: ConversionOptions,
    ) -> None:
        self.documents = documents
        self.layout = layout
        self.options = options
        self.report = ConversionReport()
        self.reader = swagger2 if version == "2.0" else openapi3
        self.relaxer = SchemaRelaxer(documents, is_json_schema_2020=version in {"3.1", "3.2"})
        self.schemes = self.reader.read_security_schemes(documents)
        self.enforced_schemes = find_enforced_schemes(self.schemes, documents.root)

    def convert(self, items: PathItems) -> Conversion:
        operations = [
            self.reader.read_operation(self.documents, key, node, parameters)
            for key, node, parameters in items.operations
        ]
        targets = {operation.key: self._map_operation(operation.key) for operation in operations}
        methods = self._merge_methods_of_resources(
            [
                (targets[operation.key], self._convert_operation(operation))
                for operation in operations
            ]
        )
        document, reduced = self._fit_document(methods)
        for path, name, node in items.unknown:
            resource = self.layout.resources[path]
            document["paths"].setdefault(resource, {})[name] = remove_nulls(node.value, "", [])
        self._report_model_omissions(reduced)
        report_ignored_members(
            self.documents.root,
            operations,
            self.relaxer.annotations,
            self.report,
            documentation=self.options.documentation,
        )
        unknown = find_unknown_members(self.documents.root, self.schemes, operations, items.unknown)
        return Conversion(
            document=document,
            dropped=self.report.list_elements(),
            operations=targets,
            sources={operation.key: operation for operation in operations},
            unknown=tuple(unknown),
        )

    def _map_operation(self, key: OperationKey) -> OperationKey:
        path = self.layout.resources[key.path]
        if path != key.path:
            self.report.add(str(key), f"path {key.path}: it is served by {path}", UNSUPPORTED_PATH)
        return OperationKey(key.method, path)

    def _convert_operation(self, operation: Operation) -> Method:
        report = self.report
        bodies = BodyModelConverter(self.relaxer, report)
        for node in operation.unresolved:
            element = f"reference {node.reference}" if node.reference else "an incomplete parameter"
            report.add(str(operation.key), element, UNRESOLVABLE_REFERENCE, [str(node)])
        return Method(
            origin=operation.key,
            parameters=convert_parameters(
                operation,
                self.layout.resources[operation.key.path],
                report,
            ),
            bodies=bodies.convert_request(operation),
            body_required=operation.is_body_required,
            responses=bodies.convert_responses(operation),
            security=convert_security(operation, self.enforced_schemes, report),
            extensions=copy_operation_members(
                operation, self.documents.root, report, documentation=self.options.documentation
            ),
        )

    def _merge_methods_of_resources(
        self, methods: Iterable[tuple[OperationKey, Method]]
    ) -> dict[OperationKey, Method]:
        groups: dict[OperationKey, list[Method]] = {}
        for key, method in methods:
            groups.setdefault(key, []).append(method)
        return {key: merge_methods(group, self.report) for key, group in groups.items()}

    def _fit_document(
        self, methods: Mapping[OperationKey, Method]
    ) -> tuple[dict[str, Any], Mapping[OperationKey, Method]]:
        """Return the document with the most optional parts that its size limit allows.

        The second value is the methods with these parts. A minimum that is too large for a template
        is returned too, because an asset may still be large enough.
        """
        first_excess: SizeExcess | None = None
        requested = IncludedParts(
            documentation=self.options.documentation,
            response_models=self.options.models,
            request_models=self.options.models,
        )
        for parts in requested.list_reductions():
            reduced = {key: parts.reduce(method) for key, method in methods.items()}
            document = self._write_document(reduced, documentation=parts.documentation)
            import_excess = find_import_excess(document, len(methods))
            excess = import_excess or self._find_template_excess(document, len(methods))
            if excess is None:
                break
            first_excess = first_excess or excess
        if import_excess:
            message = f"{import_excess}, and no optional part is left to omit"
            reason = ImportProblem(
                message=message, number=import_excess.size_bytes, limit=import_excess.limit_bytes
            )
            raise ConversionError([reason])
        self._report_omitted_parts(methods, reduced, first_excess)
        return document, reduced

    def _find_template_excess(
        self, document: Mapping[str, Any], operation_count: int
    ) -> SizeExcess | None:
        if not self.options.inline:
            return None
        return find_template_excess(
            document,
            operation_count,
            reserved_bytes=self.options.reserved_bytes,
            indented=self.options.indented,
        )

    def _write_document(
        self, methods: Mapping[OperationKey, Method], *, documentation: bool
    ) -> dict[str, Any]:
        root = self.documents.root
        info = root.get("info") or Node({})
        models = self._name_models(methods)
        document = {
            "openapi": OPENAPI_VERSION,
            "info": write_info(info, documentation=documentation),
            "paths": write_paths(methods, models, documentation=documentation),
            **copy_root_extensions(root),
        }
        used_schemes = {name for method in methods.values() for name in method.security or ()}
        components = {
            "schemas": dict(models.schemas),
            "securitySchemes": {
                name: copy_scheme(node)
                for name, node in self.enforced_schemes.items()
                if name in used_schemes
            },
        }
        present = {name: group for name, group in components.items() if group}
        return {**document, "components": present} if present else document

    def _name_models(self, methods: Mapping[OperationKey, Method]) -> NamedModels:
        schemas = [schema for method in methods.values() for schema in method.list_schemas()]
        return name_models(self.relaxer, find_reachable_models(self.relaxer, schemas))

    def _report_omitted_parts(
        self,
        methods: Mapping[OperationKey, Method],
        reduced: Mapping[OperationKey, Method],
        excess: SizeExcess | None,
    ) -> None:
        reason = f"{excess} with it" if excess else MODELS_NOT_REQUESTED
        for key, method in methods.items():
            subject, rest = str(method.origin), reduced[key]
            if method.bodies and not rest.bodies:
                self.report.add(subject, "models of the request body", reason)
            before, after = list(method.responses.values()), list(rest.responses.values())
            if [response.bodies for response in before] != [response.bodies for response in after]:
                self.report.add(subject, "models of responses", reason)
            if [response.headers for response in before] != [
                response.headers for response in after
            ]:
                self.report.add(subject, "headers of responses", reason)

    def _report_model_omissions(self, methods: Mapping[OperationKey, Method]) -> None:
        """Report the constraints that the used models lost, each with its operations."""
        users: dict[str, list[str]] = {}
        for method in methods.values():
            for location in find_reachable_models(self.relaxer, method.list_schemas()):
                users.setdefault(location, []).append(str(method.origin))
        for location, size_bytes in self._name_models(methods).too_large.items():
            reason = f"{size_bytes:,} bytes, and a model may have {MODEL_MAX_BYTES:,}"
            self.report.add(location, "the model", reason, [location], users[location])
        for location, operations in users.items():
            for dropped in self.relaxer.get_model(location).dropped:
                self.report.add(
                    location, dropped.constraint, dropped.reason, [dropped.pointer], operations
                )

"""Convert request and response bodies to models.

The schema of a body must be an object or an array, itself or through a model. The import ignores
any other with a warning ("Unsupported model type 'ComposedSchema' ...", aws/aws-cdk issue 24844).
API Gateway validates the body as JSON, and `{}` if the request has no body
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streaming_construct.aws.limits import MODEL_MAX_BYTES
from streaming_construct.openapi.conversion.methods import ResponseModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streaming_construct.openapi.conversion.all_of import Schema
    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.conversion.keywords import DroppedConstraint
    from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer
    from streaming_construct.openapi.reader.operations import Body, Operation, Response

NOT_JSON = "API Gateway parses a body with a model as JSON"
NOT_OBJECT_OR_ARRAY = "the import ignores bodies that are neither objects nor arrays"
OPTIONAL_BODY = "the body is optional, and API Gateway validates a missing body as {}"
NOT_STATUS_CODE = "API Gateway supports neither default responses nor ranges of status codes"
INVALID_HEADER_NAME = "the name of a header must match ^[a-zA-Z0-9:._$-]+$"

_JSON = re.compile(r"(application|text)/([\w.+-]*\+)?json\s*(;.*)?", re.IGNORECASE)
_STATUS = re.compile(r"[1-5]\d\d")
_HEADER = re.compile(r"[a-zA-Z0-9:._$-]+")


@dataclass(frozen=True)
class BodyModelConverter:
    """Converts bodies to models, and reports what the schemas of each operation lose."""

    relaxer: SchemaRelaxer
    report: ConversionReport

    def convert_request(self, operation: Operation) -> dict[str, Schema]:
        """Return the request models of an operation, by media type."""
        result: dict[str, Schema] = {}
        for body in operation.bodies:
            label = f"model of the request body ({body.media_type})"
            if body.schema is None:
                continue
            if _JSON.fullmatch(body.media_type) is None:
                self.report.add(str(operation.key), label, NOT_JSON, [str(body.schema)])
                continue
            schema = self._convert_schema(operation, body, label)
            if schema and not operation.is_body_required:
                schema = self._allow_empty_object(operation, body, schema, label)
            if schema:
                result[body.media_type] = schema
        return result

    def convert_response(self, operation: Operation, response: Response) -> ResponseModel:
        """Return a response with its models, by media type."""
        bodies: dict[str, Schema] = {}
        for body in response.bodies:
            label = f"model of response {response.status} ({body.media_type})"
            schema = self._convert_schema(operation, body, label) if body.schema else None
            if schema:
                bodies[body.media_type] = schema
        return ResponseModel(
            headers=tuple(name for name in response.headers if _HEADER.fullmatch(name)),
            bodies=bodies,
            description=response.node.text("description"),
        )

    def convert_responses(self, operation: Operation) -> dict[str, ResponseModel]:
        """Return the responses of an operation, by status code."""
        subject = str(operation.key)
        result = {}
        for response in operation.responses:
            if _STATUS.fullmatch(response.status) is None:
                element = f"response {response.status}"
                self.report.add(subject, element, NOT_STATUS_CODE, [str(response.node)])
                continue
            for name in response.headers:
                if _HEADER.fullmatch(name) is None:
                    element = f"header {name} of response {response.status}"
                    self.report.add(subject, element, INVALID_HEADER_NAME, [str(response.node)])
            result[response.status] = self.convert_response(operation, response)
        return result

    def _convert_schema(self, operation: Operation, body: Body, label: str) -> Schema | None:
        """Return the schema of a body; None if the import would ignore it."""
        if body.schema is None:
            return None
        dropped: list[DroppedConstraint] = []
        schema = self.relaxer.relax(body.schema, dropped)
        if self.relaxer.inline_root_reference(schema).get("type") not in {"array", "object"}:
            self.report.add(str(operation.key), label, NOT_OBJECT_OR_ARRAY, [str(body.schema)])
            return None
        size = len(json.dumps(schema).encode())
        if size > MODEL_MAX_BYTES:
            reason = f"{size:,} bytes, and a model may have {MODEL_MAX_BYTES:,}"
            self.report.add(str(operation.key), label, reason, [str(body.schema)])
            return None
        self._report_dropped(operation, label, dropped)
        return schema

    def _allow_empty_object(
        self, operation: Operation, body: Body, schema: Schema, label: str
    ) -> Schema | None:
        """Return the model of an optional body, which also allows `{}`; None if it cannot."""
        dropped: list[DroppedConstraint] = []
        root = self.relaxer.inline_root_reference(schema, dropped)
        rejecting_keywords = [
            keyword for keyword in ("required", "minProperties", "enum") if keyword in root
        ]
        subject, pointers = str(operation.key), [str(body.schema)]
        if root.get("type") == "array":
            self.report.add(subject, label, OPTIONAL_BODY, pointers)
            return None
        if not rejecting_keywords:
            return schema
        self._report_dropped(operation, label, dropped)
        self.report.add(
            subject, f"{' and '.join(rejecting_keywords)} in the {label}", OPTIONAL_BODY, pointers
        )
        return {
            keyword: value for keyword, value in root.items() if keyword not in rejecting_keywords
        }

    def _report_dropped(
        self, operation: Operation, label: str, dropped: Iterable[DroppedConstraint]
    ) -> None:
        for constraint in dropped:
            element = f"{constraint.constraint} in the {label}"
            self.report.add(str(operation.key), element, constraint.reason, [constraint.pointer])

"""Request and response bodies to models.

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
    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.conversion.keywords import DroppedConstraint
    from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer
    from streaming_construct.openapi.reader.operations import Body, Operation, Response

NOT_JSON = "API Gateway reads a body that has a model as JSON"
SHAPE = "the import takes bodies that are objects or arrays, and ignores others"
ABSENT = "the body may be absent, which API Gateway reads as {}"
DEFAULT = "API Gateway has no default responses and no ranges of status codes"
HEADER_NAME = "a header's name must match ^[a-zA-Z0-9:._$-]+$"

_JSON = re.compile(r"(application|text)/([\w.+-]*\+)?json\s*(;.*)?", re.IGNORECASE)
_STATUS = re.compile(r"[1-5]\d\d")
_HEADER = re.compile(r"[a-zA-Z0-9:._$-]+")


@dataclass(frozen=True)
class BodyModels:
    """Makes the models of bodies and reports what each operation's own schemas lose."""

    widening: SchemaRelaxer
    report: Report

    def request(self, operation: Operation) -> dict[str, Schema]:
        """The request models of an operation, by media type."""
        result: dict[str, Schema] = {}
        for body in operation.bodies:
            label = f"model of the request body ({body.media_type})"
            if body.schema is None:
                continue
            if _JSON.fullmatch(body.media_type) is None:
                self.report.add(str(operation.key), label, NOT_JSON, [str(body.schema)])
                continue
            schema = self._schema(operation, body, label)
            if schema and not operation.body_required:
                schema = self._optional(operation, body, schema, label)
            if schema:
                result[body.media_type] = schema
        return result

    def response(self, operation: Operation, response: Response) -> ResponseModel:
        """A response with its models, by media type."""
        bodies: dict[str, Schema] = {}
        for body in response.bodies:
            label = f"model of response {response.status} ({body.media_type})"
            schema = self._schema(operation, body, label) if body.schema else None
            if schema:
                bodies[body.media_type] = schema
        return ResponseModel(
            headers=tuple(name for name in response.headers if _HEADER.fullmatch(name)),
            bodies=bodies,
            description=response.node.text("description"),
        )

    def responses(self, operation: Operation) -> dict[str, ResponseModel]:
        """The responses of an operation by status code."""
        where = str(operation.key)
        result = {}
        for response in operation.responses:
            if _STATUS.fullmatch(response.status) is None:
                what = f"response {response.status}"
                self.report.add(where, what, DEFAULT, [str(response.node)])
                continue
            for name in response.headers:
                if _HEADER.fullmatch(name) is None:
                    what = f"header {name} of response {response.status}"
                    self.report.add(where, what, HEADER_NAME, [str(response.node)])
            result[response.status] = self.response(operation, response)
        return result

    def _schema(self, operation: Operation, body: Body, label: str) -> Schema | None:
        """A body's schema; `None` when the import would ignore it."""
        if body.schema is None:
            return None
        losses: list[DroppedConstraint] = []
        schema = self.widening.relax(body.schema, losses)
        if self.widening.inline_root_reference(schema).get("type") not in {"array", "object"}:
            self.report.add(str(operation.key), label, SHAPE, [str(body.schema)])
            return None
        size = len(json.dumps(schema).encode())
        if size > MODEL_MAX_BYTES:
            why = f"{size:,} bytes, and a model may have {MODEL_MAX_BYTES:,}"
            self.report.add(str(operation.key), label, why, [str(body.schema)])
            return None
        self._note(operation, label, losses)
        return schema

    def _optional(
        self, operation: Operation, body: Body, schema: Schema, label: str
    ) -> Schema | None:
        """The model of a body that need not be sent: one that also allows `{}`."""
        losses: list[DroppedConstraint] = []
        root = self.widening.inline_root_reference(schema, losses)
        refusing = [keyword for keyword in ("required", "minProperties", "enum") if keyword in root]
        where, pointers = str(operation.key), [str(body.schema)]
        if root.get("type") == "array":
            self.report.add(where, label, ABSENT, pointers)
            return None
        if not refusing:
            return schema
        self._note(operation, label, losses)
        self.report.add(where, f"{' and '.join(refusing)} in the {label}", ABSENT, pointers)
        return {keyword: value for keyword, value in root.items() if keyword not in refusing}

    def _note(self, operation: Operation, label: str, losses: Iterable[DroppedConstraint]) -> None:
        for loss in losses:
            what = f"{loss.what} in the {label}"
            self.report.add(str(operation.key), what, loss.why, [loss.pointer])

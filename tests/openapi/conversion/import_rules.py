"""What API Gateway's REST import rejects or warns about, implemented separately for the tests.

An oracle: it shares no code with the converter, judges a finished document rule by rule, and knows
nothing of where the document came from. The rules' identifiers are those of the project's notes on
the import; a rule of integrations has no place here, because a converted document has none yet.

Sources: docs.aws.amazon.com/apigateway/latest/developerguide/ api-gateway-known-issues.html,
api-gateway-import-api.html, api-gateway-execution-service-limits-table.html, and the service's own
messages as users and emulators have recorded them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

REJECT, WARN = "reject", "warn"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
ANY = "x-amazon-apigateway-any-method"
TYPES = {"string", "number", "integer", "boolean", "object", "array"}
PATH_ITEM_REST = {"summary", "description", "servers", "parameters", "$ref"}
KEYWORDS_OF_30 = {
    "title",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    "type",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "items",
    "properties",
    "additionalProperties",
    "description",
    "format",
    "default",
    "nullable",
    "discriminator",
    "readOnly",
    "writeOnly",
    "xml",
    "externalDocs",
    "example",
    "deprecated",
    "$ref",
}
GATEWAY_RESPONSES = {
    "ACCESS_DENIED",
    "API_CONFIGURATION_ERROR",
    "AUTHORIZER_FAILURE",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "BAD_REQUEST_PARAMETERS",
    "BAD_REQUEST_BODY",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "EXPIRED_TOKEN",
    "INVALID_SIGNATURE",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "WAF_FILTERED",
}


class Finding(NamedTuple):
    rule: str
    verdict: str
    location: str


def findings(document: Any) -> list[Finding]:
    """Return every rule that a document breaks."""
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        return [Finding("D02", REJECT, "#")]
    all_findings = [*_document(document), *_values(document, "#"), *_paths(document)]
    for path, method, item, operation in _operations(document):
        location = f"{method.upper()} {path}"
        all_findings += _parameters(document, path, item, operation, location)
        all_findings += _bodies(document, operation, location)
        all_findings += _responses(operation, location)
        all_findings += _security(document, operation, location)
    all_findings += _models(document)
    all_findings += _extensions(document)
    return all_findings


def _operations(document: Any) -> Iterator[tuple[str, str, Any, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS or method == ANY:
                yield path, method, item, operation


def _document(document: Any) -> Iterator[Finding]:
    if not isinstance(document.get("openapi"), str):
        yield Finding("D02", REJECT, "openapi")
    elif not re.fullmatch(r"3\.0\.\d+", document["openapi"]):
        yield Finding("D01", REJECT, document["openapi"])
    for name in ("title", "version", "description"):
        if not isinstance(document.get("info", {}).get(name, ""), str):
            yield Finding("D02", REJECT, f"info.{name}")
    size = len(json.dumps(document).encode())
    if size > 6 * 1024 * 1024:
        yield Finding("D03", REJECT, f"{size} bytes")
    if size > 1_000_000:
        yield Finding("D04", REJECT, f"{size} bytes")
    resources = set()
    for path in document["paths"]:
        steps = [step for step in path.split("/") if step]
        resources |= {"/" + "/".join(steps[:end]) for end in range(1, len(steps) + 1)}
    if len(resources) > 300:
        yield Finding("D05", REJECT, f"{len(resources)} resources")
    if "security" in document:
        yield Finding("X03", WARN, "security at the root")


def _values(value: Any, location: str) -> Iterator[Finding]:
    """Yield JSON values that CDK and CloudFormation change."""
    if value is None:
        yield Finding("C01", WARN, location)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        yield Finding("C02", WARN, location)
    elif isinstance(value, str) and "${Token[" in value:
        yield Finding("C04", REJECT, location)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _values(member, f"{location}/{index}")
    elif isinstance(value, dict):
        if len(value) == 1 and re.match(r"Ref$|Fn::", str(next(iter(value)))):
            yield Finding("C03", REJECT, location)
        for name, member in value.items():
            if "${Token[" in name:
                yield Finding("C04", REJECT, location)
            yield from _values(member, f"{location}/{name}")


def _paths(document: Any) -> Iterator[Finding]:
    variables: dict[str, set[str]] = {}
    methods: set[tuple[str, str]] = set()
    for path, item in document["paths"].items():
        if "$ref" in item:
            yield Finding("P08", REJECT, path)
        steps = [step for step in path.split("/") if step]
        yield from _steps(path, steps)
        for index in (index for index, step in enumerate(steps) if "{" in step):
            variables.setdefault("/".join(steps[:index]), set()).add(steps[index])
        for method in item:
            if method in METHODS or method == ANY:
                key = ("/".join(steps), method)
                if key in methods:
                    yield Finding("P06", REJECT, path)
                methods.add(key)
            elif method not in PATH_ITEM_REST and not method.startswith("x-"):
                yield Finding("P09", REJECT, f"{method} {path}")
    for names in variables.values():
        if len(names) > 1:
            yield Finding("P04", REJECT, f"{sorted(names)}")


def _steps(path: str, steps: list[str]) -> Iterator[Finding]:
    if not path.startswith("/"):
        yield Finding("P01", WARN, path)
    if path != "/" and path.endswith("/"):
        yield Finding("P07", WARN, path)
    for index, step in enumerate(steps):
        if not re.fullmatch(r"[A-Za-z0-9_.,:\-]+|\{[A-Za-z0-9_.:\-]+\+?\}", step):
            is_part = re.fullmatch(r"[A-Za-z0-9_.,:\-{}]+", step)
            yield Finding("P03" if is_part else "P02", REJECT, path)
        if step.endswith("+}") and index < len(steps) - 1:
            yield Finding("P05", REJECT, path)


def _parameters(
    document: Any, path: str, item: Any, operation: Any, subject: str
) -> Iterator[Finding]:
    locations: dict[str, str] = {}
    for declared in [*item.get("parameters", []), *operation.get("parameters", [])]:
        parameter = _target(document, declared["$ref"]) if "$ref" in declared else declared
        if parameter is None:
            yield Finding("R05", WARN, f"{subject} {declared['$ref']}")
            continue
        name, location = parameter.get("name"), parameter.get("in")
        if location == "formData":
            yield Finding("Q03", WARN, f"{subject} {name}")
        if location == "cookie":
            yield Finding("Q04", WARN, f"{subject} {name}")
        if location not in {"query", "header", "path"}:
            continue
        if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9:._$-]+", name):
            yield Finding("Q01", REJECT, f"{subject} {name}")
        elif locations.setdefault(name, location) != location:
            yield Finding("Q02", REJECT, f"{subject} {name}")
        if location == "path" and f"{{{name}}}" not in path and f"{{{name}+}}" not in path:
            yield Finding("Q05", REJECT, f"{subject} {name}")
        yield from _references(document, parameter.get("schema", {}), f"{subject} {name}")


def _bodies(document: Any, operation: Any, location: str) -> Iterator[Finding]:
    contents = [("request", operation.get("requestBody", {}))]
    contents += list(operation.get("responses", {}).items())
    for label, holder in contents:
        if "$ref" in holder:
            if _target(document, holder["$ref"]) is None:
                yield Finding("R05", WARN, f"{location} {label}")
            continue
        for media_type, media in holder.get("content", {}).items():
            schema = media.get("schema")
            if schema is not None:
                yield from _body(document, schema, f"{location} {label} {media_type}")


def _body(document: Any, schema: Any, location: str) -> Iterator[Finding]:
    if "$ref" in schema:
        reference = schema["$ref"]
        name = reference.removeprefix("#/components/schemas/")
        if name == reference:
            yield Finding("R06", WARN, f"{location} {reference}")
        elif name not in document.get("components", {}).get("schemas", {}):
            yield Finding("R03", WARN, f"{location} {reference}")
        return
    if {"oneOf", "anyOf", "allOf"} & set(schema):
        yield Finding("M03", WARN, location)
    elif schema.get("type") in {"string", "integer", "number", "boolean"}:
        yield Finding("M04", WARN, location)
    elif "type" not in schema:
        yield Finding("M05", WARN, location)
    yield from _schema(document, schema, location)
    if len(json.dumps(schema).encode()) > 400 * 1024:
        yield Finding("M08", REJECT, location)


def _responses(operation: Any, location: str) -> Iterator[Finding]:
    responses = operation.get("responses") or {}
    if not responses:
        yield Finding("S03", WARN, location)
    for status, response in responses.items():
        if status == "default":
            yield Finding("S01", WARN, location)
        elif not re.fullmatch(r"[1-5]\d\d", status):
            yield Finding("S02", REJECT, f"{location} {status}")
        for name in response.get("headers", {}):
            if not re.fullmatch(r"[a-zA-Z0-9:._$-]+", name):
                yield Finding("S05", REJECT, f"{location} {status} {name}")


def _security(document: Any, operation: Any, location: str) -> Iterator[Finding]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    alternatives = operation.get("security", document.get("security", []))
    names = [name for alternative in alternatives for name in alternative]
    for name in names:
        if name not in schemes:
            yield Finding("X04", WARN, f"{location} {name}")
    applied = [name for name in names if schemes.get(name, {}).get("type") == "apiKey"]
    if names and not applied:
        yield Finding("X01", WARN, location)


def _models(document: Any) -> Iterator[Finding]:
    components = document.get("components", {})
    names: set[str] = set()
    for name, schema in components.get("schemas", {}).items():
        if not re.fullmatch(r"[A-Za-z0-9]+", name) or name.lower() in names:
            yield Finding("M01", REJECT, name)
        names.add(name.lower())
        if len(json.dumps(schema).encode()) > 400 * 1024:
            yield Finding("M08", REJECT, name)
        yield from _schema(document, schema, name)
    for name, scheme in components.get("securitySchemes", {}).items():
        if scheme.get("type") != "apiKey":
            yield Finding("X06", WARN, name)
        kind = scheme.get("x-amazon-apigateway-authtype")
        if kind in {"custom", "oauth2"} and "x-amazon-apigateway-authorizer" not in scheme:
            yield Finding("X05", REJECT, name)


def _schema(document: Any, schema: Any, location: str) -> Iterator[Finding]:
    if not isinstance(schema, dict):
        yield Finding("M06", WARN, location)
        return
    if "$ref" in schema:
        yield from _references(document, schema, location)
        return
    yield from _form(schema, location)
    for keyword in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(keyword, []):
            if isinstance(part, dict) and "$ref" in part:
                yield Finding("M02", WARN, location)
            yield from _schema(document, part, f"{location}/{keyword}")
    for name, child in schema.get("properties", {}).items():
        yield from _schema(document, child, f"{location}/properties/{name}")
    for keyword in ("items", "not", "additionalProperties"):
        child = schema.get(keyword)
        if child is not None and not (
            keyword == "additionalProperties" and isinstance(child, bool)
        ):
            yield from _schema(document, child, f"{location}/{keyword}")


def _form(schema: Any, location: str) -> Iterator[Finding]:
    """Check one schema, without its children."""
    kind = schema.get("type")
    if not (kind is None or (isinstance(kind, str) and kind in TYPES)):
        yield Finding("M06", WARN, f"{location} type {kind}")
    for keyword in ("exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "nullable"):
        if not isinstance(schema.get(keyword, False), bool):
            yield Finding("M06", WARN, f"{location} {keyword}")
    required = schema.get("required", ["x"])
    if not isinstance(required, list) or not required or len(set(required)) < len(required):
        yield Finding("M06", WARN, f"{location} required")
    for keyword in schema:
        if keyword not in KEYWORDS_OF_30 and not keyword.startswith("x-"):
            yield Finding("M07", WARN, f"{location} {keyword}")
    if "enum" in schema:
        values = [json.dumps(value, sort_keys=True) for value in schema["enum"]]
        if not values or len(set(values)) < len(values):
            yield Finding("M09", REJECT, location)
    if kind == "array" and "items" not in schema:
        yield Finding("M12", WARN, location)


def _references(document: Any, schema: Any, location: str) -> Iterator[Finding]:
    reference = schema.get("$ref")
    if reference is None:
        return
    if not isinstance(reference, str) or not reference.startswith("#"):
        yield Finding("R01", REJECT, f"{location} {reference}")
    elif not re.fullmatch(r"#/components/schemas/[^/]+", reference):
        yield Finding("R04", REJECT, f"{location} {reference}")
    elif _target(document, reference) is None:
        yield Finding("R02", REJECT, f"{location} {reference}")


def _target(document: Any, reference: str) -> Any:
    value = document
    for step in reference.split("/")[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _extensions(document: Any) -> Iterator[Finding]:
    for name in document.get("x-amazon-apigateway-gateway-responses", {}):
        if name not in GATEWAY_RESPONSES:
            yield Finding("E08", REJECT, name)
    validators = document.get("x-amazon-apigateway-request-validators", {})
    holders = [("#", document), *((f"{m} {p}", o) for p, m, _, o in _operations(document))]
    for location, holder in holders:
        name = holder.get("x-amazon-apigateway-request-validator")
        if name is not None and name not in validators:
            yield Finding("E07", WARN, f"{location} {name}")

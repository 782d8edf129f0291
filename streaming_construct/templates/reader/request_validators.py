"""Request validation in OpenAPI bodies and in `Method` resources.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.model.authorization import RequestValidation
from streaming_construct.templates.reader.openapi_body import Operation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.json_text import parse_json_text
from streaming_construct.templates.stacks.unresolved import list_unresolved_reasons

_VALIDATOR: Final = "x-amazon-apigateway-request-validator"
_DEFINITIONS: Final = "#/definitions/"
_MODELS: Final = "/models/"
_LOCATIONS: Final = {"query": "querystring", "header": "header"}


class RequestValidatorReader:
    """The request validators of one API, those of its body and its own resources."""

    def __init__(self, resolver: Resolver, api_id: str, body: Mapping[str, Any]) -> None:
        self._body = body
        self._validators = {
            name: (
                as_mapping(members).get("validateRequestBody") is True,
                as_mapping(members).get("validateRequestParameters") is True,
            )
            for name, members in as_mapping(body.get(f"{_VALIDATOR}s")).items()
        }
        self._resources = {
            str(resolver.ref(logical_id)): (
                _is_true(properties.get("ValidateRequestBody")),
                _is_true(properties.get("ValidateRequestParameters")),
            )
            for logical_id, resource in resolver.list_resources("AWS::ApiGateway::RequestValidator")
            if (properties := resolver.properties(resource)).get("RestApiId") == api_id
        }
        self._schemas = {
            **as_mapping(body.get("definitions")),
            **as_mapping(as_mapping(body.get("components")).get("schemas")),
        }
        self._models: dict[str, object] = {}
        for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Model"):
            properties = resolver.properties(resource)
            if properties.get("RestApiId") == api_id:
                # Methods name a model by its resource, and models each other by their names.
                schema = self._models[str(resolver.ref(logical_id))] = parse_json_text(
                    properties.get("Schema"), "the schema of a model"
                )
                self._models[str(properties.get("Name"))] = schema

    def read_validation(self, operation: Operation) -> RequestValidation | None:
        """Return the validation of the requests to an operation; None without one."""
        if "HttpMethod" in operation.declared:
            return self._read_method_validation(operation.declared)
        return self._read_openapi_validation(operation)

    def _read_openapi_validation(self, operation: Operation) -> RequestValidation | None:
        declared = operation.declared
        name = declared.get(_VALIDATOR, self._body.get(_VALIDATOR))
        if name is None:
            return None
        body, parameters = self._validators.get(str(name), (False, False))
        item = as_mapping(as_mapping(self._body.get("paths")).get(operation.written_path or ""))
        required = [
            *self._read_parameters(item.get("parameters")),
            *self._read_parameters(declared.get("parameters")),
        ]
        content = as_mapping(as_mapping(declared.get("requestBody")).get("content"))
        models = {kind: as_mapping(media).get("schema") for kind, media in content.items()}
        for parameter in required:
            if parameter.get("in") == "body":
                models["application/json"] = parameter.get("schema")
        return self._create_validation(
            str(name),
            body=body,
            parameters=parameters,
            required=tuple(
                f"method.request.{_LOCATIONS[to_string(parameter.get('in'))]}.{parameter.get('name')}"
                for parameter in required
                if parameter.get("in") in _LOCATIONS and _is_true(parameter.get("required"))
            ),
            models=models,
        )

    def _read_method_validation(self, properties: Mapping[str, Any]) -> RequestValidation | None:
        name = properties.get("RequestValidatorId")
        if name is None:
            return None
        body, parameters = self._resources.get(str(name), (False, False))
        required = as_mapping(properties.get("RequestParameters"))
        models = as_mapping(properties.get("RequestModels"))
        return self._create_validation(
            str(name),
            body=body,
            parameters=parameters,
            required=tuple(
                source
                for source, needed in required.items()
                if _is_true(needed) and not source.startswith("method.request.path.")
            ),
            models={kind: {"$ref": f"{_MODELS}{model}"} for kind, model in models.items()},
        )

    def _create_validation(
        self,
        name: str,
        *,
        body: bool,
        parameters: bool,
        required: tuple[str, ...],
        models: Mapping[str, object],
    ) -> RequestValidation:
        complete = {
            kind: self._inline_references(schema) for kind, schema in models.items() if schema
        }
        return RequestValidation(
            name=name,
            has_body_validation=body,
            has_parameter_validation=parameters,
            required=required,
            models=complete if body else {},
            unresolved={
                f"RequestModels.{kind}": "; ".join(reasons)
                for kind, schema in complete.items()
                if body and (reasons := list(list_unresolved_reasons(schema)))
            },
        )

    def _read_parameters(self, declared: object) -> Iterator[Mapping[str, Any]]:
        """Yield parameters, references to shared ones followed."""
        for parameter in map(as_mapping, as_list(declared)):
            parent, _, name = to_string(parameter.get("$ref")).rpartition("/")
            shared = {
                "#/components/parameters": as_mapping(self._body.get("components")).get(
                    "parameters"
                ),
                "#/parameters": self._body.get("parameters"),
            }
            yield (
                as_mapping(as_mapping(shared[parent]).get(name)) if parent in shared else parameter
            )

    def _inline_references(self, schema: object) -> dict[str, Any]:
        """Return a schema with the references to its own document and API inlined.

        API Gateway ignores `nullable` and every other keyword that draft 4 does not have.
        """
        schemas = {
            **self._models,
            **self._schemas,
            **as_mapping(as_mapping(schema).get("definitions")),
        }
        definitions: dict[str, Any] = {}
        root = _rewrite_references(schema, definitions)
        while missing := [name for name in definitions if definitions[name] is None]:
            for name in missing:
                definitions[name] = _rewrite_references(schemas.get(name, {}), definitions)
        return (
            {**as_mapping(root), "definitions": definitions}
            if definitions
            else dict(as_mapping(root))
        )


def _rewrite_references(value: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema with references to `#/definitions/`, and add their targets to `found`.

    A model of a template's own may refer to others by their URL.
    """
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            definitions.setdefault(name, None)
            return {"$ref": f"{_DEFINITIONS}{name}"}
        return {key: _rewrite_references(member, definitions) for key, member in value.items()}
    return (
        [_rewrite_references(member, definitions) for member in value]
        if isinstance(value, list | tuple)
        else value
    )


def _is_true(value: object) -> bool:
    return value in (True, "true")

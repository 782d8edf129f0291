"""The conversion of documents: members that stay, reported omissions, and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streaming_construct.aws.limits import RESOURCES_PER_API, TEMPLATE_MAX_BYTES
from streaming_construct.openapi import Conversion, OpenApi, OpenApiError, OperationKey
from tests.openapi.conversion import import_rules

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths, **more}


def json_body(schema: Any, *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def convert(source: dict[str, Any], **options: Any) -> Conversion:
    conversion = OpenApi.from_dict(source).convert(**options)
    assert import_rules.findings(conversion.document) == []
    return conversion


def list_reported_elements(conversion: Conversion, subject: str) -> list[str]:
    return [entry.element for entry in conversion.dropped if entry.subject == subject]


def test_parameters_keep_what_api_gateway_checks() -> None:
    """Name, location, presence and type stay. The report names other members and parameters."""
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
        {
            "name": "q",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "maxLength": 3},
        },
        {"name": "filter[x]", "in": "query", "schema": {"type": "string"}},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "integer"}},
        {"name": "id", "in": "query", "schema": {"type": "string"}},
        {"name": "gone", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "blank", "in": "query", "required": True, "allowEmptyValue": True, "schema": {}},
    ]
    conversion = convert(document({"/a/{id}": {"get": {"parameters": parameters}}}))
    assert conversion.document["paths"]["/a/{id}"]["get"]["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "integer"}},
        {"name": "blank", "in": "query", "schema": {"type": "string"}},
    ]
    assert set(list_reported_elements(conversion, "GET /a/{id}")) == {
        "parameter q (query): maxLength",
        "parameter filter[x] (query)",
        "parameter session (cookie)",
        "parameter Authorization (header)",
        "parameter id (query)",
        "parameter gone (path)",
        "required: parameter blank",
    }


def test_variants_of_a_path_share_a_permissive_method() -> None:
    """A parameter that one requires is optional. A model that differs is dropped."""
    key = {"type": "apiKey", "in": "header", "name": "Authorization"}
    iam = {**key, "x-amazon-apigateway-authtype": "awsSigv4"}
    strict = {
        "parameters": [{"name": "a", "in": "query", "required": True, "schema": {}}],
        "requestBody": json_body(OBJECT),
        "security": [{"iam": []}],
        "responses": {"200": {"description": "ok"}},
    }
    lenient = {"requestBody": json_body({"type": "object"}), "responses": {"202": {}}}
    source = document(
        {"/m": {"post": strict}, "/m/": {"post": lenient}, "/m?beta=true": {"post": lenient}},
        components={"securitySchemes": {"iam": iam}},
    )
    conversion = convert(source)
    method = conversion.document["paths"]["/m"]["post"]
    assert method["parameters"] == [{"name": "a", "in": "query", "schema": {"type": "string"}}]
    assert "requestBody" not in method
    assert "security" not in method
    assert set(method["responses"]) == {"200", "202"}
    assert set(conversion.operations.values()) == {OperationKey("POST", "/m")}
    assert set(list_reported_elements(conversion, "POST /m")) == {
        "required: parameter a (query)",
        "model of the request body (application/json)",
        "security: iam",
    }
    assert list_reported_elements(conversion, "POST /m/")[0] == "path /m/: it is served by /m"


def test_an_optional_body_may_be_absent() -> None:
    """API Gateway validates an absent body as `{}`, which the model must allow."""
    paths = {"/a": {"post": {"requestBody": json_body(OBJECT, required=False)}}}
    conversion = convert(document(paths))
    body = conversion.document["paths"]["/a"]["post"]["requestBody"]
    assert body == {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"a": {"type": "string"}}}
            }
        }
    }
    assert "required in the model of the request body (application/json)" in list_reported_elements(
        conversion, "POST /a"
    )


@pytest.mark.parametrize(
    ("media_type", "schema"),
    [
        ("multipart/form-data", OBJECT),
        ("application/x-www-form-urlencoded", OBJECT),
        ("*/*", OBJECT),
        ("application/json", {"type": "string"}),
        ("application/json", {}),
        ("application/json", {"oneOf": [OBJECT, {"type": "array"}]}),
        ("application/json", {**OBJECT, "nullable": True}),
    ],
)
def test_a_body_that_no_model_can_describe_has_none(media_type: str, schema: Any) -> None:
    """A form would be read as JSON. The import ignores models that are no object or array."""
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    conversion = convert(document({"/a": {"post": {"requestBody": body}}}))
    assert "requestBody" not in conversion.document["paths"]["/a"]["post"]
    assert f"model of the request body ({media_type})" in list_reported_elements(
        conversion, "POST /a"
    )


def test_swagger_2_bodies_are_converted() -> None:
    """`in: body`, `consumes`, `produces` and `#/definitions` have their meaning in 3.0."""
    source = {
        "swagger": 2.0,
        "info": {"title": "T", "version": "1"},
        "host": "api.example",
        "consumes": ["application/json", "application/xml"],
        "produces": ["application/json"],
        "parameters": {"B": {"in": "body", "name": "b", "required": True, "schema": OBJECT}},
        "responses": {"Ok": {"description": "x", "schema": {"$ref": "#/definitions/P.et"}}},
        "definitions": {"P.et": OBJECT},
        "paths": {
            "/a": {
                "post": {
                    "parameters": [{"$ref": "#/parameters/B"}],
                    "responses": {200: {"$ref": "#/responses/Ok"}},
                },
                "put": {"parameters": [{"in": "formData", "name": "f", "type": "file"}]},
            }
        },
    }
    conversion = convert(source)
    methods = conversion.document["paths"]["/a"]
    assert methods["post"]["requestBody"] == json_body(OBJECT)
    assert methods["post"]["responses"]["200"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}
    }
    assert "requestBody" not in methods["put"]
    assert "host" in list_reported_elements(conversion, "#")


def test_model_names_are_alphanumeric_and_unique() -> None:
    """A legal name stays. Names that become equal, in any case, get a number."""
    names = ["Page[Pet]", "pet", "Pet", "PET_", "PagePet", "Ref"]
    schemas = dict.fromkeys(names, OBJECT)
    references = {f"p{n}": {"$ref": f"#/components/schemas/{name}"} for n, name in enumerate(names)}
    body = json_body({"type": "object", "properties": references})
    source = document({"/a": {"post": {"requestBody": body}}}, components={"schemas": schemas})
    model_names = set(convert(source).document["components"]["schemas"])
    assert {"pet", "PagePet", "RefModel"} <= model_names
    assert len({name.lower() for name in model_names}) == len(names)


def test_the_scopes_of_a_jwt_authorizer_stay() -> None:
    """They decide who may call. The configuration of the authorizer stays, too."""
    scheme = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "jwt",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "method.request.header.Authorization",
            "jwtConfiguration": {
                "defaultAlgorithms": ["RS256"],
                "issuers": [{"issuer": "https://id.example.com", "audiences": ["chat"]}],
            },
        },
    }
    path = {"post": {"security": [{"oidc": ["chat/write"]}]}}
    source = document({"/chat": path}, components={"securitySchemes": {"oidc": scheme}})

    conversion = OpenApi.from_dict(source).convert()

    assert conversion.document["paths"]["/chat"]["post"]["security"] == [{"oidc": ["chat/write"]}]
    assert conversion.document["components"]["securitySchemes"] == {"oidc": scheme}
    assert list_reported_elements(conversion, "POST /chat") == []


def test_security_that_api_gateway_applies_stays_on_the_operation() -> None:
    """An authorizer of the document moves to each operation without security."""
    authorizer = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": {"Fn::Sub": "x"}},
    }
    users = {
        **authorizer,
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn"]},
    }
    schemes = {
        "auth": authorizer,
        "users": users,
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    }
    paths = {
        "/root": {"get": {}},
        "/open": {"get": {"security": []}},
        "/both": {"get": {"security": [{"auth": [], "bearer": []}]}},
        "/either": {"get": {"security": [{"auth": []}, {"bearer": []}]}},
        "/optional": {"get": {"security": [{}, {"auth": []}]}},
        "/scoped": {"get": {"security": [{"users": ["chat/read"]}]}},
        "/scopes": {"get": {"security": [{"users": ["a"]}, {"users": ["b"]}]}},
        "/unscoped": {"get": {"security": [{"auth": ["a"]}]}},
        "/key": {"get": {"security": [{"key": []}]}},
    }
    source = document(paths, security=[{"auth": []}], components={"securitySchemes": schemes})
    conversion = OpenApi.from_dict(source).convert()
    security = {
        path: item["get"].get("security") for path, item in conversion.document["paths"].items()
    }
    assert security == {
        "/root": [{"auth": []}],
        "/open": None,
        "/both": [{"auth": []}],
        "/either": None,
        "/optional": None,
        "/scoped": [{"users": ["chat/read"]}],
        "/scopes": None,
        "/unscoped": [{"auth": []}],
        "/key": None,
    }
    assert conversion.document["components"]["securitySchemes"] == {
        "auth": authorizer,
        "users": users,
    }
    assert list_reported_elements(conversion, "GET /root") == []
    assert list_reported_elements(conversion, "GET /both") == ["security: bearer"]
    assert set(list_reported_elements(conversion, "GET /either")) == {
        "security: auth",
        "security: bearer",
    }
    assert list_reported_elements(conversion, "GET /key") == ["security: key"]


def test_responses_have_codes_that_api_gateway_accepts() -> None:
    """Defaults, ranges and invalid header names are dropped. Each operation has a response."""
    responses = {
        "default": {"description": "x"},
        "2XX": {"description": "x"},
        201: {"description": "x", "headers": {"X-Ok": {}, "X Bad": {}}},
    }
    conversion = convert(document({"/a": {"get": {"responses": responses}, "post": {}}}))
    methods = conversion.document["paths"]["/a"]
    assert methods["get"]["responses"] == {
        "201": {"description": "201 response", "headers": {"X-Ok": {"schema": {"type": "string"}}}}
    }
    assert list(methods["post"]["responses"]) == ["200"]
    assert list_reported_elements(conversion, "GET /a") == [
        "response default",
        "response 2XX",
        "header X Bad of response 201",
    ]


def test_the_report_names_each_location_and_operation_of_a_shared_model() -> None:
    """An omission in a component is reported once."""
    model = {"type": "object", "properties": {"a": {"type": "string", "format": "date"}}}
    body = {"requestBody": json_body({"$ref": "#/components/schemas/M"})}
    source = document({"/a": {"post": body, "put": body}}, components={"schemas": {"M": model}})
    (entry,) = [dropped for dropped in convert(source).dropped if dropped.element == "format"]
    assert entry.subject == "#/components/schemas/M"
    assert entry.pointers == ("#/components/schemas/M/properties/a/format",)
    assert entry.operations == ("POST /a", "PUT /a")


def test_documentation_is_left_out_and_counted_or_kept() -> None:
    """An option keeps summaries, descriptions and tags, but never tokens of CDK in them."""
    operation = {"summary": "S", "description": "${Token[T.1]}", "tags": ["t"], "callbacks": {}}
    source = document({"/a": {"get": operation}}, servers=[{"url": "/v1"}], webhooks={})
    lean, full = convert(source), convert(source, documentation=True)
    assert set(lean.document["paths"]["/a"]["get"]) == {"responses"}
    assert set(full.document["paths"]["/a"]["get"]) == {"responses", "summary", "tags"}
    elements = list_reported_elements(lean, "#")
    assert {"servers", "webhooks", "summary (1)", "tags (1)", "callbacks (1)"} <= set(elements)


def test_the_original_operation_is_available() -> None:
    """The converted document has no integrations. The original operation has them."""
    operation = {
        "operationId": "go",
        "tags": ["t"],
        "x-streaming-construct": {"stream": True},
        "x-amazon-apigateway-integration": {"type": "mock"},
        "responses": {"200": {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    }
    conversion = convert(document({"/a/": {"get": operation}}))
    source = conversion.sources[OperationKey("GET", "/a/")]
    assert (source.operation_id, source.tags) == ("go", ("t",))
    assert source.extensions["x-streaming-construct"] == {"stream": True}
    assert [body.media_type for body in source.responses[0].bodies] == ["text/event-stream"]
    assert "x-amazon-apigateway-integration" not in conversion.document["paths"]["/a"]["get"]


def test_all_models_can_be_left_out() -> None:
    """There is no body and no component, and the report names each operation."""
    content = json_body(OBJECT)["content"]
    operation = {"requestBody": json_body(OBJECT), "responses": {"200": {"content": content}}}
    conversion = convert(document({"/a": {"post": operation}}), models=False)
    assert "requestBody" not in conversion.document["paths"]["/a"]["post"]
    assert list_reported_elements(conversion, "POST /a") == [
        "models of the request body",
        "models of responses",
    ]


def test_the_error_for_too_many_resources_has_both_numbers() -> None:
    """Parents count. The caller can pass a raised quota."""
    paths: dict[str, Any] = {f"/a/r{n}": {"get": {}} for n in range(RESOURCES_PER_API)}
    with pytest.raises(OpenApiError) as caught:
        OpenApi.from_dict(document(paths)).convert()
    (reason,) = caught.value.reasons
    assert (reason.number, reason.limit) == (RESOURCES_PER_API + 1, RESOURCES_PER_API)
    assert "301 resources" in str(caught.value)
    assert "quota of 300" in str(caught.value)
    assert len(OpenApi.from_dict(document(paths)).convert(max_resources=301).operations) == 300


def large(models: int, bytes_each: int) -> dict[str, Any]:
    member = {"type": "string", "enum": ["x" * 990 + str(n) for n in range(bytes_each // 1000)]}
    model = {"type": "object", "properties": {"m": member}}
    paths: dict[str, Any] = {}
    for n in range(models):
        content = json_body({"$ref": f"#/components/schemas/M{n}"})["content"]
        paths[f"/p{n}"] = {"post": {"responses": {"200": {"description": "x", "content": content}}}}
    schemas = {f"M{n}": model for n in range(models)}
    return document(paths, components={"schemas": schemas})


def test_models_of_responses_are_dropped_from_a_large_template() -> None:
    """A document of several MB then fits. The report has the bytes and the limit."""
    conversion = convert(large(20, 100_000))
    assert len(json.dumps(conversion.document)) < TEMPLATE_MAX_BYTES
    (entry,) = [dropped for dropped in conversion.dropped if dropped.subject == "POST /p0"]
    assert entry.element == "models of responses"
    assert "a template takes 1,000,000" in entry.reason
    with_external_body = OpenApi.from_dict(large(20, 100_000)).convert(inline=False)
    assert len(with_external_body.document["components"]["schemas"]) == 20


def test_only_a_model_over_the_limit_is_dropped() -> None:
    """References to it then allow any value. The report has its bytes and the limit."""
    conversion = convert(large(1, 450_000))
    assert "components" not in conversion.document
    assert any("a model may have 409,600" in entry.reason for entry in conversion.dropped)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"openapi": "4.0.0", "paths": {}}, "version '4.0.0' is not supported"),
        ({"swagger": "1.2"}, "version '1.2' is not supported"),
        ({"paths": {}}, "neither `openapi` nor `swagger`"),
        ({"openapi": "3.1.0", "webhooks": {}}, "0 operations"),
        (document({"/a": {"get": {}, "trace": {}}}), "API Gateway has no method TRACE"),
        (document({"/a": {"$ref": "other.yaml"}}), "a reference to other.yaml"),
    ],
)
def test_a_document_that_cannot_be_imported_is_an_error(
    source: dict[str, Any], message: str
) -> None:
    """No version, method or operation is lost silently."""
    with pytest.raises(OpenApiError, match=message):
        OpenApi.from_dict(source).convert()


def test_extensions_that_api_gateway_supports_stay() -> None:
    """Validators and gateway responses stay. Those of HTTP APIs and nulls are reported and
    dropped."""
    prefix = "x-amazon-apigateway-"
    source = document(
        {
            "/a": {"get": {prefix + "request-validator": "all"}},
            "/b": {"get": {prefix + "request-validator": "none"}},
        },
        **{
            prefix + "request-validators": {"all": {"validateRequestBody": True, "x": None}},
            prefix + "gateway-responses": {"DEFAULT_4XX": {}},
            prefix + "cors": {"allowOrigins": ["*"]},
        },
    )
    conversion = convert(source)
    result = conversion.document
    assert result[prefix + "request-validators"] == {"all": {"validateRequestBody": True}}
    assert result[prefix + "gateway-responses"] == {"DEFAULT_4XX": {}}
    assert result["paths"]["/a"]["get"][prefix + "request-validator"] == "all"
    assert list_reported_elements(conversion, "GET /b") == ["request validator none"]
    assert prefix + "cors" in list_reported_elements(conversion, "#")

"""Random documents in the forms that people write: all versions, all difficult cases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SEGMENTS = st.sampled_from(
    [
        "pets", "v1", "users", "@me", "a b", "x,y", "me:batch", "{id}", "{pet_id}", "{user id}",
        "{y}.{format}", "{lon},{lat}", "v{version}", "{rest+}", "{name:path}", "",
    ]
)  # fmt: skip
ENDS = st.sampled_from(["", "", "", "/", "?beta=true", "#stream", "{?limit}"])
NAMES = st.sampled_from(["Pet", "pet", "Pet_Out_", "Page[Pet]", "Ref", "P.et", "Leaf", "Éa"])
PROPERTIES = st.sampled_from(
    [
        "id",
        "name",
        "$ref",
        "example",
        "default",
        "required",
        "Ref",
        "Fn::GetAtt",
        "${Token[TOKEN.1]}",
    ]
)
VALUES = st.sampled_from(["a", "b", "${Token[T.1]}", 1, 2, 2**60, 1.5, True, None])
PARAMETERS = st.sampled_from(["id", "limit", "filter[x]", "X-Trace", "Accept", "pet_id", "q"])
STATUSES = st.sampled_from(["200", "201", "404", "default", "2XX", "5xx"])
SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "oauth": {"type": "oauth2", "flows": {}},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "lambda": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn"},
    },
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}


def paths() -> st.SearchStrategy[str]:
    segments = st.lists(SEGMENTS, min_size=0, max_size=4)
    return st.builds(lambda parts, end: "/" + "/".join(parts) + end, segments, ENDS)


def schemas(version: str) -> st.SearchStrategy[Any]:
    prefix = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    references = NAMES.map(lambda name: {"$ref": prefix + name})
    leaves: st.SearchStrategy[Any] = st.one_of(references, _scalars(version), st.just({}))
    return st.recursive(leaves, lambda children: _nested(children, version), max_leaves=8)


def _scalars(version: str) -> st.SearchStrategy[Any]:
    kinds: st.SearchStrategy[Any] = st.sampled_from(["string", "integer", "number", "boolean"])
    if version == "3.1":
        kinds = st.one_of(kinds, st.just("null"), st.lists(kinds, min_size=1, max_size=2))
    exclusive: st.SearchStrategy[Any] = st.integers(-3, 3) if version == "3.1" else st.booleans()
    optional: dict[str, st.SearchStrategy[Any]] = {
        "enum": st.lists(VALUES, max_size=3),
        "minimum": st.sampled_from([0, 1, 2**63, 0.5]),
        "exclusiveMinimum": exclusive,
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "maxLength": st.sampled_from([3, 50, 2**63]),
        "pattern": st.sampled_from(["^a", "^[a-z]+$", r"^\p{L}$", "(?P<n>a)", "a{1,3}"]),
        "format": st.sampled_from(["date-time", "int64", "email"]),
        "readOnly": st.booleans(),
        "default": st.sampled_from([None, "a"]),
    }
    optional["const" if version == "3.1" else "nullable"] = (
        VALUES if version == "3.1" else st.booleans()
    )
    return st.fixed_dictionaries({"type": kinds}, optional=optional)


def _nested(children: st.SearchStrategy[Any], version: str) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(PROPERTIES, children, max_size=3)
    objects = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": properties},
        optional={
            "required": st.lists(PROPERTIES, unique=True, max_size=2),
            "additionalProperties": st.one_of(st.booleans(), children),
            "minProperties": st.integers(0, 1),
            "x-more": st.just(None),
            **({} if version == "2.0" else {"nullable": st.booleans()}),
            **({"patternProperties": properties} if version == "3.1" else {}),
        },
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array")},
        optional={"items": children, "uniqueItems": st.booleans(), "minItems": st.integers(0, 1)},
    )
    branches = st.lists(children, min_size=1, max_size=3)
    keywords = st.sampled_from(["allOf"] if version == "2.0" else ["allOf", "anyOf", "oneOf"])
    composed = st.builds(lambda keyword, parts: {keyword: parts}, keywords, branches)
    extended = st.builds(lambda base, parts: {**base, "allOf": parts}, objects, branches)
    return st.one_of(objects, arrays, composed, extended)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    version = draw(st.sampled_from(["2.0", "3.0.3", "3.1.0"]))
    short = version[:3]
    items = st.dictionaries(
        st.sampled_from(["get", "post", "delete"]), _operations(short), min_size=1, max_size=2
    )
    document: dict[str, Any] = {
        "info": {"title": "Any", "version": "1", "description": "${Token[T.1]}"},
        "paths": draw(st.dictionaries(paths(), items, min_size=1, max_size=5)),
    }
    names = draw(st.lists(NAMES, unique=True, max_size=5))
    models = {name: draw(schemas(short)) for name in names}
    if draw(st.booleans()):
        document["security"] = draw(_requirements())
    if short == "2.0":
        return {
            "swagger": "2.0",
            **document,
            "definitions": models,
            "securityDefinitions": SCHEMES,
        }
    components = {"schemas": models, "securitySchemes": SCHEMES}
    return {"openapi": version, **document, "components": components}


def _requirements() -> st.SearchStrategy[Any]:
    names = st.sampled_from([*SCHEMES, "unknown"])
    requirement: st.SearchStrategy[Any] = st.lists(names, unique=True, max_size=2).map(
        lambda scheme_name: {name: [] for name in scheme_name}
    )
    return st.lists(requirement, max_size=2)


def _operations(version: str) -> st.SearchStrategy[Any]:
    locations = st.sampled_from(["query", "header", "cookie"])
    kind = {"type": "string", "maxLength": 3}
    parameters = st.lists(
        st.builds(
            lambda name, location, required: {
                "name": name,
                "in": location,
                "required": required,
                **(kind if version == "2.0" else {"schema": kind}),
            },
            PARAMETERS,
            locations,
            st.booleans(),
        ),
        max_size=3,
        unique_by=lambda parameter: (parameter["name"], parameter["in"]),
    )
    schema = schemas(version)
    optional: dict[str, Any] = {"security": _requirements(), "tags": st.just(["x"])}
    if version == "2.0":
        body = st.builds(
            lambda schema, required: {
                "in": "body", "name": "body", "schema": schema, "required": required,
            },
            schema,
            st.booleans(),
        )  # fmt: skip
        parameters = st.builds(lambda listed, schema: [*listed, schema], parameters, body)
        responses = st.dictionaries(STATUSES, st.just({"description": "x"}), max_size=2)
    else:
        media = st.sampled_from(["application/json", "application/json", "multipart/form-data"])
        content = st.dictionaries(media, schema.map(lambda schema: {"schema": schema}), max_size=2)
        optional["requestBody"] = st.builds(
            lambda content, required: {"content": content, "required": required},
            content,
            st.booleans(),
        )
        responses = st.dictionaries(
            STATUSES,
            st.builds(lambda content: {"description": "x", "content": content}, content),
            max_size=2,
        )
    return st.fixed_dictionaries(
        {"parameters": parameters, "responses": responses}, optional=optional
    )

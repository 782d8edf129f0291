"""Seeds of the fuzz targets: inputs that showed a fault, and a correct one of each kind."""

from __future__ import annotations

from typing import Any

_POST = b"POST /prod/a HTTP/1.1\r\nHost: a\r\n"
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"

HTTP = (
    b"GET /prod/a HTTP/1.1\r\nHost: a\r\n\r\n",
    _POST + b"Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    _POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    _POST + b"Content-Length: 3, 3\r\n\r\nabc",
    _POST + b"Content-Length: 18446744073709551616\r\n\r\nabc",
    _POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _CHUNKED + b"3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    _CHUNKED + b"FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
    _CHUNKED + b"3\nabc\n0\n\n",
    _POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    _POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
    _POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /prod/a HTTP/1.1\r\nX-A: b\r\n c\r\nHost: a\r\n\r\n",
    b"GET http://[::1/prod/a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nraw",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /prod/\xc3\xa9?q=\xff HTTP/1.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)
HTTP_TOKENS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b":",
        b",",
        b"0\r\n\r\n",
        b"HTTP/1.0",
        b"HTTP/2.0",
    ),
    *(
        b"Host: b\r\n",
        b"Content-Length: 0\r\n",
        b"Content-Length: -1\r\n",
        b"Connection: close\r\n",
    ),
    *(b"Transfer-Encoding: chunked\r\n", b"Upgrade: h2c\r\nConnection: Upgrade\r\n", b"identity, "),
)

DELIMITER = b"\0" * 8
PRELUDES = (
    b'{"statusCode": 200, "headers": {"a": "b"}, "cookies": ["c=d"]}' + DELIMITER + b"body",
    b'{"statusCode":"200\\r\\nX: y","headers":{}}' + DELIMITER + b"x",
    b'{"statusCode": 200, "multiValueHeaders": {"a": ["b", "c\\r\\nd: e"]}}' + DELIMITER,
    b'{"statusCode": 1e400}' + DELIMITER,
    b'{"statusCode": 200, "headers": {"content-length": "+5"}}' + DELIMITER + b"hello",
    b"[" * 2000 + DELIMITER,
    b"\0" * 7 + b"x" + DELIMITER,
)
PRELUDE_TOKENS = (b"\0", DELIMITER, b'"', b"\\ud800", b"\xff", b"{}", b"null", b"-1", b"9" * 40)

ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/admin/x"
POLICIES = (
    {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]},
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": [ARN, "arn:*/prod/*"]},
            {
                "Effect": "Deny",
                "NotAction": "execute-api:ManageConnections",
                "NotResource": "arn:aws:execute-api:*:*:*/*/*/tenants/*/items/*/secret",
                "Principal": "*",
                "Condition": {"NotIpAddress": {"aws:SourceIp": ["1.2.3.0/24", "2001:db8::/32"]}},
            },
        ],
    },
)

_API = "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties: {Name: VALUE}\n"
YAML = (
    _API,
    _API.replace("VALUE", "!Sub ['${a}', {a: !Ref B}]"),
    "a0: &a0 [x, x]\na1: &a1 [*a0, *a0]\n" + _API.replace("VALUE", "*a1"),
    "a: &a {b: *a}\n",
    "a0: &a0 {x: 1}\na1: {<<: [*a0, *a0]}\n",
    _API.replace("VALUE", ":".join(["59"] * 20)),
    _API.replace("VALUE", '"\\ud800"'),
    "Resources: {A: !!python/object/apply:os.system ['true']}\n",
    '{"Resources": {"A": {"Type": "x", "n": 1e999}}}',
    "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {}}}}}\n",
)
YAML_TOKENS = (
    *(
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a ",
        "<<: ",
        "!!binary ",
        "!GetAtt ",
        "!!set ",
        "? ",
        "- ",
        ": ",
    ),
    *("\t", "\n", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "\x85", "\u2028", "\ufeff", "NO"),
    *("0o7", "0x1F", "1_0", ".inf", ".nan", "~", "2026-11-30", '"\\ud800"', "#", "'", '"'),
)

OPENAPI: tuple[Any, ...] = (
    {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
                "post": {
                    "security": [{"token": []}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/A"}}
                        },
                    },
                    "responses": {
                        "200": {"description": "x", "content": {"text/event-stream": {}}}
                    },
                },
            },
            "/files/{path}": {"get": {"responses": {"default": {"description": "x"}}}},
        },
        "components": {
            "schemas": {
                "A": {
                    "type": "object",
                    "properties": {
                        "b": {"$ref": "#/components/schemas/B"},
                        "n": {"type": "integer"},
                    },
                    "required": ["b"],
                },
                "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]},
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    },
    {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "parameters": [{"name": "q", "in": "query", "type": "string"}],
                    "responses": {"200": {"description": "x", "schema": {"type": "string"}}},
                }
            }
        },
    },
    {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}},
        "webhooks": {},
    },
)

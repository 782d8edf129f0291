"""Events as API Gateway and function URLs send them."""

from __future__ import annotations

from typing import Any


def rest_event(method: str = "GET", path: str = "/", **members: Any) -> dict[str, Any]:
    """Return an event of a REST API, version 1."""
    headers = members.pop("headers", {"Host": ["api.example"], "X-Forwarded-Proto": ["https"]})
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in headers.items() if values},
        "multiValueHeaders": headers,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"identity": {"sourceIp": "192.0.2.7"}, "stage": "prod"},
        "body": None,
        "isBase64Encoded": False,
        **members,
    }


def function_url_event(method: str = "GET", path: str = "/", **members: Any) -> dict[str, Any]:
    """Return an event of a function URL or an HTTP API, version 2."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-proto": "https"},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "192.0.2.7"}},
        "isBase64Encoded": False,
        **members,
    }

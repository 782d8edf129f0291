"""Mock integrations: responses from templates, such as those to CORS preflights.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.local.gateway.parameter_mapping import map_response_parameters
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response import Response
from streaming_construct.model.integrations import Integration, TemplatedResponse

_STATUS: Final = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})""")


class MockError(ValueError):
    """A mock integration has no response; API Gateway returns 500."""


def create_mock_response(
    integration: Integration,
    request: GatewayRequest,
    context: Mapping[str, Any],
    path_parameters: Mapping[str, str],
    stage_variables: Mapping[str, str],
) -> Response:
    """Return the response that the templates of an integration describe.

    Raises:
        MockError: The request template has no status, no response matches it, or a template fails.
    """
    overrides: dict[str, Any] = {"header": {}}
    variables = {
        "context": {**context, "responseOverride": overrides},
        "input": _Input(request, path_parameters),
        "stageVariables": dict(stage_variables),
    }
    _, request_template = _select_template(
        integration.request_templates, request.get_header("content-type")
    )
    response = _select_response(integration, _evaluate(request_template, variables))
    content_type, template = _select_template(response.templates, request.get_header("accept"))
    body = _evaluate(template, variables).strip()
    headers = dict(map_response_parameters(response.headers, request, context, stage_variables))
    headers |= {name: str(value) for name, value in overrides["header"].items()}
    status = int(overrides.get("status") or response.status or 200)
    return Response(status, (("Content-Type", content_type), *headers.items()), body.encode())


def has_templates(integration: Integration) -> bool:
    """Return whether a template of the integration has to be evaluated."""
    templates = [*integration.request_templates.values()]
    for response in integration.responses.values():
        templates += response.templates.values()
    return any("$" in template or "#" in template for template in templates)


def _select_response(integration: Integration, rendered: str) -> TemplatedResponse:
    status = _STATUS.search(rendered)
    if status is None:
        raise MockError("the request template has no statusCode")
    for pattern, response in integration.responses.items():
        if pattern != "default" and re.fullmatch(pattern, status[1]):
            return response
    if "default" not in integration.responses:
        raise MockError(f"no integration response matches status {status[1]}")
    return integration.responses["default"]


def _select_template(templates: Mapping[str, str], content_type: str | None) -> tuple[str, str]:
    """Return a template by its media type, else the first, else an empty one."""
    media_type = (content_type or "").partition(";")[0].strip()
    if media_type in templates:
        return media_type, templates[media_type]
    return next(iter(templates.items()), ("application/json", ""))


def _evaluate(template: str, variables: Mapping[str, Any]) -> str:
    if "$" not in template and "#" not in template:
        return template
    import airspeed  # type: ignore[import-untyped]  # it ships no types

    try:
        return str(airspeed.Template(template).merge(dict(variables)))
    except Exception as error:
        raise MockError(f"a template cannot be evaluated: {error}") from error


class _Input:
    """`$input` of a mapping template."""

    def __init__(self, request: GatewayRequest, path_parameters: Mapping[str, str]) -> None:
        self._path = _Values(path_parameters)
        self._query = _Values(
            {name: values[-1] for name, values in request.parse_query_parameters().items()}
        )
        self._headers = _Values(dict(request.headers))

    def params(self, name: str | None = None) -> object:
        """Return the parameter `name`, or all parameters by their location."""
        if name is None:
            return {"path": self._path, "querystring": self._query, "header": self._headers}
        return next(
            (values[name] for values in (self._path, self._query, self._headers) if name in values),
            "",
        )


class _Values(dict[str, str]):
    """Parameters by name; a missing one is an empty string, as in API Gateway."""

    def get(self, key: str, default: Any = "") -> Any:
        """Return a value by name."""
        return super().get(key, default)

"""What is checked of a request before its function is invoked: parameters, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.local.gateway.parameter_mapping import mapped_value
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.unresolved import describe_unresolved

_DEFAULT: Final = "$default"


class RequestValidator:
    """The request validators of an API.

    Bodies are checked by the jsonschema package, as draft 4, whose words for what is wrong are not
    those of API Gateway.
    """

    def __init__(self, api: ApiModel) -> None:
        self._api = api
        self._problems = dict(self._without_models())

    def check(self, call: RequestContext, route: Route) -> None:
        """Let a request pass that has what its route asks for.

        Raises:
            Refused: It lacks a parameter, or its body is not valid.
        """
        validation = route.validation
        if validation is None:
            return
        if validation.parameters and (missing := missing_parameters(validation, call.request)):
            raise GatewayResponseError(gateway_responses.missing_parameters(missing))
        if validation.body and validation not in self._problems.values():
            model = model_for(validation, call.request.header("content-type"))
            if model is not None and (why := invalid_body(model, call.body)):
                raise GatewayResponseError(
                    gateway_responses.invalid_body(why), f"the body is not valid: {why}"
                )

    def hints(self) -> Iterator[str]:
        """Yield a line for each route whose bodies cannot be checked here."""
        yield from self._problems

    def _without_models(self) -> Iterator[tuple[str, RequestValidation]]:
        """Yield what bodies cannot be checked by, with the reason."""
        for route in self._api.routes:
            validation = route.validation
            if validation is not None and validation.body and validation.models:
                why = "; ".join(describe_unresolved(validation.unresolved)) or _missing_package()
                if why:
                    yield f"bodies are not validated here: {route}: {why}", validation


def missing_parameters(validation: RequestValidation, request: GatewayRequest) -> list[str]:
    """Return the names of the required parameters that are not there, or blank."""
    return [
        source.rpartition(".")[2]
        for source in validation.required
        if not (mapped_value(source, request, {}, {}) or "").strip()
    ]


def model_for(validation: RequestValidation, content_type: str | None) -> Mapping[str, Any] | None:
    """Return the model of a body, by its media type; without one it is not checked."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    models = {name.lower(): model for name, model in validation.models.items()}
    return models.get(media_type, models.get(_DEFAULT))


def invalid_body(model: Mapping[str, Any], body: bytes) -> str | None:
    """Say what is wrong with a body by its model, which sees an empty object where it is empty."""
    import jsonschema

    try:
        instance = json.loads(body.decode() or "{}")
    except ValueError as error:
        return f"[it is not JSON: {error}]"
    errors = jsonschema.Draft4Validator(dict(model)).iter_errors(instance)
    said = sorted(f"{each.json_path}: {each.message}" for each in errors)
    return f"[{', '.join(said)}]" if said else None


def _missing_package() -> str | None:
    try:
        import jsonschema  # noqa: F401 - whether it is there
    except ImportError:
        return "pip install jsonschema"
    return None

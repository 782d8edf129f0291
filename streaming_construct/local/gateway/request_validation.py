"""Request validation: required parameters, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.parameter_mapping import mapped_value
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.workers.worker_pool import WorkerPool, WorkTimeoutError
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.unresolved import describe_unresolved

if TYPE_CHECKING:
    import jsonschema

_DEFAULT: Final = "$default"
_MAX_ERRORS: Final = 20
_MAX_PATH_CHARACTERS: Final = 200


class RequestValidator:
    """The request validators of an API.

    The package jsonschema checks bodies, as draft 4. Its messages are not those of API Gateway.
    """

    def __init__(self, api: ApiModel, workers: WorkerPool) -> None:
        self._workers = workers
        self._unchecked = [validation for _, validation, _ in _unvalidated_bodies(api)]

    async def check(
        self, validation: RequestValidation, request: GatewayRequest, body: bytes
    ) -> None:
        """Check a request by the validator of its route.

        Raises:
            GatewayResponseError: A required parameter is missing, or the body is not valid.
        """
        if validation.parameters and (missing := missing_parameters(validation, request)):
            raise GatewayResponseError(gateway_responses.missing_parameters(missing))
        if validation.body and validation not in self._unchecked:
            model = model_for(validation, request.header("content-type"))
            if model is None:
                return
            try:
                error = await self._workers.run(validation_error, model, body)
            except WorkTimeoutError as timeout:
                reason = f"the body was not validated: {timeout}"
                raise GatewayResponseError(gateway_responses.not_served(reason)) from timeout
            except ModelError as defect:
                raise GatewayResponseError(
                    gateway_responses.API_CONFIGURATION_ERROR, str(defect)
                ) from defect
            if error:
                raise GatewayResponseError(
                    gateway_responses.invalid_body(error), f"the body is not valid: {error}"
                )


def unvalidated_bodies(api: ApiModel) -> Iterator[str]:
    """Yield a message for each route whose bodies this machine cannot validate."""
    for route, _, reason in _unvalidated_bodies(api):
        yield f"{route} does not validate bodies locally: {reason}"


def _unvalidated_bodies(api: ApiModel) -> Iterator[tuple[Route, RequestValidation, str]]:
    for route in api.routes:
        validation = route.validation
        if validation is not None and validation.body and validation.models:
            reason = "; ".join(describe_unresolved(validation.unresolved)) or _missing_package()
            if reason:
                yield route, validation, reason


def missing_parameters(validation: RequestValidation, request: GatewayRequest) -> list[str]:
    """Return the names of the required parameters that are missing or blank."""
    return [
        source.rpartition(".")[2]
        for source in validation.required
        if not (mapped_value(source, request, {}, {}) or "").strip()
    ]


def model_for(validation: RequestValidation, content_type: str | None) -> Mapping[str, Any] | None:
    """Return the model of a body by its media type; None if no model applies."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    models = {name.lower(): model for name, model in validation.models.items()}
    return models.get(media_type, models.get(_DEFAULT))


def validation_error(model: Mapping[str, Any], body: bytes) -> str | None:
    """Return what is wrong with a body; None if it is valid. An empty body is an empty object.

    The text names keywords and values of the model, never values of the body, which are private.

    Raises:
        ModelError: The model cannot be evaluated.
    """
    import jsonschema
    import referencing.exceptions

    try:
        instance = _parse_json(body)
    except (ValueError, RecursionError) as error:
        return f"[the body is not JSON: {_json_error(error)}]"
    # An empty registry: a reference to another host must not make the gateway fetch it.
    validator = jsonschema.Draft4Validator(dict(model), registry=referencing.Registry())
    try:
        errors = list(itertools.islice(validator.iter_errors(instance), _MAX_ERRORS))
    except (RecursionError, OverflowError):
        return "[the body is nested too deeply, or a number is out of range]"
    except (referencing.exceptions.Unresolvable, jsonschema.SchemaError, re.error) as error:
        raise ModelError(f"the model of the body cannot be evaluated: {error}") from error
    messages = sorted(map(_describe, errors))
    return f"[{', '.join(messages)}]" if messages else None


class ModelError(ValueError):
    """A model cannot be evaluated; the message has the reason."""


def _parse_json(body: bytes) -> Any:
    """Parse JSON by RFC 8259, which has neither NaN nor Infinity.

    Raises:
        ValueError: The body is not JSON, or a number is out of range.
        RecursionError: The body is nested too deeply.
    """
    text = body.decode()
    return json.loads(text or "{}", parse_constant=_reject_constant, parse_float=_finite)


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is out of range")
    return number


def _json_error(error: Exception) -> str:
    """Describe an error without the text of the body."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number is out of range"


def _describe(error: jsonschema.ValidationError) -> str:
    path = error.json_path
    if len(path) > _MAX_PATH_CHARACTERS:
        path = path[:_MAX_PATH_CHARACTERS] + "..."
    if error.validator == "required":
        return f"{path}: {error.message}"  # names a property of the model
    value = error.validator_value
    if isinstance(value, str | int | float):
        return f"{path}: {error.validator} {json.dumps(value)}"
    return f"{path}: {error.validator}"


def _missing_package() -> str | None:
    try:
        import jsonschema  # noqa: F401 - tests that it is installed
    except ImportError:
        return "jsonschema is not installed: pip install jsonschema"
    return None

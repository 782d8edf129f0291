"""Request validation: required parameters, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.body_schema import ModelError, find_validation_error
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.parameter_mapping import get_mapped_value
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.workers.worker_pool import WorkerPool, WorkTimeoutError
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.unresolved import describe_unresolved

_DEFAULT: Final = "$default"


class RequestValidator:
    """The request validators of an API.

    The package jsonschema checks bodies, as draft 4. Its messages are not those of API Gateway.
    """

    def __init__(self, api: ApiModel, workers: WorkerPool) -> None:
        self._workers = workers
        self._unchecked = [validation for _, validation, _ in _list_unvalidated_bodies(api)]

    async def check(
        self, validation: RequestValidation, request: GatewayRequest, body: bytes
    ) -> None:
        """Check a request by the validator of its route.

        Raises:
            GatewayResponseError: A required parameter is missing, or the body is not valid.
        """
        if validation.has_parameter_validation and (
            missing := find_missing_parameters(validation, request)
        ):
            raise GatewayResponseError(
                gateway_responses.create_missing_parameters_response(missing)
            )
        if validation.has_body_validation and validation not in self._unchecked:
            model = find_model(validation, request.get_header("content-type"))
            if model is None:
                return
            try:
                error = await self._workers.run(find_validation_error, model, body)
            except WorkTimeoutError as timeout:
                reason = f"the body was not validated: {timeout}"
                raise GatewayResponseError(
                    gateway_responses.create_not_served_response(reason)
                ) from timeout
            except ModelError as defect:
                raise GatewayResponseError(
                    gateway_responses.API_CONFIGURATION_ERROR, str(defect)
                ) from defect
            if error:
                raise GatewayResponseError(
                    gateway_responses.create_invalid_body_response(error),
                    f"the body is not valid: {error}",
                )


def describe_unvalidated_bodies(api: ApiModel) -> Iterator[str]:
    """Yield a message for each route whose bodies this machine cannot validate."""
    for route, _, reason in _list_unvalidated_bodies(api):
        yield f"{route} does not validate bodies locally: {reason}"


def _list_unvalidated_bodies(api: ApiModel) -> Iterator[tuple[Route, RequestValidation, str]]:
    for route in api.routes:
        validation = route.validation
        if validation is not None and validation.has_body_validation and validation.models:
            reason = (
                "; ".join(describe_unresolved(validation.unresolved)) or _find_missing_package()
            )
            if reason:
                yield route, validation, reason


def find_missing_parameters(validation: RequestValidation, request: GatewayRequest) -> list[str]:
    """Return the names of the required parameters that are missing or blank."""
    return [
        source.rpartition(".")[2]
        for source in validation.required
        if not (get_mapped_value(source, request, {}, {}) or "").strip()
    ]


def find_model(validation: RequestValidation, content_type: str | None) -> Mapping[str, Any] | None:
    """Return the model of a body by its media type; None if no model applies."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    models = {name.lower(): model for name, model in validation.models.items()}
    return models.get(media_type, models.get(_DEFAULT))


def _find_missing_package() -> str | None:
    try:
        import jsonschema  # noqa: F401 - tests that it is installed
    except ImportError:
        return "jsonschema is not installed: pip install jsonschema"
    return None

"""The validation of a request body by a model: a JSON schema of draft 4.

A worker process imports this module, so it imports no other module of the gateway.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import jsonschema

_MAX_ERRORS: Final = 20
_MAX_PATH_CHARACTERS: Final = 200


def find_validation_error(model: Mapping[str, Any], body: bytes) -> str | None:
    """Return the error of a body; None if it is valid. An empty body is an empty object.

    The text names keywords and values of the model, never values of the body, which are private.

    Raises:
        ModelError: The model cannot be evaluated.
    """
    import jsonschema
    import referencing.exceptions

    try:
        instance = _parse_json(body)
    except (ValueError, RecursionError) as error:
        return f"[the body is not JSON: {_format_json_error(error)}]"
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
    return json.loads(
        text or "{}", parse_constant=_reject_constant, parse_float=_parse_finite_number
    )


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _parse_finite_number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is out of range")
    return number


def _format_json_error(error: Exception) -> str:
    """Describe an error without the text of the body."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    if isinstance(error, RecursionError):
        return "a value is nested too deeply"
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

"""The checks of the API and the functions that a construct of this folder measures."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.constructs.rest_api.rest_api_base import RestApiBase
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE


def check_api(api: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding for an API without the metrics of `StreamingRestApi`."""
    if not isinstance(api, RestApiBase):
        yield ARGUMENT_TYPE.at(
            subject, f"api is {api!r}, not a StreamingRestApi", fix="Pass a StreamingRestApi."
        )


def check_functions(functions: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding for a value that is not a list of functions."""
    if not isinstance(functions, list | tuple) or not all(map(is_function, functions)):
        yield ARGUMENT_TYPE.at(
            subject,
            f"functions is {functions!r}, not a list of IFunction",
            fix="Pass a list of IFunction.",
        )


def is_function(value: object) -> bool:
    """Return whether a value has the methods of a Lambda function of CDK."""
    return callable(getattr(value, "add_permission", None)) and not isinstance(value, type)

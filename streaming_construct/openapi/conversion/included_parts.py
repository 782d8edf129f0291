"""`IncludedParts`: the optional parts of a document, which are omitted until it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from streaming_construct.openapi.conversion.methods import Method


@dataclass(frozen=True, kw_only=True)
class IncludedParts:
    """The optional parts that a converted document includes."""

    documentation: bool
    response_models: bool
    request_models: bool
    headers: bool = True

    def list_reductions(self) -> Iterator[IncludedParts]:
        """Yield the sets of parts to try, from these parts to the minimum.

        The parts that API Gateway never checks are omitted first: documentation, response models
        and response headers.
        """
        without_documentation = replace(self, documentation=False)
        without_response_models = replace(without_documentation, response_models=False)
        without_headers = replace(without_response_models, headers=False)
        minimum = replace(without_headers, request_models=False)
        yield from dict.fromkeys(
            [self, without_documentation, without_response_models, without_headers, minimum]
        )

    def reduce(self, method: Method) -> Method:
        """Return the method without the parts that are not included."""
        return replace(
            method,
            bodies=method.bodies if self.request_models else {},
            responses={
                status: replace(
                    response,
                    bodies=response.bodies if self.response_models else {},
                    headers=response.headers if self.headers else (),
                )
                for status, response in method.responses.items()
            },
        )

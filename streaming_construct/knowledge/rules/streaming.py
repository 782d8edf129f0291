"""Functions and transfer modes: whether what answers a route can answer that way.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.model import ApiModel, TransferMode


def streaming_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield a warning for each function that is known not to fit the mode of a route."""
    modes: dict[str, set[TransferMode]] = {}
    for route in api.routes:
        if route.integration.function is not None:
            modes.setdefault(route.integration.function, set()).add(route.integration.transfer_mode)
    for function in api.functions.values():
        used = modes.get(function.id, set())
        if function.streams is False and TransferMode.STREAM in used:
            yield warning(
                "function-does-not-stream",
                f"function {function.origin}",
                f"it serves streamed routes, and Lambda's {function.runtime} answers only as a "
                "whole, which API Gateway turns into a 500 there",
                "use PythonStreamingFunction or PythonWebFunction, or a buffered route; "
                "acknowledge this where the function brings an adapter or a runtime of its own",
                function.origin,
            )
        if function.streams and TransferMode.BUFFERED in used:
            yield warning(
                "function-always-streams",
                f"function {function.origin}",
                "it serves buffered routes, and what it streams is answered without a body there",
                "give the buffered routes a function of their own, or stream them",
                function.origin,
            )

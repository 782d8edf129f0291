"""Functions and transfer modes: whether what answers a route can answer that way.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.model import ApiModel, Function, TransferMode
from streaming_construct.knowledge.rules.transfer_modes import is_settled
from streaming_construct.knowledge.web_adapter import runs_behind_adapter


def streaming_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield a warning for each function that is known not to fit the mode of a route."""
    modes: dict[str, set[TransferMode]] = {}
    for route in api.routes:
        if not is_settled(route, api):
            continue
        if route.integration.function is not None:
            modes.setdefault(route.integration.function, set()).add(route.integration.transfer_mode)
    for function in api.functions.values():
        used = modes.get(function.id, set())
        if function.streams is False and TransferMode.STREAM in used and not _adapted(function):
            yield warning(
                "function-does-not-stream",
                f"function {function.origin.name}",
                f"it serves streamed routes, and Lambda's {function.runtime} answers only as a "
                "whole, which API Gateway turns into a 500 there",
                "use PythonStreamingFunction or PythonWebFunction, or a buffered route; "
                "acknowledge this where the function brings an adapter or a runtime of its own",
                function.origin,
            )
        if function.streams and used == {TransferMode.BUFFERED}:
            yield warning(
                "function-always-streams",
                f"function {function.origin.name}",
                "it serves buffered routes, and what it streams is answered without a body there",
                "give the buffered routes a function of their own, or stream them",
                function.origin,
            )


def _adapted(function: Function) -> bool:
    """Say whether an adapter answers for the function: how it is told to is another rule's."""
    layers = [layer.arn for layer in function.layers if layer.arn]
    return runs_behind_adapter(function.environment, layers)

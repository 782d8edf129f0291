"""Transfer modes: what one function can serve.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.model import NOWHERE, ApiModel, Route, TransferMode


def mixed_transfer_mode_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield a warning for each function that serves streamed and buffered routes of `api`."""
    served: dict[str, dict[TransferMode, list[Route]]] = {}
    for route in api.routes:
        if route.integration.function is not None:
            modes = served.setdefault(route.integration.function, {})
            modes.setdefault(route.integration.transfer_mode, []).append(route)
    for function, modes in served.items():
        if len(modes) > 1:
            known = api.functions.get(function)
            streamed, buffered = modes[TransferMode.STREAM], modes[TransferMode.BUFFERED]
            yield warning(
                "mixed-transfer-modes",
                f"function {known.origin if known else function}",
                f"it serves streamed routes ({_some(streamed)}) and buffered ones "
                f"({_some(buffered)}), and one that streams answers nothing on a buffered route",
                "stream all of them (openapi_transfer_mode=ResponseTransferMode.STREAM, which "
                "suits answers in one piece, too), or give the buffered ones a function of their "
                "own (overrides={...: Route(handler=...)})",
                known.origin if known else NOWHERE,
            )


def _some(routes: list[Route]) -> str:
    shown = ", ".join(map(str, routes[:3]))
    return f"{shown} and {len(routes) - 3} more" if len(routes) > 3 else shown

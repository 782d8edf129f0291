"""What the gateway serves, in lines for the console."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from streaming_construct.aws.limits import INTEGRATION_TIMEOUT_DEFAULT_MS
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.integrations import Integration
from streaming_construct.model.unresolved import describe_unresolved


def route_table(
    api: ApiModel, unavailable: Mapping[str, str], notes: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a line a route, one for every function that cannot run here, and the source's notes.

    `unavailable` says why, by function id.
    """
    rows = [_row(api, route) for route in api.routes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
    for name, reason in unavailable.items():
        yield f"cannot run here: {api.functions[name].origin}: {reason}"
    for function in api.functions.values():
        # The code is why the function is unavailable, which is reported above.
        unresolved = {
            name: reason
            for name, reason in function.unresolved.items()
            if name != "Code" or function.id not in unavailable
        }
        for problem in describe_unresolved(unresolved):
            yield f"not known from the template: {function.origin}: {problem}"
    yield from notes


def _row(api: ApiModel, route: Route) -> tuple[str, ...]:
    integration = route.integration
    if integration.unresolved:
        return (
            route.method,
            route.path,
            "not served",
            "",
            "; ".join(describe_unresolved(integration.unresolved)),
        )
    if integration.function is None:
        return route.method, route.path, integration.type, "", ""
    seconds = (integration.timeout_ms or INTEGRATION_TIMEOUT_DEFAULT_MS) / 1000
    return (
        route.method,
        route.path,
        integration.transfer_mode.value,
        f"{seconds:g} s",
        _function(api, integration),
    )


def _function(api: ApiModel, integration: Integration) -> str:
    name = str(api.functions[integration.function or ""].origin)
    return f"{name}:{integration.qualifier}" if integration.qualifier else name


def base_path_hints(api: ApiModel, served: str | None) -> Iterator[str]:
    """Yield a line for each base path of the API but the one that it is served under."""
    for path in api.base_paths:
        if path != served:
            yield f"not served here: /{path}/ of a domain name; --base-path {path} tries it out"

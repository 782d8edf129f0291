"""The base path of a custom domain name, which every path that a function sees begins with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

from streaming_construct.model.api import Route
from streaming_construct.rules.finding import Finding, error, warning

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import Function


_VARIABLE: Final = "_streaming_construct_base_path_variable"
_TOLD: Final = "_streaming_construct_base_path"


def set_base_path_trait(function: object, variable: str, told: str | None) -> None:
    """Remember which variable tells `function` its base path, and what it was told, if anything."""
    setattr(function, _VARIABLE, variable)
    setattr(function, _TOLD, f"/{told.strip('/')}" if told else None)


def base_path_conflict_findings(
    function: object, base_path: str | None, where: str
) -> Iterator[Finding]:
    """Yield a finding where `function` was told another base path already."""
    told = getattr(function, _TOLD, None)
    if base_path is not None and told not in (None, base_path):
        yield error(
            "base-path-conflict",
            where,
            f"its custom domain has the base path {base_path}, and the function was told {told} "
            f"by {getattr(function, _VARIABLE)}",
            "give each base path a function of its own, or leave the one it was given out",
        )


def base_path_repeated_findings(
    routes: Iterable[Route], base_path: str | None
) -> Iterator[Finding]:
    """Yield a warning for each route whose path begins with the base path, too."""
    for route in routes if base_path is not None else ():
        if f"{route.path}/".startswith(f"{base_path}/"):
            yield warning(
                "base-path-repeated",
                f"route {route}",
                f"its path begins with the base path of the domain name, so that its URL there is "
                f"{base_path}{route.path}",
                "leave the base path out of the path of the route",
            )


def set_base_path_variable(function: object, base_path: str | None) -> None:
    """Tell `function` its base path, if it has a variable for that and was told none."""
    if base_path is None or getattr(function, _TOLD, None) is not None:
        return
    if variable := getattr(function, _VARIABLE, None):
        setattr(function, _TOLD, base_path)
        cast("Function", function).add_environment(variable, base_path)


_MARK: Final = "_streaming_construct_streams"


def set_streaming_trait(function: object, *, streams: bool) -> None:
    """Remember that `function` streams, or that it answers as a whole."""
    setattr(function, _MARK, streams)


def streaming_trait(function: object) -> bool | None:
    """Return what was remembered of `function`; None if nothing was."""
    told: bool | None = getattr(function, _MARK, None)
    return told

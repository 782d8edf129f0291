"""The base path of a custom domain name, which every path that a function sees begins with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from streaming_construct.knowledge.finding import Finding, error, warning
from streaming_construct.knowledge.web_adapter import REMOVE_BASE_PATH_VARIABLE

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import Function

_STRIPPED: Final = "_streaming_construct_stripped_base_path"
_KEPT: Final = "_streaming_construct_web_app_without_adapter"
_NOTHING_YET: Final = ""


def mark_adapter(function: object, remove_base_path: str | None) -> None:
    """Remember that the Web Adapter is in front of `function`, and what it was told to strip."""
    setattr(function, _STRIPPED, remove_base_path or _NOTHING_YET)


def mark_web_app_without_adapter(function: object) -> None:
    """Remember that `function` is a web app to which nothing strips a base path."""
    setattr(function, _KEPT, True)


def base_path_conflict_findings(
    function: object, base_path: str | None, where: str
) -> Iterator[Finding]:
    """Yield a finding where the adapter of `function` strips another path already."""
    stripped = getattr(function, _STRIPPED, None)
    if base_path is not None and stripped not in (None, _NOTHING_YET, base_path):
        yield error(
            "base-path-conflict",
            where,
            f"its custom domain has the base path {base_path}, and the function's Web Adapter "
            f"strips {stripped}",
            "give each base path a function of its own, or leave remove_base_path out",
        )


def tell_base_path(function: object, base_path: str | None, where: str) -> Iterator[Finding]:
    """Let the adapter of `function` strip `base_path`, or yield a warning where nothing does."""
    if base_path is None:
        return
    if getattr(function, _STRIPPED, None) == _NOTHING_YET:
        setattr(function, _STRIPPED, base_path)
        cast("Function", function).add_environment(REMOVE_BASE_PATH_VARIABLE, base_path)
    elif getattr(function, _KEPT, False):
        yield warning(
            "base-path-seen",
            where,
            f"without the Web Adapter the app sees {base_path} before each of its paths",
            f"mount the app under {base_path}, leave native=True out, or leave base_path out",
        )

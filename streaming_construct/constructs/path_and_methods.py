"""The path and the methods of a route as `add_route` is given them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Token

from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.http_methods import ANY


def path_and_methods_findings(
    path: object, methods: Sequence[str] | None, where: str
) -> Iterator[Finding]:
    """Yield why they are no path and no methods; what a path may be, the rules know."""
    if not isinstance(path, str):
        yield error("path-invalid", where, f"the path is {path!r}, not a text", "write '/chat'")
    # A path that is plainly a path needs no round trip to Node.js.
    elif "${" in path and Token.is_unresolved(path):
        yield error(
            "path-invalid", where, "the path holds a token", "write a path that is known at synth"
        )
    listed = methods is None or (not isinstance(methods, str) and len(methods) > 0)
    if not listed or any(not isinstance(method, str) for method in methods or ()):
        yield error(
            "method-invalid",
            where,
            f"methods is {methods!r}, not a list of methods",
            'write methods=["GET"], or leave it out for any method',
        )


def read_methods(methods: Sequence[str] | None) -> list[str]:
    """Return `methods` in upper case: any where there are none, nothing for what is no list."""
    return [] if isinstance(methods, str) else [str(method).upper() for method in methods or [ANY]]

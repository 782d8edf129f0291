"""What a handler yields first to set status, headers and cookies."""

from __future__ import annotations

TYPE_CHECKING = False  # typing costs more to import than this whole module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class HttpResponse:
    """The head of a streamed answer; the items yielded after it are the body.

    Args:
        status: The HTTP status. Default: 200.
        headers: Names to values, a list of values for a header that repeats, or pairs.
            Default: a content type told from the first item of the body.
        cookies: One `Set-Cookie` value each. Default: none.

    Raises:
        ValueError: The status is not between 100 and 599.
    """

    __slots__ = ("cookies", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str | list[str]] | Iterable[tuple[str, str]] = (),
        cookies: Iterable[str] = (),
    ) -> None:
        if not 100 <= int(status) <= 599:
            raise ValueError(f"HTTP status {status} is not between 100 and 599")
        self.status = int(status)
        self.headers = _pairs(headers)
        self.cookies = [str(cookie) for cookie in cookies]

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {self.headers!r}, {self.cookies!r})"


def _pairs(
    headers: Mapping[str, str | list[str]] | Iterable[tuple[str, str]],
) -> list[tuple[str, str]]:
    items = headers.items() if hasattr(headers, "items") else headers
    return [
        (str(name), str(value))
        for name, values in items
        for value in (values if isinstance(values, (list, tuple)) else [values])
    ]

"""The head of a streamed response: what a handler yields first, and the JSON that Lambda reads.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

# Not `json`, which imports `re` and `enum`, nor `functools`: this runtime starts in less time.
from _json import encode_basestring_ascii as quote

from streaming_construct.runtime.errors import LambdaError

TYPE_CHECKING = False  # typing costs more to import than this whole module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
# The delimiter must lie within the first 16 KB too.
MAX_BYTES = 16 * 1024
# The gateway frames the response itself.
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade"}
# The responses of a route mostly have the same head.
_PRELUDES_MAX = 16
_preludes: dict[object, bytes] = {}


class HttpResponse:
    """The head of a streamed response; the items yielded after it are the body.

    Args:
        status: The HTTP status. Default: 200.
        headers: Names to values, a list of values for a header that repeats, or pairs.
            Default: a content type derived from the first item of the body.
        cookies: One `Set-Cookie` value each, or one text. Default: none.

    Raises:
        TypeError: The value of a header or a cookie is None or bytes.
        ValueError: The status is not between 100 and 599.
    """

    __slots__ = ("cookies", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str | list[str]] | Iterable[tuple[str, str]] = (),
        cookies: Iterable[str] | str = (),
    ) -> None:
        try:
            self.status = int(status)
        except (TypeError, ValueError):
            self.status = 0
        if not 100 <= self.status <= 599:
            raise ValueError(f"HTTP status {status!r} is not between 100 and 599")
        items = headers.items() if hasattr(headers, "items") else headers
        self.headers = [
            (str(name), _to_text(name, value))
            for name, values in items
            for value in (values if isinstance(values, (list, tuple)) else [values])
        ]
        values = [cookies] if isinstance(cookies, str | bytes) else cookies
        self.cookies = [_to_text("set-cookie", value) for value in values]

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {self.headers!r}, {self.cookies!r})"


def _to_text(name: str, value: object) -> str:
    if isinstance(value, bytes | None):
        raise TypeError(f"header {name!r} is {value!r}. Pass a str.")
    return str(value)


def create_prelude(response: HttpResponse, *, multi_value: bool) -> bytes:
    """Return the head as JSON, then eight NULs: what stands before the body.

    Args:
        response: Status, headers and cookies; `Set-Cookie` headers join the cookies.
        multi_value: Whether a repeated header goes to `multiValueHeaders`, as API Gateway's REST
            APIs read it; otherwise its values are joined with commas, as function URLs need.

    Raises:
        LambdaError: It does not fit into 16 KB.
    """
    cookies = [("set-cookie", cookie) for cookie in response.cookies]
    pairs = (*cookies, *response.headers)
    key = response.status, pairs, multi_value
    prelude = _preludes.get(key)
    if prelude is None:
        if len(_preludes) >= _PRELUDES_MAX:
            _preludes.clear()
        prelude = _preludes[key] = _encode(response.status, pairs, multi_value=multi_value)
    return prelude


def _encode(status: int, pairs: tuple[tuple[str, str], ...], *, multi_value: bool) -> bytes:
    headers: dict[str, list[str]] = {}
    cookies = []
    for name, value in pairs:
        lower = name.lower()
        if lower == "set-cookie":
            cookies.append(value.strip())
        elif lower not in _HOP_BY_HOP:
            headers.setdefault(lower, []).append(value.strip())
    single, multiple = [], []
    for name, values in headers.items():
        if multi_value and len(values) > 1:
            multiple.append(f"{quote(name)}:{_quote_all(values)}")
        else:
            single.append(f"{quote(name)}:{quote(', '.join(values))}")
    metadata = f'{{"statusCode":{status}'
    if multiple:
        metadata += f',"multiValueHeaders":{{{",".join(multiple)}}}'
    metadata += f',"headers":{{{",".join(single)}}}'
    if cookies:
        metadata += f',"cookies":{_quote_all(cookies)}'
    encoded = f"{metadata}}}".encode() + DELIMITER
    if len(encoded) > MAX_BYTES:
        raise LambdaError(
            "Runtime.PreludeTooLarge",
            f"status, headers and cookies take {len(encoded)} bytes as JSON; "
            f"Lambda reads {MAX_BYTES}: send fewer or shorter headers",
        )
    return encoded


def _quote_all(values: list[str]) -> str:
    return f"[{','.join(map(quote, values))}]"

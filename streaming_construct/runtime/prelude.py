"""The head of a streamed answer as Lambda wants it: JSON, then eight NULs, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json

from streaming_construct.runtime.fault import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.http_response import HttpResponse

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
# The delimiter must lie within the first 16 KB too.
MAX_BYTES = 16 * 1024
# The gateway frames the answer itself.
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade"}


def encode(response: HttpResponse, *, multi_value: bool) -> bytes:
    """Returns the prelude and its delimiter.

    Args:
        response: Status, headers and cookies; `Set-Cookie` headers join the cookies.
        multi_value: Whether a repeated header goes to `multiValueHeaders`, as API Gateway's REST
            APIs read it; otherwise its values are joined with commas, as function URLs need.

    Raises:
        Fault: It does not fit into 16 KB.
    """
    headers: dict[str, list[str]] = {}
    cookies = list(response.cookies)
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            cookies.append(value.strip())
        elif lower not in _HOP_BY_HOP:
            headers.setdefault(lower, []).append(value.strip())
    metadata: dict[str, object] = {"statusCode": response.status}
    if multi_value and any(len(values) > 1 for values in headers.values()):
        metadata["multiValueHeaders"] = {n: v for n, v in headers.items() if len(v) > 1}
        headers = {n: v for n, v in headers.items() if len(v) == 1}
    metadata["headers"] = {name: ", ".join(values) for name, values in headers.items()}
    if cookies:
        metadata["cookies"] = cookies
    prelude = json.dumps(metadata, separators=(",", ":")).encode() + DELIMITER
    if len(prelude) > MAX_BYTES:
        raise Fault(
            "Runtime.PreludeTooLarge",
            f"status, headers and cookies take {len(prelude)} bytes as JSON with their delimiter; "
            f"Lambda reads {MAX_BYTES}: send fewer or shorter headers",
        )
    return prelude

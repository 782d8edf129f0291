"""Read the extension `x-streaming-construct`, which configures one operation.

```yaml
x-streaming-construct: {transferMode: BUFFERED, timeout: 20, throttle: {rate: 5, burst: 10}}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.openapi.conversion.extensions import STREAMING_EXTENSION

if TYPE_CHECKING:
    from streaming_construct.openapi.reader.operations import Operation

_MEMBERS = ("transferMode", "timeout", "throttle")


@dataclass(frozen=True, kw_only=True)
class StreamingExtension:
    """The `x-streaming-construct` extension of an operation; None for a missing member."""

    transfer_mode: TransferMode | None = None
    timeout_ms: int | None = None
    throttle: Throttle | None = None


def read_streaming_extension(operation: Operation) -> tuple[StreamingExtension, list[str]]:
    """Return the extension of an operation, and a clause for each problem."""
    value = operation.extensions.get(STREAMING_EXTENSION)
    if value is None:
        return StreamingExtension(), []
    problems = list(_find_problems(value))
    if problems:
        return StreamingExtension(), problems
    mode, timeout, throttle = (value.get(name) for name in _MEMBERS)
    return (
        StreamingExtension(
            transfer_mode=TransferMode(mode) if mode is not None else None,
            timeout_ms=round(timeout * 1000) if timeout is not None else None,
            throttle=Throttle(**throttle) if throttle is not None else None,
        ),
        [],
    )


def _find_problems(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"the value is {value!r}, not an object"
        return
    for name in value:
        if name not in _MEMBERS:
            yield f"{name!r} is not one of the members {', '.join(_MEMBERS)}"
    mode = value.get("transferMode")
    if mode is not None and mode not in list(TransferMode):
        yield f"transferMode is {mode!r}, not STREAM or BUFFERED"
    timeout = value.get("timeout")
    if timeout is not None and not (is_number(timeout) and timeout >= 0):
        yield f"timeout is {timeout!r}, not a number of seconds"
    throttle = value.get("throttle")
    if throttle is not None and not _is_throttle(throttle):
        yield f"throttle is {throttle!r}, not {{rate: requests a second, burst: requests at once}}"


def is_number(value: object) -> bool:
    """Return whether a value is a number; a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_throttle(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) <= {"rate", "burst"}
        and all(is_number(limit) for limit in value.values())
    )

"""HTTP range requests: https://www.rfc-editor.org/rfc/rfc9110#name-range-requests."""

import re
from dataclasses import dataclass

# Lambda sends the first 6 MB of a stream at full speed and the rest at 2 MB/s
# (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
MAX_RANGE_BYTES = 5 * 1024 * 1024

# No file has 10^18 bytes, and Python refuses to parse thousands of digits.
_SINGLE = re.compile(
    r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*", re.IGNORECASE
)


class UnsatisfiableRangeError(ValueError):
    """The range begins after the end. The response has status 416."""


@dataclass(frozen=True)
class ByteRange:
    """The bytes from `start` to `end`, both included, as in `Content-Range`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.end - self.start + 1

    def format_content_range(self, total: int) -> str:
        """Return the Content-Range header for a representation of `total` bytes."""
        return f"bytes {self.start}-{self.end}/{total}"


def parse_range(
    header: str | None, size: int, max_bytes: int = MAX_RANGE_BYTES
) -> ByteRange | None:
    """Return the range to send for a `Range` header: at most `max_bytes` of `size` bytes.

    A server may send less than requested; players then request the rest. Returns None to send
    everything: without a header, or with one that is not a single range of bytes.

    Raises:
        UnsatisfiableRangeError: The range begins after the end.
    """
    match = _SINGLE.fullmatch(header or "")
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size - 1
    else:
        start, end = int(first), min(int(last or size - 1), size - 1)
        if last and int(last) < start:
            return None
    if start >= size or suffix == "0":
        raise UnsatisfiableRangeError(f"{header} of {size} bytes")
    return ByteRange(start, min(end, start + max_bytes - 1))


def limit_range(header: str, max_bytes: int = MAX_RANGE_BYTES) -> str:
    """Limit a `Range` header to `max_bytes`, for a representation of unknown size.

    A header that is not a single range of bytes, or that counts from the end, is unchanged.
    """
    match = _SINGLE.fullmatch(header)
    if match is None or match[3] is not None:
        return header
    start = int(match[1])
    end = start + max_bytes - 1
    return f"bytes={start}-{min(end, int(match[2])) if match[2] else end}"

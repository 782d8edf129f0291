"""Byte ranges of HTTP: https://www.rfc-editor.org/rfc/rfc9110#name-range-requests."""

import re
from dataclasses import dataclass

# Lambda sends the first 6 MB of a stream at full speed and the rest at 2 MB/s
# (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
LONGEST = 5 * 1024 * 1024

# Nothing has as many bytes as 19 digits count, and Python refuses to read thousands of digits.
_SINGLE = re.compile(
    r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*", re.IGNORECASE
)


class UnsatisfiableRangeError(ValueError):
    """The range begins beyond the end: the answer is a 416."""


@dataclass(frozen=True)
class ByteRange:
    """From `start` up to and including `end`, as in `Content-Range`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes these are."""
        return self.end - self.start + 1

    def content_range(self, of: int) -> str:
        """Write the header of a 206, of a representation of so many bytes."""
        return f"bytes {self.start}-{self.end}/{of}"


def asked_range(header: str | None, size: int, longest: int = LONGEST) -> ByteRange | None:
    """Return what to send of `size` bytes for a `Range` header: at most `longest` of them.

    A server may send less than was asked for, and players then ask for the rest. `None` stands for
    all of it: there is no header, or one that is no single range of bytes, which is to be ignored.

    Raises:
        UnsatisfiableRangeError: it begins beyond the end.
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
    return ByteRange(start, min(end, start + longest - 1))


def bounded(header: str, longest: int = LONGEST) -> str:
    """Return a `Range` header that asks for at most `longest` bytes, where the size is not known.

    What is no single range of bytes, and what counts from the end, stays as it is.
    """
    match = _SINGLE.fullmatch(header)
    if match is None or match[3] is not None:
        return header
    start = int(match[1])
    end = start + longest - 1
    return f"bytes={start}-{min(end, int(match[2])) if match[2] else end}"

"""The text of a file that a user names."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

_OTHER_ENCODINGS: Final = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
_ZIP: Final = b"PK\x03\x04"


class FileTextError(ValueError):
    """A file cannot be read as text; the message completes `<file> ...`."""


def read_file_text(file: Path) -> str:
    """Return the text of a file in UTF-8, without its byte order mark.

    Raises:
        FileTextError: The file cannot be read, or its text has another encoding.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileTextError(f"cannot be read: {error.strerror or error}") from error
    if content.startswith(_ZIP):
        message = "is a zip archive. Write a Terraform plan as JSON: `terraform show -json FILE`."
        raise FileTextError(message)
    for encoding, marks in _OTHER_ENCODINGS.items():
        if content.startswith(marks):
            raise FileTextError(f"is encoded as {encoding}. Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not encoded as UTF-8: line {line} has the byte {content[error.start]:#04x}."
        raise FileTextError(f"{message} Save it as UTF-8.") from error

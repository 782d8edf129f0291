"""Files of environment variables, such as `.env`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"(?:export\s+)?([^=\s]+)\s*=\s*(.*)")
_ESCAPES: Final = {r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\"": '"', r"\\": "\\"}


class EnvFileError(ValueError):
    """A file of environment variables that cannot be read. The text has every wrong line."""


def read_env_file(file: Path) -> dict[str, str]:
    """Read a file with a `NAME=value` on each line, in the order of the file.

    Empty lines and lines that start with `#` are ignored. So are `export` before a name, and ` #`
    after an unquoted value with the rest of the line. In single quotes a value is literal. In
    double quotes it has the escapes of a newline, a tab, a quote and a backslash. References to
    other variables are not expanded.

    Raises:
        EnvFileError: The file cannot be read, or a line has another form.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(f"{file} cannot be read: {error}") from error
    variables: dict[str, str] = {}
    problems = []
    for number, name, value in _list_entries(lines):
        if name is None or value is None:
            problems.append(f"{file}:{number} is not NAME=value")
        else:
            variables[name] = value
    if problems:
        raise EnvFileError("\n".join(problems))
    return variables


def _list_entries(lines: list[str]) -> Iterator[tuple[int, str | None, str | None]]:
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            match = _NAME.fullmatch(stripped)
            yield (number, match[1], _parse_value(match[2])) if match else (number, None, None)


def _parse_value(text: str) -> str | None:
    """Return a value without its quotes; None if the closing quote is missing."""
    if text[:1] == "'":
        match = re.fullmatch(r"'([^']*)'\s*(?:#.*)?", text)
        return match[1] if match else None
    if text[:1] == '"':
        match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', text)
        if match is None:
            return None
        return re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), match[1])
    return re.split(r"\s#", text, maxsplit=1)[0].rstrip()

"""Files of environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.local.settings.env_file import EnvFileError, read_env_file


def test_names_quotes_comments_and_escapes_are_read(tmp_path: Path) -> None:
    """The syntax is that of `.env` in other tools, without expansion of other variables."""
    file = tmp_path / ".env"
    file.write_text(
        "\ufeff# a comment\n\nKEY=value # why\nexport TOKEN = a#b \nEMPTY=\nEQUALS=a=b\n"
        'SINGLE=\'$HOME \\n # kept\'  # not this\nDOUBLE="line\\nline \\"x\\" \\d"\n',
        encoding="utf-8",
    )

    assert read_env_file(file) == {
        "KEY": "value",
        "TOKEN": "a#b",
        "EMPTY": "",
        "EQUALS": "a=b",
        "SINGLE": "$HOME \\n # kept",
        "DOUBLE": 'line\nline "x" \\d',
    }


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.env"
    file.write_text("A=1\nno value\nB='open\n")

    with pytest.raises(EnvFileError) as rejected:
        read_env_file(file)
    assert str(rejected.value) == f"{file}:2 is not NAME=value\n{file}:3 is not NAME=value"


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match=r"absent\.env cannot be read: "):
        read_env_file(tmp_path / "absent.env")

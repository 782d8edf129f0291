"""The first page names a command for each starting point of a reader."""

from __future__ import annotations

import re

import click
import pytest

from streaming_construct.cli import Commands
from tests.docs.pages import list_table_rows, read_page

STARTS = list_table_rows(read_page("index"))[1:]


@pytest.mark.parametrize("row", STARTS, ids=lambda row: row[0][:24])
def test_each_start_names_a_command_that_exists(row: list[str]) -> None:
    """The command fits one line, with its options."""
    group = Commands("streaming-construct")
    commands = re.findall(r"streaming-construct (\w+)([^`&]*)", row[1])

    assert commands
    for name, arguments in commands:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", arguments)) <= options

"""Rules, causes and commands on the pages exist, and claims about AWS have a source."""

from __future__ import annotations

import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import click
import pytest

from streaming_construct.cli import Commands
from streaming_construct.probe.diagnosis.causes import CAUSES
from streaming_construct.rules.registry import RULES, RULES_BY_ID, list_phases
from tests.docs.code_blocks import list_blocks
from tests.docs.pages import (
    DOCS,
    ROOT,
    UNTESTED_PAGES,
    find_section,
    list_links,
    list_table_rows,
    read_page,
)

GROUP = Commands("streaming-construct")
RULE = re.compile(r"rules\.md#([a-z0-9-]+)")
DOCTORS = {rule.id for rule in RULES if set(list_phases(rule)) <= {"doctor", "pre-deploy"}}
# What stands in a block and cannot run here: the test that runs it.
RUN_BY = {
    "pip install": "tests/test_wheel.py",
    "python3 -m venv": "tests/test_wheel.py",
    ". .venv/bin/activate": "tests/test_wheel.py",
    "cd my-chat": "tests/test_wheel.py",
    "npx": "tests/sample/test_deploy.py",
}


def parse_command(arguments: list[str]) -> None:
    """Parse a command line of this project without running it. Click raises its errors."""
    command = GROUP.get_command(click.Context(GROUP), arguments[0])
    assert command is not None, arguments[0]
    context = click.Context(command, info_name=arguments[0])
    command.make_parser(context).parse_args(arguments[1:])


def commands(text: str) -> list[str]:
    lines = [line for block in list_blocks(text, "console") for line in block.splitlines()]
    return [line[2:] for line in lines if line.startswith("$ ")]


@cache
def anchors(file: Path) -> set[str]:
    """Return the targets of links to the headings of a file."""
    titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", sorted(file.stem for file in DOCS.glob("*.md")))
def test_linked_pages_and_headings_exist(name: str) -> None:
    """Each relative link leads to a file, and to a heading that exists."""
    for _, target in list_links(read_page(name)):
        path, _, heading = target.partition("#")
        if "://" not in target:
            file = DOCS / (path or f"{name}.md")
            assert file.exists(), target
            assert not heading or heading in anchors(file), target


@pytest.mark.parametrize("name", UNTESTED_PAGES)
def test_an_id_leads_to_its_own_section(name: str) -> None:
    """The text of a link is the rule or cause that it leads to. The build checks the target."""
    for text, target in list_links(read_page(name)):
        rule_link = RULE.match(target)
        if rule_link and text.startswith("`"):
            assert rule_link[1] in RULES_BY_ID
            assert text == f"`{rule_link[1]}`"
        if target.startswith("probe.md#") and text.startswith("`"):
            heading = target.partition("#")[2]
            parts = re.split(r"^### (.+)\n", read_page("probe"), flags=re.MULTILINE)[1:]
            below = dict(zip(parts[::2], parts[1::2], strict=True))
            by_slug = {
                title.lower().replace(",", "").replace(" ", "-"): body
                for title, body in below.items()
            }
            assert all(cause in CAUSES for cause in re.findall(r"`([a-z-]+)`", text))
            assert all(cause in by_slug[heading] for cause in re.findall(r"`[a-z-]+`", text))


@pytest.mark.parametrize("name", ["troubleshooting", "checklist"])
def test_a_rule_is_listed_with_the_command_that_checks_it(name: str) -> None:
    """Rules that need a deployment belong to the doctor, all others to lint."""
    count = 0
    for part in re.split(r"[;|]|\.\n", read_page(name)):
        tool = re.search(r"`(?:streaming-construct )?(lint|doctor|probe)\b[^`]*`:", part)
        for rule in RULE.findall(part):
            count += 1
            assert (rule in DOCTORS) == (tool is not None and tool[1] == "doctor"), part

    assert count > 20


@pytest.mark.parametrize("name", UNTESTED_PAGES)
def test_each_command_exists_with_its_options(name: str) -> None:
    """Commands in code blocks and in running text exist."""
    text = read_page(name)
    inline = re.findall(r"`((?:streaming-construct )?(?:lint|doctor|probe|local) [^`]+)`", text)
    for command in commands(text) + inline:
        arguments = shlex.split(command)
        if test := next((RUN_BY[start] for start in RUN_BY if command.startswith(start)), None):
            assert (ROOT / test).is_file()
        else:
            parse_command([part for part in arguments if part != "streaming-construct"])


def test_the_check_of_commands_finds_a_wrong_option() -> None:
    """The test above can fail."""
    with pytest.raises(click.NoSuchOption):
        parse_command(["probe", "URL", "--comparison", "URL"])


def test_the_make_targets_exist() -> None:
    """The Makefile has each target that a page names."""
    targets = {
        target
        for name in UNTESTED_PAGES
        for target in re.findall(r"`make ([a-z-]+)`", read_page(name))
    }

    assert targets
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("choosing-a-setup", "What streams, and how far"),
        ("timeouts", "What ends a stream"),
        ("timeouts", "Sizes and rates"),
        ("misconceptions", "Where it works"),
        ("misconceptions", "Times and sizes"),
        ("misconceptions", "How to set it up"),
        ("misconceptions", "Once it runs"),
    ],
)
def test_each_row_names_its_source(name: str, heading: str) -> None:
    """The last cell links to a page of AWS, or to a report where AWS documents nothing."""
    table_rows = list_table_rows(find_section(read_page(name), heading))

    assert table_rows
    for row in table_rows:
        assert re.match(r"\[(AWS|adapter|report)\]\(https://", row[-1]), row


def test_a_link_named_aws_leads_to_aws() -> None:
    """`[AWS]` links to the documentation, the site or the repositories of AWS."""
    for name in UNTESTED_PAGES:
        for text, target in list_links(read_page(name)):
            if text == "AWS":
                assert re.match(
                    r"https://(docs\.aws\.amazon\.com|aws\.amazon\.com|github\.com/aws)/", target
                )

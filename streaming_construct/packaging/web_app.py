"""How the web app of a folder is started, and everything that is wrong with that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.entry_point import app_problems
from streaming_construct.packaging.requirements import NAME, PythonSource
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.run_script import render_run_script, run_script_problem
from streaming_construct.packaging.web_servers import SUPPORTED_SERVERS, choose_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class WebApp:
    """What starts a web app, as the content of `run.sh`, unless `problems` has any."""

    run_script: bytes = b""
    problems: tuple[str, ...] = ()


def read_web_app(
    python: PythonSource,
    *,
    app: str,
    command: Sequence[str] | None = None,
    python_minor: int | None = None,
) -> WebApp:
    """Read how the web app of a folder is started.

    The script is the folder's own `run.sh`, or made from `command`, or from `app`
    (`module:attribute`) and the web server in `requirements.txt`. An argument of `command` may
    contain `$NAME` and `${NAME:-default}`; nothing else in it means anything to the shell.
    """
    own_script = python.folder / RUN_SCRIPT
    if own_script.is_file():
        script = own_script.read_bytes()
        return WebApp(
            run_script=script, problems=tuple(_own_script_problems(own_script, script, command))
        )
    if command is not None:
        empty = f"command is empty: leave it out, or name the program {RUN_SCRIPT} runs"
        return WebApp(
            run_script=render_run_script(" ".join(map(_quote, command))),
            problems=() if command else (empty,),
        )
    problems = tuple(app_problems(python.folder, app, python_minor))
    server = choose_server(python.requirements.names)
    if server is None:
        listed = python.folder / NAME
        there = f"no web server in {listed}" if listed.is_file() else f"there is no {listed}"
        none = f"{there}: add one of {SUPPORTED_SERVERS}, or pass command=[...]"
        return WebApp(problems=(*problems, none))
    return WebApp(run_script=render_run_script(server.command(app)), problems=problems)


def _own_script_problems(
    path: Path, content: bytes, command: Sequence[str] | None
) -> Iterator[str]:
    if problem := run_script_problem(content):
        yield f"{path} {problem}"
    if command is not None:
        yield f"command was given, but the folder has a script of its own, {path}: keep one of them"


def _quote(argument: str) -> str:
    if _PLAIN.fullmatch(argument):
        return argument
    escaped = re.sub(r'(["\\`]|\$(?=\())', r"\\\1", argument)
    return f'"{escaped}"'

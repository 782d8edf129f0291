"""How to start a web app."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.entry_point import find_app_problems
from streaming_construct.packaging.requirements import NAME, PythonSource
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.run_script import find_run_script_problem, render_run_script
from streaming_construct.packaging.web_servers import SUPPORTED_SERVERS, choose_server
from streaming_construct.runtime.web.adapted import APP_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class WebApp:
    """The start of a web app.

    Attributes:
        run_script: The content of `run.sh`.
        problems: One sentence for each reason why the app cannot start.
    """

    run_script: bytes = b""
    problems: tuple[str, ...] = ()


def read_web_app(
    python: PythonSource,
    *,
    app: str,
    command: Sequence[str] | None = None,
    python_minor: int | None = None,
) -> WebApp:
    """Read how to start the web app of a folder.

    The script is the `run.sh` of the folder, if there is one. Else it executes `command`, or it
    starts `app` (`module:attribute`) with the server in `requirements.txt`. The shell replaces
    `$NAME` and `${NAME:-default}` in an argument of `command`, and nothing else.
    """
    script_file = python.folder / RUN_SCRIPT
    if script_file.is_file():
        script = script_file.read_bytes()
        return WebApp(
            run_script=script, problems=tuple(_find_script_problems(script_file, script, command))
        )
    if command is not None:
        empty = f"command is empty. Remove it, or pass the program that {RUN_SCRIPT} executes."
        return WebApp(
            run_script=render_run_script(" ".join(map(_quote, command))),
            problems=() if command else (empty,),
        )
    problems = tuple(find_app_problems(python.folder, app, python_minor))
    if not python.exists:
        return WebApp(problems=problems)
    server = choose_server(python.requirements.names)
    if server is None:
        file = python.folder / NAME
        state = "lists no web server" if file.is_file() else "does not exist"
        missing = f"{file} {state}. Add one of {SUPPORTED_SERVERS}, or pass command=[...]."
        return WebApp(problems=(*problems, missing))
    variables = f"{APP_VARIABLE}={app} {server.variables}".rstrip()
    return WebApp(run_script=render_run_script(server.command, variables), problems=problems)


def _find_script_problems(
    path: Path, content: bytes, command: Sequence[str] | None
) -> Iterator[str]:
    if problem := find_run_script_problem(content):
        yield f"{path} {problem}"
    if command is not None:
        yield f"command has no effect, because {path} exists. Remove one of the two."


def _quote(argument: str) -> str:
    if _PLAIN.fullmatch(argument):
        return argument
    escaped = re.sub(r'(["\\`]|\$(?=\())', r"\\\1", argument)
    return f'"{escaped}"'

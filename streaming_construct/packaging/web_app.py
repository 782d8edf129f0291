"""A folder with a web app: what it says about itself, and everything that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.requirements import NAME, Requirements, read_requirements
from streaming_construct.packaging.run_script import NAME as RUN_SCRIPT
from streaming_construct.packaging.run_script import render_run_script, run_script_problem
from streaming_construct.packaging.server import KNOWN, choose_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_APP: Final = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class WebApp:
    """A folder ready to be packaged, unless `problems` has any."""

    folder: Path
    requirements: Requirements = field(default_factory=Requirements)
    run_script: bytes = b""
    problems: tuple[str, ...] = ()


def read_web_app(folder: Path, *, app: str, command: Sequence[str] | None = None) -> WebApp:
    """Read a web app's folder: its requirements, and the script that starts it.

    The script is the folder's own `run.sh`, or made from `command`, or from `app`
    (`module:attribute`) and the web server in `requirements.txt`. An argument of `command` may
    contain `$NAME` and `${NAME:-default}`; nothing else in it means anything to the shell.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        return WebApp(
            folder=folder,
            problems=(f"entry {str(folder)!r} {what}: give the folder that has the web app",),
        )
    try:
        requirements = read_requirements(folder)
    except UnicodeDecodeError as error:
        return WebApp(folder=folder, problems=(f"a requirements file is not UTF-8: {error}",))
    own_script = folder / RUN_SCRIPT
    script = b""
    problems: list[str] = list(requirements.problems)
    if own_script.is_file():
        script = own_script.read_bytes()
        problems += _own_script_problems(own_script, script, command)
    elif command is not None:
        script = render_run_script(" ".join(map(_quote, command)))
        if not command:
            problems.append(
                f"command is empty: leave it out, or name the program {RUN_SCRIPT} runs"
            )
    else:
        server = choose_server(requirements.names)
        problems += _app_problems(folder, app)
        if server is None:
            problems.append(
                f"no web server in {folder / NAME}: add one of {KNOWN}, or pass command=[...]"
            )
        else:
            script = render_run_script(server.command(app))
    return WebApp(
        folder=folder, requirements=requirements, run_script=script, problems=tuple(problems)
    )


def _own_script_problems(
    path: Path, content: bytes, command: Sequence[str] | None
) -> Iterator[str]:
    if problem := run_script_problem(content):
        yield f"{path} {problem}"
    if command is not None:
        yield f"command was given, but the folder has a script of its own, {path}: keep one of them"


def _app_problems(folder: Path, app: str) -> Iterator[str]:
    match = _APP.fullmatch(app)
    if match is None:
        yield f"app must be 'module:attribute', as in 'app:app', got {app!r}"
        return
    path = folder.joinpath(*match[1].split("."))
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    if not any(file.is_file() for file in files):
        yield f"app {app!r} names a module that is not there: neither {files[0]} nor {files[1]}"


def _quote(argument: str) -> str:
    if _PLAIN.fullmatch(argument):
        return argument
    escaped = re.sub(r'(["\\`]|\$(?=\())', r"\\\1", argument)
    return f'"{escaped}"'

"""The web app in a folder, and all problems of it at once."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from streaming_construct.packaging.requirements import read_python_folder
from streaming_construct.packaging.web_app import read_web_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("app = None\n")
    (tmp_path / "requirements.txt").write_text("uvicorn==0.40.0\n")
    return tmp_path


def test_the_script_starts_the_server_of_the_app(folder: Path) -> None:
    """It has an interpreter line, LF only, and one exec."""
    web_app = read_web_app(read_python_folder(folder), app="app:app")
    assert web_app.problems == ()
    assert web_app.run_script.startswith(b"#!/bin/sh\n")
    assert b"\r" not in web_app.run_script
    assert (
        b"\nexec ${STREAMING_EXEC_WRAPPER:-} python -m uvicorn --host 127.0.0.1 "
        in web_app.run_script
    )
    assert b"\nexport STREAMING_WEB_APP=app:app\n" in web_app.run_script


@pytest.mark.parametrize("module", ["pkg.web", "pkg"])
def test_a_module_may_be_a_package_or_in_one(folder: Path, module: str) -> None:
    """`pkg/web.py` and `pkg/__init__.py` are both modules."""
    (folder / "pkg").mkdir()
    (folder / "pkg" / "__init__.py").write_text("api = None\n")
    (folder / "pkg" / "web.py").write_text("api = None\n")
    assert read_web_app(read_python_folder(folder), app=f"{module}:api.app").problems == ()


def test_a_missing_folder_or_a_file_is_a_problem(folder: Path) -> None:
    """The message has the given path."""
    (missing,) = read_python_folder(folder / "nope").problems
    (file,) = read_python_folder(folder / "app.py").problems
    assert "nope' does not exist" in missing
    assert "app.py' is not a folder" in file


@pytest.mark.parametrize(
    "app", ["app", "app:", ":app", "app.py:app", "app:app()", "a b:c", "a;b:c"]
)
def test_an_app_must_be_a_module_and_an_attribute(folder: Path, app: str) -> None:
    """The message has the given value. No part of it can reach the shell."""
    (problem,) = read_web_app(read_python_folder(folder), app=app).problems
    assert repr(app) in problem


def test_all_problems_are_reported_at_once(folder: Path) -> None:
    """A bad requirement, a missing module and a missing server."""
    (folder / "requirements.txt").write_text("-e .\n")
    python = read_python_folder(folder)
    problems = (*python.problems, *read_web_app(python, app="main:app").problems)
    assert len(problems) == 3
    assert "requirements.txt:1" in problems[0]
    assert "main.py" in problems[1]
    assert all(name in problems[2] for name in ("uvicorn", "hypercorn", "gunicorn", "waitress"))


@pytest.mark.parametrize(
    ("requirements", "server"),
    [
        ("gunicorn\nUvicorn[standard]>=0.40", "uvicorn"),
        ("hypercorn", "hypercorn"),
        ("flask\ngunicorn==23", "gunicorn"),
        ("waitress", "waitress"),
    ],
)
def test_the_required_server_is_used(folder: Path, requirements: str, server: str) -> None:
    """Extras and version do not matter. ASGI precedes WSGI."""
    (folder / "requirements.txt").write_text(requirements)
    assert (
        f"python -m {server} ".encode()
        in read_web_app(read_python_folder(folder), app="app:app").run_script
    )


def test_a_command_replaces_app_and_server(folder: Path) -> None:
    """Variables are expanded. Other characters of an argument have no meaning in the shell."""
    (folder / "requirements.txt").unlink()
    arguments = ["a b", "$AWS_LWA_PORT", "${PORT:-80}", "$(id)", "`id`", '"', "\\", "*", ";id", "'"]
    web_app = read_web_app(
        read_python_folder(folder), app="nope", command=["printf", "%s\\n", *arguments]
    )
    assert web_app.problems == ()
    output = subprocess.run(
        ["sh"],
        input=web_app.run_script,
        env={"PATH": os.environ["PATH"], "AWS_LWA_PORT": "9000"},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode()
    expected = ["a b", "9000", "80", "$(id)", "`id`", '"', "\\", "*", ";id", "'"]
    assert output.splitlines() == expected


def test_the_script_of_the_folder_is_used_unchanged(folder: Path) -> None:
    """No server is needed."""
    (folder / "requirements.txt").unlink()
    (folder / "run.sh").write_bytes(b"#!/bin/sh\nexec python server.py\n")
    web_app = read_web_app(read_python_folder(folder), app="nope")
    assert web_app.problems == ()
    assert web_app.run_script == b"#!/bin/sh\nexec python server.py\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"#!/bin/sh\r\nexec x\r\n", "CRLF"), (b"exec x\n", "interpreter line")],
)
def test_a_script_that_lambda_cannot_start_is_a_problem(
    folder: Path, content: bytes, says: str
) -> None:
    """The message names the file and the fix."""
    (folder / "run.sh").write_bytes(content)
    (problem,) = read_web_app(read_python_folder(folder), app="app:app").problems
    assert str(folder / "run.sh") in problem
    assert says in problem


def test_a_script_beside_a_command_is_a_problem(folder: Path) -> None:
    """One of them would be ignored."""
    (folder / "run.sh").write_bytes(b"#!/bin/sh\n")
    (problem,) = read_web_app(read_python_folder(folder), app="app:app", command=["x"]).problems
    assert "Remove one of the two." in problem


def test_an_empty_command_is_a_problem(folder: Path) -> None:
    """The script would have nothing to run."""
    (problem,) = read_web_app(read_python_folder(folder), app="app:app", command=[]).problems
    assert "command is empty" in problem

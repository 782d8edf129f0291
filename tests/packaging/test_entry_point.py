"""An entry point is checked against the source, which does not run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from streaming_construct.packaging.entry_point import (
    find_app_problems,
    find_decorated_generator,
    find_handler_problems,
    find_syntax_error,
    list_return,
)

MINOR = sys.version_info.minor


def write_module(folder: Path, source: str, name: str = "index.py") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return file


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): ...",
        "async def handler(event, context): ...",
        "class handler: ...",
        "handler = None",
        "handler: object = None",
        "other, (handler, *rest) = 1, (2, 3)",
        "from chat import handler",
        "from chat import run as handler",
        "import handler",
        "import handler.inner",
        "try:\n    import fast\nexcept ImportError:\n    handler = 1",
        "if True:\n    with open('x') as handler:\n        pass",
        "print(handler := 1)",
        "def set_up():\n    global handler\n    handler = 1",
        "match [1]:\n    case [handler]: pass",
        "match {}:\n    case {**handler}: pass",
    ],
)
def test_a_name_that_the_source_defines_is_no_problem(tmp_path: Path, source: str) -> None:
    """Any kind of binding counts."""
    write_module(tmp_path, source)

    assert list(find_handler_problems(tmp_path, "index.handler", MINOR)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from chat import *",
        "globals()['handler'] = print",
        "exec('handler = print')",
        "def __getattr__(name): ...",
    ],
)
def test_a_name_that_the_source_may_define_is_no_problem(tmp_path: Path, source: str) -> None:
    """Only the running module shows it."""
    write_module(tmp_path, source)

    assert list(find_handler_problems(tmp_path, "index.handler", MINOR)) == []


def test_a_missing_name_is_a_problem(tmp_path: Path) -> None:
    """The message names the file and the defined names. Locals do not count."""
    file = write_module(tmp_path, "def handle(event, context):\n    handler = 1\n")

    (problem,) = find_handler_problems(tmp_path, "index.handler", MINOR)

    assert problem == (
        f"handler 'index.handler' names 'handler', which {file} does not define. "
        "Did you mean 'handle'?"
    )


def test_a_missing_app_is_a_problem(tmp_path: Path) -> None:
    """The module must define the first part of a dotted attribute."""
    write_module(tmp_path, "class Server: ...\n", "pkg/web.py")

    assert list(find_app_problems(tmp_path, "pkg.web:Server.app", MINOR)) == []
    (problem,) = find_app_problems(tmp_path, "pkg.web:app", MINOR)
    assert "app 'pkg.web:app' names 'app', which" in problem
    assert "Define it, or name another one." in problem


def test_a_package_precedes_a_module(tmp_path: Path) -> None:
    """Python imports them in this order."""
    write_module(tmp_path, "handler = 1\n", "index.py")
    write_module(tmp_path, "other = 1\n", "index/__init__.py")

    (problem,) = find_handler_problems(tmp_path, "index.handler", MINOR)
    assert "index/__init__.py" in problem


def test_a_missing_module_is_a_problem(tmp_path: Path) -> None:
    """The message names the file to create."""
    (problem,) = find_handler_problems(tmp_path, "chat/index.handler", MINOR)

    assert f"Create {tmp_path / 'chat' / 'index.py'}" in problem


def test_a_syntax_error_is_a_problem(tmp_path: Path) -> None:
    """The message has file and line."""
    file = write_module(tmp_path, "import os\ndef handler(event context): ...\n")

    (problem,) = find_handler_problems(tmp_path, "index.handler", MINOR)

    assert problem.startswith(f"{file}:2: ")
    assert f"in Python 3.{MINOR}. Correct the line" in problem


@pytest.mark.skipif(MINOR < 11, reason="this Python does not know the newer syntax")
def test_syntax_of_a_newer_python_is_a_problem(tmp_path: Path) -> None:
    """Exception groups came with Python 3.11."""
    source = "def handler(event, context):\n    try: ...\n    except* OSError: ...\n"
    file = write_module(tmp_path, source)

    assert list(find_handler_problems(tmp_path, "index.handler", 11)) == []
    (problem,) = find_handler_problems(tmp_path, "index.handler", 10)
    assert problem.startswith(f"{file}:")
    assert "in Python 3.10" in problem


@pytest.mark.parametrize("minor", [None, MINOR + 1])
def test_syntax_of_a_newer_function_python_is_unknown(tmp_path: Path, minor: int | None) -> None:
    """The Python of the function may support it."""
    file = write_module(tmp_path, "defer handler = 1\n")

    assert list(find_handler_problems(tmp_path, "index.handler", minor)) == []
    assert (find_syntax_error(tmp_path, "index.handler", minor) or "").startswith(f"{file}:1: ")
    assert find_syntax_error(tmp_path, "index.handler", MINOR) is None


def test_a_file_that_is_no_source_is_a_problem(tmp_path: Path) -> None:
    """A null byte, or a wrong encoding."""
    (tmp_path / "index.py").write_bytes(b"handler = 1\0\n")
    (tmp_path / "latin.py").write_bytes(b"handler = '\xe9'\n")

    for module in ("index", "latin"):
        (problem,) = find_handler_problems(tmp_path, f"{module}.handler", MINOR)
        assert f"{module}.py:" in problem


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context):\n    return [1, 2]",
        "async def handler(event, context):\n    return [n for n in range(3)]",
        "def handler(event, context):\n    return list(range(3))",
        "def handler(event, context):\n    if event: return []\n    return sorted(event)",
        "def handler(event, context):\n    def inner(): yield 1\n    return [inner()]",
    ],
)
def test_a_handler_that_only_returns_lists_is_found(tmp_path: Path, source: str) -> None:
    """The result has the line of its first return."""
    file = write_module(tmp_path, source)

    line = next(n for n, text in enumerate(source.splitlines(), 1) if "return" in text)
    assert list_return(tmp_path, "index.handler") == f"{file}:{line}"


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context):\n    yield 1\n    return [1]",
        "def handler(event, context):\n    return {'statusCode': 200}",
        "def handler(event, context):\n    if event: return []\n    return (n for n in event)",
        "def handler(event, context): ...",
        "@decorated\ndef handler(event, context):\n    return [1]",
        "def handler(environ, start_response):\n    return [b'a']",
        "def handler(event, context):\n    def inner(): return [1]\n    return inner()",
        "handler = None",
        "def handler(event, context:\n    return [1]",
    ],
)
def test_other_handlers_are_not_found(tmp_path: Path, source: str) -> None:
    """A generator, a web app, an unknown name, and a handler with another problem."""
    write_module(tmp_path, source)

    assert list_return(tmp_path, "index.handler") is None


@pytest.mark.parametrize(
    ("decorators", "line"),
    [
        ("@flushed", 1),
        ("@metrics.log_metrics(capture_cold_start_metric=True)", 1),
        ("@stream_in_call\n@flushed", 2),
        ("@flushed\n@stream_in_call", None),
        ("@flushed\n@runtime.stream_in_call", None),
        ("", None),
    ],
)
def test_a_decorated_generator_is_found_by_its_last_decorator(
    tmp_path: Path, decorators: str, line: int | None
) -> None:
    """It may be asynchronous. A handler that returns is not found."""
    for definition in ("def", "async def"):
        file = write_module(
            tmp_path, f"{decorators}\n{definition} handler(event, context):\n    yield 1"
        )
        expected = None if line is None else f"{file}:{line}"
        assert find_decorated_generator(tmp_path, "index.handler") == expected
    write_module(tmp_path, f"{decorators}\ndef handler(event, context):\n    return 1")
    assert find_decorated_generator(tmp_path, "index.handler") is None

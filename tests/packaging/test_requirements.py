"""requirements.txt becomes one text with the same meaning on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streaming_construct.packaging.requirements import (
    Requirements,
    flatten_requirements,
    is_pinned,
    read_requirements,
)

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> Requirements:
    return flatten_requirements({"requirements.txt": text})


def test_layout_comments_and_line_endings_do_not_matter() -> None:
    """Two files with the same requirements are equal."""
    plain = "uvicorn==0.40.0\nstarlette[full]==1.0 --hash=sha256:aa --hash=sha256:bb\n"
    decorated = (
        "\N{BYTE ORDER MARK}# web\r\n\r\n  uvicorn==0.40.0   # the server\r\n"
        "starlette[full]==1.0 \\\r\n    --hash=sha256:aa \\\r\n    --hash=sha256:bb\r\n"
    )
    assert read(decorated).text == read(plain).text == plain


def test_a_hash_sign_in_a_url_starts_no_comment() -> None:
    """It starts a comment only after white space."""
    line = "demo @ https://example.com/demo-1.0-py3-none-any.whl#sha256=ab"
    assert read(f"{line} # why").lines == (line,)


def test_included_files_are_inlined_and_constraints_collected() -> None:
    """`-r` and `-c` are relative to their file."""
    requirements = flatten_requirements(
        {
            "requirements.txt": "-r deps/web.txt\nhttpx==1.0\n--constraint=pins.txt",
            "deps/web.txt": "uvicorn\n-c ../pins.txt",
            "pins.txt": "h11==0.16",
        }
    )
    assert requirements.problems == ()
    assert requirements.text == "-c constraints.txt\nuvicorn\nhttpx==1.0\n"
    assert requirements.constraints_text == "h11==0.16\nh11==0.16\n"
    assert requirements.names == {"uvicorn", "httpx"}


def test_a_missing_or_circular_include_is_a_problem() -> None:
    """The problem begins with the file and line."""
    requirements = flatten_requirements(
        {"requirements.txt": "-r a.txt\n-r ../out.txt", "a.txt": "\n-r a.txt"}
    )
    assert [problem.partition(": ")[0] for problem in requirements.problems] == [
        "a.txt:2",
        "requirements.txt:2",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "--editable=lib",
        "./lib",
        "../lib",
        "/srv/lib",
        "~/lib",
        "wheels/demo-1.0-py3-none-any.whl",
        "demo @ file:///srv/demo",
        "--find-links wheels",
        "-fwheels",
        "https://example.com/demo-1.0-py3-none-any.whl",
        "git+https://example.com/demo",
        "demo@./lib",
        "demo=1.0",
        "demo one",
        "demo==${VERSION}",
    ],
)
def test_an_ambiguous_line_is_a_problem(line: str) -> None:
    """A path, a URL without a name, or no requirement. The message has the line."""
    (problem,) = read(f"uvicorn\n{line}\n").problems
    assert problem.startswith("requirements.txt:2: ")
    assert line in problem


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi.example.com/simple",
        "--find-links https://example.com/wheels",
        "demo[extra]>=1,<2 ; sys_platform == 'linux'",
        "demo @ https://example.com/demo-1.0-py3-none-any.whl",
        "demo @ https://${TOKEN}@example.com/demo-1.0-py3-none-any.whl",
        "demo==1.0 --config-settings=--global-option=x",
        "--pre",
    ],
)
def test_portable_options_and_urls_are_kept(line: str) -> None:
    """The installer interprets them."""
    requirements = read(line)
    assert requirements.problems == ()
    assert requirements.lines == (line,)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("demo==1.0", True),
        ("demo [a,b] == 1.0", True),
        ("demo===1.0", True),
        ("demo==1.0; python_version > '3'", True),
        ("demo>=1; python_version == '3.14'", False),
        ("demo==1.0 --hash=sha256:ab", True),
        ("demo @ https://example.com/demo.whl#sha256=ab", True),
        ("demo @ https://example.com/demo.whl", False),
        ("demo==1.0,>0.9", True),
        ("demo==1.*", False),
        ("demo~=1.0", False),
        ("demo", False),
    ],
)
def test_pinned_means_one_version_only(line: str, expected: bool) -> None:
    """`==` of a complete version, or a hash. The `==` of a marker does not count."""
    assert is_pinned(line) is expected


def test_installed_packages_without_a_pin_are_unpinned() -> None:
    """Names are normalized, and constraints pin as well."""
    requirements = flatten_requirements(
        {"requirements.txt": "Typing_Extensions==4.0\nuvicorn\n-c c.txt", "c.txt": "h11==0.16"}
    )
    assert requirements.list_unpinned(["typing-extensions", "uvicorn", "h11", "click"]) == (
        "click",
        "uvicorn",
    )


def test_a_folder_without_requirements_has_none(tmp_path: Path) -> None:
    """A missing file is no problem."""
    assert read_requirements(tmp_path) == Requirements()


def test_files_are_read_with_their_includes(tmp_path: Path) -> None:
    """Only files inside the folder are read."""
    (tmp_path / "app" / "deps").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("evil\n")
    (tmp_path / "app" / "requirements.txt").write_text("-r deps/a.txt\n-r ../outside.txt\n")
    (tmp_path / "app" / "deps" / "a.txt").write_text("demo\n")
    requirements = read_requirements(tmp_path / "app")
    assert requirements.lines == ("demo",)
    assert len(requirements.problems) == 1

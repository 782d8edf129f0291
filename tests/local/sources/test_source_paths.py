"""Asset paths in output are replaced by those of the project's files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from streaming_construct.local.sources.source_folder import find_project_folder
from streaming_construct.local.sources.source_paths import SourcePaths
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation


def test_paths_of_files_in_both_folders_are_those_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are relative to the current folder, so that the terminal of an editor opens them."""
    monkeypatch.chdir(tmp_path)
    source, asset = tmp_path / "chat", tmp_path / "cdk.out" / "asset.0f"
    for folder in (source, asset):
        (folder / "sub").mkdir(parents=True)
        (folder / "app.py").write_text("import sub.x\n")
        (folder / "sub" / "x.mjs").write_text("throw 1\n")
    (tmp_path / "cdk.out" / "cdk.out").write_text("{}")
    (asset / "run.sh").write_text("generated\n")
    paths = SourcePaths(tmp_path)
    paths.learn([Function(id="f", origin=SourceLocation(), code=asset)])

    assert paths.translate(f'  File "{asset}/app.py", line 3, in f') == (
        '  File "chat/app.py", line 3, in f'
    )
    assert paths.translate(f"    at f (file://{asset}/sub/x.mjs:7:3)") == (
        "    at f (chat/sub/x.mjs:7:3)"
    )
    assert paths.translate("cdk.out/asset.0f/app.py:1") == "chat/app.py:1"
    generated = f"{asset}/run.sh: line 2"
    assert paths.translate(generated) == generated
    monkeypatch.chdir(asset)
    assert paths.translate(f"{asset}/app.py:1") == f"{source}/app.py:1"


def test_the_project_is_the_folder_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a `cdk.json`, or a file beside the assembly that imports the CDK.

    The folder for temporary files is no project, whatever its files import.
    """
    assembly = tmp_path / "api" / "cdk.out"
    assembly.mkdir(parents=True)
    (assembly / "manifest.json").write_text("{}")
    (assembly.parent / "notes.py").write_text("print()\n")
    assert find_project_folder(assembly) is None

    (assembly.parent / "stack.py").write_text("from aws_cdk import App\n")
    assert find_project_folder(assembly) == tmp_path / "api"
    assert find_project_folder(tmp_path / "api") is None
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "api"))
        assert find_project_folder(assembly) is None

    (tmp_path / "cdk.json").write_text("{}")
    assert find_project_folder(assembly) == tmp_path

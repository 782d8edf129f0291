"""Assemblies that are older than their sources."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_construct.command_output import CommandOutput
from streaming_construct.local.reload.cdk_app import find_app
from streaming_construct.local.reload.outdated_assembly import (
    find_newer_source,
    format_outdated_message,
    synthesize_if_outdated,
)


def project(folder: Path) -> Path:
    """Return a CDK app that was synthesized at the time 1000."""
    for name in ("app.py", "chat/app.py", "tests/test_app.py", "cdk.out/manifest.json", "notes.md"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        os.utime(file, (1000, 1000))
    (folder / "cdk.json").write_text('{"app": "x", "watch": {"exclude": ["**/*.md"]}}')
    os.utime(folder / "cdk.json", (1000, 1000))
    return folder


@pytest.mark.parametrize(
    ("saved", "is_newer"),
    [
        ("app.py", True),
        ("chat/app.py", True),
        ("cdk.json", True),
        ("notes.md", False),
        ("tests/test_app.py", False),
        ("cdk.out/manifest.json", False),
    ],
)
def test_a_source_that_was_saved_later_is_found(tmp_path: Path, saved: str, is_newer: bool) -> None:
    """Only files that a synthesis reads count."""
    folder = project(tmp_path)
    os.utime(folder / saved, (2000, 2000))
    assembly = folder / "cdk.out"

    source = find_newer_source(assembly, find_app(assembly))

    assert source == (folder / saved if is_newer else None)


@pytest.mark.parametrize("name", ["gateway.log", "output.txt"])
def test_the_output_of_the_gateway_is_no_source(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message on a reload would start the next one."""
    folder = project(tmp_path)
    assembly = folder / "cdk.out"
    with (folder / name).open("w") as output:
        monkeypatch.setattr("sys.stderr" if name == "output.txt" else "sys.stdin", output)
        source = find_newer_source(assembly, find_app(assembly))

    assert source is None


def test_the_message_names_source_assembly_and_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert format_outdated_message(Path("cdk.out"), tmp_path / "chat/app.py") == (
        "cdk.out is older than chat/app.py. Run `cdk synth`, or pass --watch to synthesize at start"
        " and after each change."
    )


def test_an_outdated_or_missing_assembly_is_synthesized(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It happens once: a current assembly stays."""
    folder = project(tmp_path)
    assembly, output = folder / "cdk.out", CommandOutput()
    command = """mkdir -p "$CDK_OUTDIR"; echo >> "$CDK_OUTDIR/manifest.json" """
    app = replace(find_app(assembly) or pytest.fail("no app"), command=command)
    shutil.rmtree(assembly)
    synthesize_if_outdated(assembly, app, output)
    synthesize_if_outdated(assembly, app, output)
    os.utime(assembly / "manifest.json", (500, 500))
    synthesize_if_outdated(assembly, app, output)

    assert (assembly / "manifest.json").read_text() == "\n\n"
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines if "older" not in line] == ["synthesizing"] * 2
    assert len(lines) == 3


def test_a_template_alone_has_no_sources(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("")

    assert find_newer_source(tmp_path / "template.yaml", None) is None

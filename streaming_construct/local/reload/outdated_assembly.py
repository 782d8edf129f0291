"""Cloud assemblies that are older than their sources."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_construct.local.reload.cdk_app import CdkApp
from streaming_construct.local.sources.source_folder import list_source_files

if TYPE_CHECKING:
    from streaming_construct.command_output import CommandOutput

_MANIFEST = "manifest.json"


def find_newer_source(assembly: Path, app: CdkApp | None) -> Path | None:
    """Return the source file that was saved last, if that was after the synthesis.

    The sources are the files that `watch` in `cdk.json` includes. None without a CDK app, and for
    a template that is no part of a cloud assembly.
    """
    manifest = assembly / _MANIFEST
    if app is None or not manifest.is_file():
        return None
    synthesized_at = manifest.stat().st_mtime
    saved = {
        file: _read_modification_time(file) for file in _list_watched(app, assembly.absolute())
    }
    latest = max(saved, key=saved.__getitem__, default=None)
    return latest if latest is not None and saved[latest] > synthesized_at else None


def format_outdated_message(assembly: Path, source: Path) -> str:
    """Return the message for an assembly that is older than a source file."""
    return (
        f"{assembly} is older than {os.path.relpath(source)}. Run `cdk synth`, or pass --watch to"
        " synthesize at start and after each change."
    )


def synthesize_if_outdated(assembly: Path, app: CdkApp | None, output: CommandOutput) -> None:
    """Synthesize the app if its assembly is missing, or older than a source file.

    Raises:
        SynthError: The synthesis failed.
    """
    if app is None or assembly.is_file():
        return
    if assembly.exists():
        source = find_newer_source(assembly, app)
        if source is None:
            return
        output(f"{assembly} is older than {os.path.relpath(source)}")
    with output.show_status(f"synthesizing: {app.command}"):
        asyncio.run(app.synthesize(assembly.absolute()))


def _list_watched(app: CdkApp, assembly: Path) -> Iterator[Path]:
    for relative in list_source_files(app.folder):
        file = app.folder / relative
        is_generated = file.is_relative_to(assembly) or "tests" in relative.parts
        if not is_generated and not file.name.startswith(".") and app.is_watching(file):
            yield file


def _read_modification_time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # removed meanwhile
        return 0.0

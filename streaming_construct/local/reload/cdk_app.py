"""Synthesis of a CDK app, as the CDK's own command line runs it."""

from __future__ import annotations

import asyncio
import json
import os
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


class SynthError(Exception):
    """The app could not be synthesized; the text ends with its own words."""


@dataclass(frozen=True)
class CdkApp:
    """A folder with a `cdk.json`: how the app is run, and which files it is made of.

    https://docs.aws.amazon.com/cdk/v2/guide/cli-config.html
    """

    folder: Path
    command: str
    context: Mapping[str, Any]
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def is_watching(self, path: Path) -> bool:
        """Return whether a change of this file requires a synthesis, by `watch` in `cdk.json`."""
        if not path.is_relative_to(self.folder):
            return False
        relative = path.relative_to(self.folder)
        return _is_matching(relative, self.include) and not _is_matching(relative, self.exclude)

    async def synthesize(self, outdir: Path) -> None:
        """Run the app, which writes the cloud assembly into `outdir`, given by its whole path.

        Raises:
            SynthError: The synthesis failed.
        """
        context = json.dumps(dict(self.context))
        variables = {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": context}
        process = await asyncio.create_subprocess_shell(
            self.command,
            cwd=self.folder,
            env={**os.environ, **variables},
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            words = output.decode(errors="replace").strip("\n")
            raise SynthError(f"`{self.command}` failed:\n{words}")


def find_app(path: Path) -> CdkApp | None:
    """Return the CDK app of an assembly: that of the nearest `cdk.json` above it.

    Raises:
        SynthError: The file cannot be read, or it has no command that runs the app.
    """
    for folder in path.absolute().parents:
        if (folder / "cdk.json").is_file():
            return _read(folder)
    return None


def _read(folder: Path) -> CdkApp:
    file = folder / "cdk.json"
    settings = _read_json(file)
    watch = settings.get("watch", {})
    if not isinstance(settings.get("app"), str):
        raise SynthError(f"{file} has no app: set there how to run it, as for `cdk synth`")
    looked_up = folder / "cdk.context.json"
    context = _read_json(looked_up) if looked_up.is_file() else {}
    return CdkApp(
        folder=folder,
        command=settings["app"],
        context={**context, **settings.get("context", {})},
        include=_normalize_globs(watch.get("include", "**")),
        exclude=_normalize_globs(watch.get("exclude", ())),
    )


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SynthError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise SynthError(f"{file} is not a JSON object")
    return content


def _normalize_globs(patterns: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


def _is_matching(path: Path, globs: tuple[str, ...]) -> bool:
    """Return whether a glob matches the file or a folder that contains it."""
    names = (path, *path.parents[:-1])
    patterns = [glob.removeprefix("**/") for glob in globs]
    return any(fnmatch(f"/{name}", f"*/{pattern}") for name in names for pattern in patterns)

"""Live reload: serves saved function code at once, and a changed CDK app after one synth."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.gateway.startup_messages import format_route_table
from streaming_construct.local.reload.cdk_app import CdkApp, SynthError
from streaming_construct.local.reload.file_watcher import watch_files
from streaming_construct.local.reload.outdated_assembly import find_newer_source
from streaming_construct.local.reload.patched_asset import write_patched_asset
from streaming_construct.local.sources.source_folder import SourceFolder, find_source
from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function

if TYPE_CHECKING:
    from streaming_construct.local.session import LocalSession
    from streaming_construct.terminal import Terminal

# Files in a function's folder that decide about more than the function's code.
_BUILT_FROM = frozenset({"requirements.txt", "pyproject.toml", "package.json", "package-lock.json"})


class LiveReload:
    """Watches the files of a project and reloads the API of a gateway.

    A changed file of a function's source folder is copied into a copy of its asset. Any other
    changed file of the CDK app starts a synthesis. Without a `cdk.json`, only the template is
    watched. If a reload fails, the console shows the error and the gateway keeps the old API.
    """

    def __init__(
        self,
        app: CdkApp | None,
        path: Path,
        read: Callable[[], ApiModel],
        serving: LocalSession,
        console: Terminal,
    ) -> None:
        self._path = path
        self._read = read
        self._serving = serving
        self._console = console
        self._app = app
        self._outdir = path.absolute() if path.is_dir() else path.absolute().parent
        self._project = app.folder if app else self._outdir
        self._model = serving.api
        self._sources: Mapping[str, SourceFolder] = {}
        self._synth: asyncio.Task[None] | None = None
        self._meanwhile: set[Path] = set()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Watch the files until the task is canceled."""
        with tempfile.TemporaryDirectory(prefix="streaming-construct-edited-") as scratch:
            self._scratch = Path(scratch)
            async with watch_files(self._project) as saved:
                await self._find_sources()
                await self._refresh()
                try:
                    while True:
                        await self._take(await saved.get())
                finally:
                    if self._synth:
                        self._synth.cancel()
                        await asyncio.gather(self._synth, return_exceptions=True)

    async def _refresh(self) -> None:
        """Synthesize the app if its assembly is older than one of its files."""
        source = await asyncio.to_thread(find_newer_source, self._path, self._app)
        if self._app and source:
            name = source.relative_to(self._app.folder)
            self._console(f"{self._path} is older than {name}")
            self._synth = asyncio.create_task(self._synthesize(self._app))

    async def _take(self, saved: frozenset[Path]) -> None:
        """Serve what was saved, or begin to."""
        code = {path for path in saved if self._is_code(path)}
        if code:
            await self._serve_code(code)
        if self._synth and not self._synth.done():
            self._meanwhile |= saved
        elif self._app is None:
            if any(self._is_template(path) for path in saved):
                await self._reload()
        elif any(self._app.is_watching(path) for path in saved - code):
            self._synth = asyncio.create_task(self._synthesize(self._app))

    def _is_code(self, path: Path) -> bool:
        is_source = any(path in source for source in self._sources.values())
        return is_source and path.name not in _BUILT_FROM

    def _is_template(self, path: Path) -> bool:
        template = self._path.absolute()
        return path == template or template in path.parents

    async def _serve_code(self, saved: set[Path]) -> None:
        """Replace the functions these files belong to, by their assets with the files put in."""
        async with self._turn:
            names = await self._replace_code(saved)
        self._console(f"{_format_paths(saved, self._project)}: {', '.join(names)} replaced")

    async def _replace_code(self, saved: set[Path]) -> list[str]:
        functions = dict(self._model.functions)
        names = []
        for function_id, source in self._sources.items():
            if any(path in source for path in saved):
                folder = Path(tempfile.mkdtemp(dir=self._scratch))
                code = await asyncio.to_thread(write_patched_asset, source, folder)
                functions[function_id] = dataclasses.replace(functions[function_id], code=code)
                names.append(functions[function_id].origin.display_name)
        self._model = dataclasses.replace(self._model, functions=functions)
        await self._serving.replace(self._model)
        return names

    async def _synthesize(self, app: CdkApp) -> None:
        """Run the app, serve what it wrote; again while files are saved meanwhile."""
        try:
            with self._console.show_status(f"synthesizing: {app.command}"):
                await app.synthesize(self._outdir)
        except SynthError as error:
            self._console(f"{error}\nthe API as it was before goes on being served")
        else:
            await self._reload()
        changed_files, self._meanwhile = frozenset(self._meanwhile), set()
        if any(app.is_watching(path) for path in changed_files):
            code = {path for path in changed_files if self._is_code(path)}
            if code:
                await self._serve_code(code)
            if any(app.is_watching(path) for path in changed_files - code):
                await self._synthesize(app)

    async def _reload(self) -> None:
        async with self._turn:
            try:
                self._model = self._read()
            except SourceError as error:
                self._console(f"{error}\nthe API as it was before goes on being served")
                return
            await self._serving.replace(self._model)
            await self._find_sources()
        for line in format_route_table(self._model, self._serving.unavailable):
            self._console(line)
        self._console(f"serving the new template at {self._serving.url}")

    async def _find_sources(self) -> None:
        self._sources = await asyncio.to_thread(_list_sources, self._model.functions, self._project)


def _list_sources(functions: Mapping[str, Function], project: Path) -> dict[str, SourceFolder]:
    folders = {
        name: function.code for name, function in functions.items() if function.code is not None
    }
    sources = {name: find_source(code, project) for name, code in folders.items() if code.is_dir()}
    return {name: source for name, source in sources.items() if source}


def _format_paths(paths: set[Path], project: Path) -> str:
    return ", ".join(sorted(str(path.relative_to(project)) for path in paths))

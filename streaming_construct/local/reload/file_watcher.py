"""Changes of the files of a project, as they happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streaming_construct.local.sources.source_folder import is_source_file, is_source_folder

_DEBOUNCE_MS = 200


@asynccontextmanager
async def watch_files(project: Path) -> AsyncIterator[asyncio.Queue[frozenset[Path]]]:
    """Yield a queue that receives each set of files saved together, until the context ends.

    Hidden, installed and generated folders are not watched. The queue receives a new folder of the
    project itself, but no later change in it.

    Raises:
        ImportError: watchfiles is missing.
    """
    from watchfiles import awatch

    queue: asyncio.Queue[frozenset[Path]] = asyncio.Queue()
    project, folders = _list_watched(project)

    async def follow(*paths: Path, recursive: bool) -> None:
        async for changes in awatch(*paths, recursive=recursive, debounce=_DEBOUNCE_MS):
            saved = frozenset(Path(path) for _, path in changes)
            if sources := frozenset(path for path in saved if _is_source(path, project)):
                queue.put_nowait(sources)

    tasks = [asyncio.create_task(follow(project, recursive=False))]
    if folders:
        tasks.append(asyncio.create_task(follow(*folders, recursive=True)))
    try:
        yield queue
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _list_watched(project: Path) -> tuple[Path, list[Path]]:
    """Return the absolute path of the project, and its folders that can contain sources."""
    project = project.absolute()
    folders = [entry for entry in project.iterdir() if entry.is_dir() and is_source_folder(entry)]
    return project, folders


def _is_source(path: Path, project: Path) -> bool:
    below = path.relative_to(project)
    folders = (project / folder for folder in below.parents[:-1])
    return all(map(is_source_folder, folders)) and is_source_file(path)

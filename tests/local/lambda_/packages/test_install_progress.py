"""Messages about a long installation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.packages.install_progress import (
    describe_requirements,
    report_progress,
)


@pytest.mark.anyio
async def test_a_long_installation_is_reported_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "requirements.txt"
    file.write_text("a==1\n")
    lines: list[str] = []

    async def install() -> None:
        async with report_progress(
            [file], lines.append, python_version="3.14", period_seconds=0.01
        ):
            while len(lines) < 3:  # noqa: ASYNC110 - the lines are a plain list
                await asyncio.sleep(0.01)

    await asyncio.wait_for(install(), 20)

    assert lines[0].startswith("installing requirements.txt for this machine (Python 3.")
    assert set(lines[1:3]) == {"still installing requirements.txt: 0 s"}
    assert lines[-1] == "installed requirements.txt in 0 s"


def test_a_copied_layer_is_not_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = [tmp_path / name / "requirements.txt" for name in ("chat", "layer", "other")]
    for file, text in zip(files, ("# pinned\nb==1\na==1\n", "a==1\nb==1\n", "c==1\n"), strict=True):
        file.parent.mkdir()
        file.write_text(text)

    assert describe_requirements(files) == "chat/requirements.txt and other/requirements.txt"

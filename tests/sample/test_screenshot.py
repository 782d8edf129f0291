"""docs/page.png is what the README says that it is, and can be taken anew."""

from __future__ import annotations

import re
import runpy
import struct
from pathlib import Path

import pytest

from streaming_construct.local.local_api import LocalApi
from tests.support.browser import find_chromium

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def assert_small_png(picture: bytes) -> None:
    """1000 pixels wide, three lanes and a chat high, less than 150 kB."""
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1000
    assert height > 1500
    assert len(picture) < 150_000


def test_the_picture_is_small_and_described() -> None:
    """The README says in words what it shows."""
    assert_small_png((ROOT / "docs" / "page.png").read_bytes())

    (words,) = re.findall(r'<img src="docs/page.png"[^>]* alt="([^"]+)"', README)
    assert "Three handlers" in words
    assert "a chat" in words


@pytest.mark.slow
def test_the_picture_can_be_taken_anew(sample: LocalApi) -> None:
    """By what `make screenshot` runs, which waits for every stream to end."""
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium on PATH: apt-get install chromium")
    script = runpy.run_path(str(ROOT / "docs" / "screenshot.py"))

    assert_small_png(script["taken"](sample.url("/"), chromium))

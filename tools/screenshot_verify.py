"""Make docs/verify.png: the page of a local run of `streaming-construct verify`.

`make screenshot` runs all cases on the local gateway and takes the picture in Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.command import select_cases
from streaming_construct.verify.local_target import run_locally
from streaming_construct.verify.page import render_page

PICTURE = Path(__file__).parents[1] / "docs" / "verify.png"
WIDTH, HEIGHT = 900, 760
COLORS = 64


def main() -> int:
    """Write the picture. Return the exit status."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("there is no Chromium on PATH: apt-get install chromium", file=sys.stderr)
        return 1
    page_text = render_page(run_locally(select_cases([])), CASES)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder, "verify.html")
        file.write_text(page_text, encoding="utf-8")
        # It may run as root in a container, and sees this page alone.
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(file.as_uri())
        picture = page.screenshot()
        browser.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS).save(
        small, "PNG", optimize=True
    )
    PICTURE.write_bytes(small.getvalue())
    print(f"docs/{PICTURE.name}: {PICTURE.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Make docs/page.png and docs/page-dark.png: the sample's page in a browser.

`make screenshot` serves the synthesized sample on loopback and opens its page in Chromium. The page
sends a streamed and a buffered request. Needs Chromium on PATH.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from streaming_construct.local.local_api import LocalApi

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
WIDTH = 1000
COLORS = 256  # looks the same, at a third of the size


def main() -> int:
    """Write the pictures; return the exit status."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("there is no Chromium on PATH: apt-get install chromium", file=sys.stderr)
        return 1
    with LocalApi.from_assembly(ROOT / "cdk.out") as api, sync_playwright() as driver:
        # It may run as root in a container, and sees this page alone.
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(api.url_for_path("/"))
        page.locator(".summary", has_text="The first word arrived after").wait_for()
        (ROOT / "docs" / "page.png").write_bytes(take_picture(page, "light"))
        (ROOT / "docs" / "page-dark.png").write_bytes(take_picture(page, "dark"))
        browser.close()
    return 0


def take_picture(page: Page, scheme: Literal["light", "dark"]) -> bytes:
    """Return a picture of the whole page in a color scheme."""
    page.set_viewport_size({"width": WIDTH, "height": 700})
    page.emulate_media(color_scheme=scheme)
    picture = page.screenshot(full_page=True)
    small = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS).save(
        small, "PNG", optimize=True
    )
    return small.getvalue()


if __name__ == "__main__":
    sys.exit(main())

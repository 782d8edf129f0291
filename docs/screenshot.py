"""Make docs/page.png: the sample's page in a browser, with streams that really ran.

`make screenshot` serves the synthesized sample on loopback, has Chromium start a chat and three
handlers at once, and writes down what can be seen then. Needs Chromium on PATH.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from streaming_construct.local.local_api import LocalApi

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "page.png"
WIDTH = 1000
COLOURS = 256  # looks the same, at a third of the size
ENDED = re.compile("Start again|Go on")


def main() -> int:
    """Write the picture; return the exit status."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("there is no Chromium on PATH: apt-get install chromium", file=sys.stderr)
        return 1
    with LocalApi.from_assembly(ROOT / "cdk.out") as api, sync_playwright() as driver:
        # It may run as root in a container, and sees this page alone.
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        PICTURE.write_bytes(take_picture(api.url("/"), browser))
        browser.close()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB")
    return 0


def take_picture(url: str, browser: Browser) -> bytes:
    """Return a picture of the sample's page, all of it, after its streams have run."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 700}, color_scheme="light")
    page.goto(url)
    run_streams(page)
    picture = page.screenshot(full_page=True)
    page.context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(
        small, "PNG", optimize=True
    )
    return small.getvalue()


def run_streams(page: Page) -> None:
    """Run a chat, and above it all handlers side by side; wait for their ends."""
    ended = page.get_by_role("button", name=ENDED)
    page.locator("[name=source]").select_option("chat")
    page.get_by_role("button", name="Start", exact=True).click()
    ended.nth(0).wait_for()
    page.locator("[name=source]").select_option("stream")
    page.get_by_role("button", name="Compare all handlers").click()
    ended.nth(3).wait_for()


if __name__ == "__main__":
    sys.exit(main())

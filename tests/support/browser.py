"""A real browser: Chromium, headless, and the pages that it opens."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from typing_extensions import Self

# The popups of the address bar are pages too, which a headless window loads and never shows.
_POPUPS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
# Of two options of this name, the last one counts: these are names that Playwright gives.
_PLAYWRIGHT_FEATURES = (
    "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,OptimizationHints,PaintHolding,"
    "PreconnectToSearch,ThirdPartyStoragePartitioning"
)
# For Playwright: few processes, and none that draws for a screen that is not there.
PLAYWRIGHT_OPTIONS = (
    f"--disable-features={_PLAYWRIGHT_FEATURES},{_POPUPS}",
    "--no-sandbox",  # it runs as root in a container, and sees pages of these tests alone
    "--disable-gpu",
    "--in-process-gpu",
    "--process-per-site",
)
_OPTIONS = (
    f"--disable-features={_POPUPS}",
    "--headless",
    "--no-sandbox",  # it runs as root in a container, and sees pages of these tests alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
}


class Pages:
    """Files served on a separate port, for pages that post a report to `/report`."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._reports: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._contents = {name: path.read_bytes() for name, path in files.items()}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def origin(self, host: str = "127.0.0.1") -> str:
        """Return the origin of the pages under a name of this machine."""
        return f"http://{host}:{self._server.server_port}"

    def add(self, name: str, data: object) -> None:
        """Serve plain data as JSON."""
        self._contents[name] = json.dumps(data).encode()

    def report(self, seconds: float) -> tuple[str, Any]:
        """Wait for the next report; return the origin of its page, and its content.

        Raises:
            TimeoutError: No page has reported by then.
        """
        try:
            return self._reports.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"no page reported within {seconds} s") from None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        contents, reports = self._contents, self._reports

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = contents.get(self.path)
                self.send_response(404 if content is None else 200)
                kind = _TYPES.get(Path(self.path).suffix, "text/html")
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content or b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                reports.put((self.headers["Origin"], json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def find_chromium() -> str | None:
    """Return the Chromium on PATH, by the names of the distributions."""
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


@contextmanager
def open_browser(chromium: str, url: str, folder: Path) -> Iterator[Path]:
    """Open a page in a browser with an empty profile; yield the file of the browser's output.

    In the end the browser and all that it started are gone.
    """
    console = folder / "chromium.log"
    with console.open("wb") as log:
        command = (chromium, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", url)
        child = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield console
    finally:
        started = [child, *child.children(recursive=True)]
        child.terminate()
        _, alive = psutil.wait_procs(started, timeout=5)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=5)

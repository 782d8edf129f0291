"""Pages of other sites may not send requests; browsers name their origin."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which

import httpx
import pytest

from streaming_construct.local.gateway.client_checks.origin_check import is_foreign_page
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.local_api import LocalApi
from streaming_construct.model.api import Route
from streaming_construct.model.integrations import Integration, TemplatedResponse
from tests.support.misbehaving_function import misbehaving_function
from tests.support.models import ORIGIN, new_api, new_route

NAVIGATION = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
}


def request(method: str = "POST", **headers: str) -> GatewayRequest:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return GatewayRequest(
        method=method,
        full_path="/prod/chat",
        path="/chat",
        query="",
        headers=tuple({"Host": "127.0.0.1:3000", **names}.items()),
        source_ip="127.0.0.1",
        port=3000,
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://app.localhost:8080"},
        {"Origin": "http://[::1]:8080"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "tunnel.example", "Origin": "https://tunnel.example"},
        {"Host": "10.0.0.7:3000", "Origin": "http://10.0.0.7:3000"},
    ],
)
def test_clients_and_pages_of_this_machine_are_accepted(headers: dict[str, str]) -> None:
    assert not is_foreign_page(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.test"},
        {"Origin": "http://localhost@evil.test"},
        {"Origin": "http://[::1"},
        {"Origin": "http://10.0.0.7:8000", "Host": "10.0.0.7:3000"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        NAVIGATION,
    ],
)
def test_pages_of_other_sites_are_rejected(headers: dict[str, str]) -> None:
    assert is_foreign_page(request(**headers))


def test_a_link_is_accepted_and_a_frame_is_rejected() -> None:
    assert not is_foreign_page(request("GET", **NAVIGATION))
    assert is_foreign_page(request("GET", **{**NAVIGATION, "Sec-Fetch-Dest": "iframe"}))
    assert is_foreign_page(request("GET", **{**NAVIGATION, "Sec-Fetch-User": ""}))


def test_an_allowed_origin_is_accepted() -> None:
    foreign = request(Origin="https://app.example.com")
    assert not is_foreign_page(foreign, ["https://app.example.com"])
    assert not is_foreign_page(foreign, ["*"])
    assert is_foreign_page(foreign, ["https://other.example.com"])


def preflight(path: str, allow_origin: str) -> Route:
    response = TemplatedResponse(
        status=204, headers={"Access-Control-Allow-Origin": allow_origin}, templates={}
    )
    integration = Integration(
        type="mock",
        request_templates={"application/json": '{"statusCode": 204}'},
        responses={"default": response},
    )
    return Route(method="OPTIONS", path=path, integration=integration, origin=ORIGIN)


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("code")


@pytest.fixture(scope="module")
def api(code: Path) -> Iterator[LocalApi]:
    routes = []
    for path, allow_origin in (
        ("/named", "'https://app.example.com'"),
        ("/any", "'*'"),
        ("/echo", "method.request.header.Origin"),
    ):
        routes += [new_route(path, "POST", timeout_ms=20_000), preflight(path, allow_origin)]
    routes.append(new_route("/plain", "POST", timeout_ms=20_000))
    options = GatewayOptions(allowed_origins=("https://allowed.example.com",))
    with LocalApi(new_api(*routes, functions=[misbehaving_function(code)]), options) as api:
        yield api


@pytest.mark.parametrize(
    ("path", "origin", "is_served"),
    [
        ("named", "https://app.example.com", True),
        ("named", "http://evil.test", False),
        ("any", "http://evil.test", False),
        ("echo", "http://evil.test", False),
        ("plain", "https://app.example.com", False),
        ("plain", "https://allowed.example.com", True),
    ],
)
def test_the_preflight_response_names_the_origins_of_an_api(
    api: LocalApi, path: str, origin: str, is_served: bool
) -> None:
    response = httpx.post(
        api.url_for_path(path), headers={"Origin": origin}, content=b"x", timeout=30
    )
    assert (response.status_code != 403) is is_served


PAGE = """<!doctype html><title>page</title><script>
const headers = {'content-type': 'text/plain'};
const options = {method: 'POST', mode: 'no-cors', headers, body: '{}'};
fetch('%s', options).then(() => 'sent', String)
  .then((body) => fetch('/done', {method: 'POST', body}))
</script>"""


@pytest.mark.skipif(which("chromium") is None, reason="needs Chromium")
def test_a_page_in_a_real_browser_runs_no_function(
    api: LocalApi, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "streaming_construct.local.local_api")
    is_done = threading.Event()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (PAGE % api.url_for_path("plain")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()
            is_done.set()

        def log_message(self, *_: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    arguments = ["chromium", "--headless", "--no-sandbox", "--disable-gpu"]
    arguments += [f"--user-data-dir={tmp_path}", "--host-resolver-rules=MAP evil.test 127.0.0.1"]
    browser = subprocess.Popen(
        [*arguments, f"http://evil.test:{site.server_port}/"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert is_done.wait(90)
    finally:
        browser.terminate()
        browser.wait()
        site.shutdown()
    rejected = [line for line in caplog.messages if "403, a web page of another site" in line]
    assert rejected, json.dumps(caplog.messages)
    assert not [line for line in caplog.messages if "START RequestId" in line]

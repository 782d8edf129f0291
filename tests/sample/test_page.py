"""The page of the sample in a real browser, on the sample as it is served from its template."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.local_api import LocalApi
from tests.sample.conftest import WEB
from tests.support.browser import PLAYWRIGHT_OPTIONS, Pages, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from tools.screenshot_page import take_picture  # noqa: E402 - it imports Playwright

pytestmark = pytest.mark.page
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRAST_REQUESTS = re.compile(r"/(words|buffered)\?count=29&")
RESET = """() => {
  const form = document.getElementById('request')
  document.getElementById('clear').click()
  form.reset()
  form.noValidate = false
  form.querySelector('details').open = false
  form.elements.source.dispatchEvent(new Event('change'))
}"""
# The page records how many ticks each lane had: a busy machine may poll too rarely.
RECORD_TICKS = """() => {
  window.tickCounts = new Map()
  new MutationObserver(() => document.querySelectorAll('article.lane').forEach((lane) => {
    if (!tickCounts.has(lane)) tickCounts.set(lane, new Set())
    tickCounts.get(lane).add(lane.querySelectorAll('svg rect.tick').length)
  })).observe(document.getElementById('lanes'), { subtree: true, childList: true })
}"""
TICK_COUNTS = "() => [...tickCounts.values()].map((counts) => [...counts])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium on PATH: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=PLAYWRIGHT_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def loaded_page(browser: Browser, sample: LocalApi) -> Iterator[Page]:
    """The page in one tab for all tests: to load it takes longer than most streams."""
    page = new_page(browser)
    # Another test covers the two requests that start by themselves.
    page.context.route(CONTRAST_REQUESTS, lambda route: route.abort())
    page.goto(sample.url_for_path("/"))
    page.locator("#controls > summary").click()
    yield page
    page.context.close()


@pytest.fixture
def page(loaded_page: Page) -> Iterator[Page]:
    """The page without lanes and with its first values. An error of a script fails the test."""
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    loaded_page.on("pageerror", note)
    loaded_page.evaluate(RESET)
    yield loaded_page
    loaded_page.unroute_all()
    loaded_page.remove_listener("pageerror", note)
    assert errors == []


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a page that draws ten times a second: sixty times uses most of a CPU."""
    page = browser.new_page(**options)
    page.set_default_timeout(60_000)
    page.add_init_script(
        "requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 100);"
        "cancelAnimationFrame = clearTimeout"
    )
    return page


def choose(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def start(page: Page, **fields: str) -> Locator:
    """Start a stream; return its lane."""
    choose(page, **fields)
    page.get_by_role("button", name="Start", exact=True).click()
    return page.locator("article.lane").first


def end_button(lane: Locator) -> Locator:
    """Return the button that a lane shows after the end of its stream."""
    return lane.get_by_role("button", name=re.compile("Start again|Resume"))


def wait_for_verdict(lane: Locator) -> str:
    """Wait for the verdict and return it."""
    end_button(lane).wait_for()
    return lane.get_by_role("status").inner_text()


def ticks(lane: Locator) -> int:
    return lane.locator("svg rect.tick").count()


def test_streams_are_drawn_while_they_arrive(page: Page) -> None:
    """Each format, reader and source has one tick for each chunk, one after the other."""
    streams = (
        ("stream", "fetch", "sse"),
        ("words", "fetch", "jsonl"),
        ("node", "fetch", "text"),
        ("events", "eventsource", "sse"),
    )
    page.evaluate(RECORD_TICKS)
    for source, reader, output in streams:
        choose(page, source=source, format=output)
        start(page, reader=reader, count="6", interval="0.3")
    lanes = page.locator("article.lane").all()

    assert [wait_for_verdict(lane) for lane in lanes] == ["streamed"] * len(streams)
    for counts in page.evaluate(TICK_COUNTS):
        assert len(counts) > 3
        assert max(counts) >= 5
    assert all("First byte" in lane.inner_text() for lane in lanes)


RECORD = """() => {
  window.steps = { streamed: [], buffered: [] }
  const watch = () => {
    for (const name of Object.keys(steps)) {
      const text = document.querySelector(`.panels .${name} .words`)?.textContent.trim() ?? ''
      const last = steps[name].at(-1)?.text ?? ''
      if (text !== last) steps[name].push({ text, at: performance.now() })
    }
  }
  new MutationObserver(watch).observe(document, { subtree: true, childList: true })
}"""
# WCAG 2.2, relative luminance and contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
RATIOS = """() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const paper = luminance(getComputedStyle(document.body).backgroundColor)
  const ratio = (color) => {
    const [low, high] = [paper, luminance(color)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const parts = [...document.querySelectorAll('h1, h2, p, summary, svg text')]
  return parts.filter((part) => part.checkVisibility()).map((part) => {
    const { color, fill } = getComputedStyle(part)
    return ratio(part instanceof SVGElement ? fill : color)
  })
}"""


def test_the_comparison_of_the_page_starts_without_a_click(
    browser: Browser, sample: LocalApi
) -> None:
    """The words of one response arrive one by one, those of the other together at its end."""
    page = new_page(browser, viewport={"width": 390, "height": 844})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.add_init_script(f"({RECORD})()")
    page.goto(sample.url_for_path("/"))
    page.locator(".summary", has_text="The first word arrived after").wait_for(timeout=60_000)
    steps = page.evaluate("steps")
    figures = [float(text.rstrip(" s")) for text in page.locator(".figure").all_text_contents()]
    rows = [
        page.locator(f"#contrast svg .tick{kind}").first.evaluate("tick => tick.x.baseVal.value")
        for kind in (".streamed", ".buffered")
    ]

    assert len(steps["streamed"]) > 10
    assert len(steps["buffered"]) == 1
    assert steps["buffered"][0]["text"] == steps["streamed"][-1]["text"]
    first, last = steps["streamed"][0]["at"], steps["streamed"][-1]["at"]
    assert steps["buffered"][0]["at"] - first > (last - first) / 2
    assert figures[0] < figures[1] / 2
    # Both are on the same axis: the distances of the first ticks have the ratio of the times.
    assert rows[0] / rows[1] == pytest.approx(figures[0] / figures[1], abs=0.02)
    assert page.locator("#contrast svg .label").first.text_content() == "0 s"

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        ratios = page.evaluate(RATIOS)
        assert len(ratios) > 10
        assert min(ratios) >= 4.5
    page.keyboard.press("Tab")
    assert page.locator("#contrast .run").evaluate("part => part === document.activeElement")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Compare all handlers").is_visible()
    assert errors == []
    # What `make screenshot` writes into docs.
    page.locator("#controls > summary").click()
    assert_small_png(take_picture(page, "light"))
    page.context.close()


def test_handlers_are_drawn_side_by_side_on_one_axis(page: Page) -> None:
    """Four handlers start at once, one of them buffered. Equal times are at equal places."""
    choose(page, count="4", interval="0.2")
    page.get_by_role("button", name="Compare all handlers").click()
    lanes = [page.locator("article.lane").nth(number) for number in range(4)]

    verdicts = [wait_for_verdict(lane) for lane in lanes]
    assert verdicts == ["streamed"] * 3 + ["buffered, as configured"]
    titles = [lane.get_by_role("heading").inner_text() for lane in lanes]
    assert [title.partition(", GET")[0] for title in titles] == [
        "Python, Web Adapter",
        "Python, no adapter",
        "Node.js",
        "Python, buffered",
    ]
    labels = {tuple(lane.locator("svg .label").all_text_contents()) for lane in lanes}
    assert len(labels) == 1
    assert labels.pop()[0] == "0 s"


def test_a_stream_can_be_canceled_and_resumed(page: Page) -> None:
    """By keyboard too: the focus moves to the button that resumes after the last event's id."""
    lane = start(page, source="events", count="30", interval="0.2")
    page.wait_for_function("document.querySelectorAll('article.lane svg rect.tick').length > 4")
    lane.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")

    assert wait_for_verdict(lane) == "canceled"
    again = lane.get_by_role("button", name="Resume after event")
    assert again.evaluate("button => button === document.activeElement")
    last = int(re.findall(r"\d+", again.inner_text())[0])
    with page.expect_request("**/events?*") as request:
        page.keyboard.press("Enter")
    assert request.value.headers["last-event-id"] == str(last)
    page.wait_for_function("document.querySelectorAll('article.lane:first-child li').length > 1")
    first = page.locator("article.lane").first.locator("li").first.text_content() or ""
    assert f'"number": {last + 1},' in first
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_text("No stream has been started.").is_visible()


def test_the_words_of_a_chat_are_put_together(page: Page) -> None:
    """The page shows the text of the response beside its chunks."""
    lane = start(page, source="chat", question="Hello?")

    assert wait_for_verdict(lane) == "streamed"
    assert "not a language model" in lane.locator(".words").inner_text()


def test_a_buffered_response_is_not_called_streamed(page: Page) -> None:
    """One chunk is inconclusive, and has no mark of success."""
    lane = start(page, source="health")

    assert wait_for_verdict(lane) == "inconclusive"
    assert "good" not in (lane.get_attribute("class") or "")


def test_an_error_response_is_shown_with_its_message(page: Page) -> None:
    """The app's 422 names its field, API Gateway's 403 its type."""
    page.locator("form").evaluate("form => form.noValidate = true")
    lane = start(page, source="stream", count="0")
    assert "422: count:" in wait_for_verdict(lane)

    page.get_by_text("Another API").click()
    lane = start(page, source="stream", count="4", api=page.url.replace("/prod/", "/test/"))
    assert wait_for_verdict(lane) == "403 ForbiddenException: Forbidden"


def test_hidden_fields_do_not_prevent_a_request(page: Page) -> None:
    """An invalid count does not matter to a source without it. Otherwise the page shows the
    field."""
    choose(page, count="0")
    assert wait_for_verdict(start(page, source="health")) == "inconclusive"

    page.get_by_role("button", name="Compare all handlers").click()
    assert page.locator("article.lane").count() == 1
    assert page.locator("[name=count]").evaluate("field => field === document.activeElement")

    page.locator("[name=count]").fill("4")
    page.locator("[name=api]").evaluate("field => { field.value = 'no URL' }")
    page.get_by_role("button", name="Start", exact=True).click()
    assert page.locator("[name=api]").is_visible()


@pytest.mark.parametrize(
    "last",
    ['{"event": "failure", "message": "out of paper"}', '{"error": {"message": "out of paper"}}'],
)
def test_a_failure_in_the_stream_is_shown(page: Page, last: str) -> None:
    """The page shows an event `failure` and an object `error` beside the verdict."""
    body = f'{{"id": 1}}\n{last}\n'
    page.route(
        "**/stream?*", lambda route: route.fulfill(body=body, content_type="application/x-ndjson")
    )

    lane = start(page, source="stream", format="jsonl")

    assert wait_for_verdict(lane).endswith(", with a failure: out of paper")


def test_an_event_source_without_new_events_is_stopped(page: Page) -> None:
    """A stream without ids starts again with each connection. The page stops after five."""
    urls = []

    def respond(route: Route) -> None:
        urls.append(route.request.url)
        route.fulfill(body="retry: 20\n\ndata: again\n\n", content_type="text/event-stream")

    page.route("**/stream?*", respond)

    lane = start(page, source="stream", reader="eventsource")

    assert wait_for_verdict(lane) == "stopped after 5 disconnections without a new event"
    assert len(urls) == 5


def test_a_large_export_is_drawn_with_few_ticks_and_lines(page: Page) -> None:
    """The page counts 100,000 rows and keeps the last 200."""
    lane = start(page, source="export")

    wait_for_verdict(lane)
    assert "100001 in" in lane.inner_text()
    assert ticks(lane) <= 1 + lane.locator("svg").evaluate("svg => svg.clientWidth") / 3
    assert lane.locator("li").count() == 200


def test_a_slash_is_added_to_the_url_of_the_stage(page: Page, sample: LocalApi) -> None:
    """Relative links would otherwise lead out of the stage."""
    page.goto(sample.url_for_path("/").rstrip("/"))
    page.wait_for_url(sample.url_for_path("/"))
    page.locator("#controls > summary").click()

    assert wait_for_verdict(start(page, source="health")) == "inconclusive"


def test_a_page_of_another_origin_reads_errors_and_streams(
    browser: Browser, sample: LocalApi
) -> None:
    """CORS is on the API and on its gateway responses, and allows the headers of OpenAI's SDK."""
    post = """async ({ url, body }) => {
      const headers = {
        'Content-Type': 'application/json', Authorization: 'Bearer none', 'X-Stainless-Lang': 'js'
      }
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
    }"""
    messages = [{"role": "user", "content": "Hello?"}]
    body = {"model": "markov-chain", "messages": messages, "stream": True, "max_tokens": 3}
    files = {f"/page/{file.name}": file for file in (WEB / "page").iterdir()}
    with Pages({"/": WEB / "page" / "index.html", **files}) as pages:
        page = new_page(browser)
        page.goto(pages.origin())
        page.locator("#controls > summary").click()
        page.get_by_text("Another API").click()
        streamed = wait_for_verdict(
            start(page, api=sample.url_for_path("/"), count="4", interval="0.2")
        )
        outside = sample.url_for_path("/").replace("/prod/", "/test/")
        rejected = wait_for_verdict(start(page, api=outside))
        unreachable = wait_for_verdict(start(page, api="http://127.0.0.1:9/"))
        chat = page.evaluate(
            post, {"url": sample.url_for_path("/v1/chat/completions"), "body": body}
        )
        page.context.close()

    assert streamed == "streamed"
    assert rejected == "403: Forbidden"  # the error's type is in a header that CORS hides
    assert unreachable.startswith("no readable response")
    assert chat.endswith("data: [DONE]\n\n")


def test_the_page_is_accessible(browser: Browser, sample: LocalApi) -> None:
    """axe reports nothing in either color scheme; on a phone no long word widens the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = new_page(browser, viewport={"width": 320, "height": 640})
    page.route(CONTRAST_REQUESTS, lambda route: route.abort())
    page.goto(sample.url_for_path("/"))
    page.locator("#controls > summary").click()
    wait_for_verdict(start(page, source="stream", count="4", interval="0.1"))
    page.route("**/health", lambda route: route.fulfill(status=500, body="x" * 200))
    wait_for_verdict(start(page, source="health"))
    reports = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        reports.append(axe.Axe().run(page))
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.context.close()

    for report in reports:
        assert report.violations_count == 0, report.generate_report()
    assert overflow <= 0


def assert_small_png(picture: bytes) -> None:
    """Check that a picture is 1000 pixels wide, less than 150 kB, and shows panels and time
    axis."""
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1000
    assert height > 700
    assert len(picture) < 150_000


def test_the_screenshot_is_small_and_has_a_description() -> None:
    """The README describes in words what it shows."""
    for name in ("page.png", "page-dark.png"):
        assert_small_png((ROOT / "docs" / name).read_bytes())

    (words,) = re.findall(r'<img src="docs/page.png"[^>]* alt="([^"]+)"', README)
    assert "a streamed and a buffered response of the same text" in words
    assert "one time axis" in words

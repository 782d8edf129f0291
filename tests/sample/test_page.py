"""The page of the sample in a real browser, on the sample as it is served from its template."""

from __future__ import annotations

import re
import runpy
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streaming_construct.local.local_api import LocalApi
from tests.sample.conftest import WEB
from tests.support.browser import PLAYWRIGHT_OPTIONS, Pages, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")


pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRAST_REQUESTS = re.compile(r"/(words|buffered)\?count=29&")


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
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all tests: each new one is a new process that compiles the page's scripts."""
    tab = browser.new_page()
    tab.set_default_timeout(30_000)
    yield tab
    tab.context.close()


@pytest.fixture
def page(tab: Page, sample: LocalApi) -> Iterator[Page]:
    """The page, loaded anew; its scripts may not fail."""
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    tab.on("pageerror", note)
    # Another test covers the two requests that start by themselves.
    tab.route(CONTRAST_REQUESTS, lambda route: route.abort())
    tab.goto(sample.url("/"))
    tab.locator("#controls > summary").click()
    yield tab
    tab.unroute_all()
    tab.goto("about:blank")
    tab.remove_listener("pageerror", note)
    assert errors == []


def choose(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def start(page: Page, **fields: str) -> Locator:
    """Start a stream; give its lane."""
    choose(page, **fields)
    page.get_by_role("button", name="Start", exact=True).click()
    return page.locator("article.lane").first


def end_button(lane: Locator) -> Locator:
    """The button that a lane shows once its stream has ended."""
    return lane.get_by_role("button", name=re.compile("Start again|Go on"))


def ended(lane: Locator) -> str:
    """The verdict, once there is one."""
    end_button(lane).wait_for()
    return lane.get_by_role("status").inner_text()


def ticks(lane: Locator) -> int:
    return lane.locator("svg rect.tick").count()


@pytest.mark.parametrize(
    ("source", "reader", "output"),
    [
        ("stream", "fetch", "sse"),
        ("stream", "fetch", "jsonl"),
        ("stream", "fetch", "text"),
        ("stream", "eventsource", "sse"),
        ("words", "fetch", "jsonl"),
        ("node", "eventsource", "sse"),
        ("events", "eventsource", "sse"),
    ],
)
def test_a_stream_is_seen_to_stream(page: Page, source: str, reader: str, output: str) -> None:
    """In each format and by each reader, with ticks that land one after the other."""
    choose(page, source=source, format=output)
    lane = start(page, reader=reader, count="6", interval="0.2")
    seen = set()
    ends = time.monotonic() + 60
    while not end_button(lane).is_visible() and time.monotonic() < ends:
        seen.add(ticks(lane))
        page.wait_for_timeout(50)

    assert ended(lane) == "streamed"
    assert len(seen) >= 3
    assert ticks(lane) >= 5
    assert "First byte" in lane.inner_text()


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


def test_the_contrast_starts_by_itself(browser: Browser, sample: LocalApi) -> None:
    """The words of one response arrive one by one, those of the other together at its end."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.add_init_script(f"({RECORD})()")
    page.goto(sample.url("/"))
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
    page.context.close()


def test_handlers_are_seen_side_by_side_on_one_axis(page: Page) -> None:
    """Four handlers start at once, one of them buffered. Equal times are at equal places."""
    choose(page, count="4", interval="0.2")
    page.get_by_role("button", name="Compare all handlers").click()
    lanes = [page.locator("article.lane").nth(number) for number in range(4)]

    verdicts = [ended(lane) for lane in lanes]
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


def test_a_stream_can_be_cancelled_and_taken_up_again(page: Page) -> None:
    """What came is kept; with ids, the next request says where to go on."""
    lane = start(page, source="events", count="30", interval="0.2")
    page.wait_for_function("document.querySelectorAll('article.lane svg rect.tick').length > 4")
    lane.get_by_role("button", name="Cancel").click()

    assert ended(lane) == "cancelled"
    again = lane.get_by_role("button", name="Go on after event")
    last = int(re.findall(r"\d+", again.inner_text())[0])
    with page.expect_request("**/events?*") as asked:
        again.click()
    assert asked.value.headers["last-event-id"] == str(last)
    page.wait_for_function("document.querySelectorAll('article.lane:first-child li').length > 1")
    first = page.locator("article.lane").first.locator("li").first.text_content() or ""
    assert f'"number": {last + 1},' in first


def test_the_words_of_a_chat_are_put_together(page: Page) -> None:
    """A reader reads the answer, not its chunks."""
    lane = start(page, source="chat", question="Hello?")

    assert ended(lane) == "streamed"
    assert "not a language model" in lane.locator(".words").inner_text()


def test_a_buffered_answer_is_not_called_streamed(page: Page) -> None:
    """One chunk is inconclusive, and is not marked as good."""
    lane = start(page, source="health")

    assert ended(lane) == "inconclusive"
    assert "good" not in (lane.get_attribute("class") or "")


def test_a_refusal_is_told_in_the_apis_own_words(page: Page) -> None:
    """The app's 422 by its field, API Gateway's 403 by its type."""
    page.locator("form").evaluate("form => form.noValidate = true")
    lane = start(page, source="stream", count="0")
    assert "422: count:" in ended(lane)

    page.get_by_text("Another API").click()
    lane = start(page, source="stream", count="4", api=page.url.replace("/prod/", "/test/"))
    assert ended(lane) == "403 ForbiddenException: Forbidden"


def test_fields_out_of_sight_stop_nothing(page: Page) -> None:
    """A bad count is no matter to a chat, and is shown again where it is one."""
    choose(page, count="0")
    assert ended(start(page, source="chat")) == "streamed"

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
def test_a_failure_that_the_stream_tells_is_told(page: Page, last: str) -> None:
    """Streamed or not, in whichever shape it is told."""
    body = f'{{"id": 1}}\n{last}\n'
    page.route(
        "**/stream?*", lambda route: route.fulfill(body=body, content_type="application/x-ndjson")
    )

    lane = start(page, source="stream", format="jsonl")

    assert ended(lane).endswith(", and told of a failure: out of paper")


def test_an_event_source_that_gets_nowhere_is_given_up(page: Page) -> None:
    """A stream without ids begins anew each time; the fifth time was the last."""
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="retry: 20\n\ndata: again\n\n", content_type="text/event-stream")

    page.route("**/stream?*", answer)

    lane = start(page, source="stream", reader="eventsource")

    assert ended(lane) == "broke off 5 times with nothing new: given up"
    assert len(asked) == 5


def test_a_large_export_is_drawn_with_few_ticks_and_lines(page: Page) -> None:
    """100,000 rows are counted, and no more of them is shown than can be seen."""
    lane = start(page, source="export")

    ended(lane)
    assert "100001 in" in lane.inner_text()
    assert ticks(lane) <= 1 + lane.locator("svg").evaluate("svg => svg.clientWidth") / 3
    assert lane.locator("li").count() == 200


def test_the_keyboard_stays_where_it_is(page: Page) -> None:
    """The button that ends a stream makes room for the one that starts it again."""
    lane = start(page, source="events", count="30", interval="0.2")
    lane.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")

    assert ended(lane) == "cancelled"
    assert lane.locator(".again").evaluate("button => button === document.activeElement")
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_text("No stream has been started.").is_visible()


def test_a_stage_without_its_slash_is_mended(page: Page, sample: LocalApi) -> None:
    """Relative addresses would lead out of the stage."""
    page.goto(sample.url("/").rstrip("/"))
    page.wait_for_url(sample.url("/"))
    page.locator("#controls > summary").click()

    assert ended(start(page, source="health")) == "inconclusive"


def test_another_origin_reads_errors_and_streams_alike(browser: Browser, sample: LocalApi) -> None:
    """CORS is on the API and on its gateway responses: a page elsewhere is told what is wrong."""
    files = {f"/page/{file.name}": file for file in (WEB / "page").iterdir()}
    with Pages({"/": WEB / "page" / "index.html", **files}) as pages:
        page = browser.new_page()
        page.goto(pages.origin())
        page.locator("#controls > summary").click()
        page.get_by_text("Another API").click()
        streamed = ended(start(page, api=sample.url("/"), count="4", interval="0.2"))
        outside = sample.url("/").replace("/prod/", "/test/")
        refused = ended(start(page, api=outside))
        nobody = ended(start(page, api="http://127.0.0.1:9/"))
        page.context.close()

    assert streamed == "streamed"
    assert refused == "403: Forbidden"  # the error's type is in a header that CORS hides
    assert nobody.startswith("no answer that this page may read")


def test_a_script_elsewhere_may_send_headers_of_its_own(browser: Browser, sample: LocalApi) -> None:
    """A token, and what OpenAI's JavaScript SDK sends beside it, pass the preflight."""
    asking = """async ({ url, body }) => {
      const headers = {
        'Content-Type': 'application/json', Authorization: 'Bearer none', 'X-Stainless-Lang': 'js'
      }
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
    }"""
    messages = [{"role": "user", "content": "Hello?"}]
    body = {"model": "markov-chain", "messages": messages, "stream": True, "max_tokens": 3}
    with Pages({"/": WEB / "page" / "index.html"}) as pages:
        page = browser.new_page()
        page.goto(pages.origin())
        told = page.evaluate(asking, {"url": sample.url("/v1/chat/completions"), "body": body})
        page.context.close()

    assert told.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(browser: Browser, sample: LocalApi, scheme: str) -> None:
    """axe finds nothing on the page with a stream on it; on a phone no long word sticks out."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(
        color_scheme="light" if scheme == "light" else "dark",
        viewport={"width": 320, "height": 640},
    )
    page = context.new_page()
    page.route(CONTRAST_REQUESTS, lambda route: route.abort())
    page.goto(sample.url("/"))
    page.locator("#controls > summary").click()
    ended(start(page, source="stream", count="4", interval="0.1"))
    page.route("**/health", lambda route: route.fulfill(status=500, body="x" * 200))
    ended(start(page, source="health"))
    found = axe.Axe().run(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    context.close()

    assert found.violations_count == 0, found.generate_report()
    assert overflow <= 0


def assert_small_png(picture: bytes) -> None:
    """1000 pixels wide, both panels and the time axis high, less than 150 kB."""
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1000
    assert height > 700
    assert len(picture) < 150_000


def test_the_picture_is_small_and_described() -> None:
    """The README says in words what it shows."""
    for name in ("page.png", "page-dark.png"):
        assert_small_png((ROOT / "docs" / name).read_bytes())

    (words,) = re.findall(r'<img src="docs/page.png"[^>]* alt="([^"]+)"', README)
    assert "a streamed and a buffered response of the same text" in words
    assert "one time axis" in words


def test_the_picture_can_be_taken_anew(browser: Browser, sample: LocalApi) -> None:
    """By what `make screenshot` runs, which waits for every stream to end."""
    script = runpy.run_path(str(ROOT / "docs" / "screenshot.py"))

    assert_small_png(script["take_picture"](sample.url("/"), browser))

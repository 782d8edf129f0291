"""`lambda_src/plain/words.py`: the streamed and the buffered handler, called as the runtime
does."""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

PLAIN = Path(__file__).parents[2] / "lambda_src" / "plain"
HANDLER = PLAIN / "words.py"


@pytest.fixture(autouse=True)
def _handler_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler can import the module beside it, as in Lambda. Other tests cannot."""
    monkeypatch.syspath_prepend(str(PLAIN))
    for name in ("cors", "word_lines"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def read_response(**query: str) -> tuple[int, str, list[Any]]:
    """Return the status, the content type, and each line."""
    event = {"headers": None, "queryStringParameters": query or None}
    head, *lines = runpy.run_path(str(HANDLER))["handler"](event, None)
    return head.status, dict(head.headers)["Content-Type"], [json.loads(line) for line in lines]


def test_words_come_line_by_line_with_an_end() -> None:
    """Each word is a line, the last line has their number. The sentence repeats."""
    status, kind, lines = read_response(count="33", interval="0")

    assert (status, kind) == (200, "application/x-ndjson")
    assert [line["event"] for line in lines] == ["token"] * 33 + ["end"]
    assert lines[0]["text"] == lines[29]["text"] == "API"
    assert lines[-1]["chunks"] == 33


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"count": "0"}, ["count"]),
        ({"count": "1001"}, ["count"]),
        ({"count": "-4", "interval": "x"}, ["count", "interval"]),
        ({"interval": "nan"}, ["interval"]),
        ({"interval": "10.5"}, ["interval"]),
        ({"interval": "-1"}, ["interval"]),
    ],
)
def test_parameters_out_of_bounds_are_rejected_as_by_the_web_app(
    query: dict[str, str], wrong: list[str]
) -> None:
    """A 422 has FastAPI's `detail` with all problems, before anything streams."""
    status, kind, (body,) = read_response(**query)

    assert (status, kind) == (422, "application/json")
    assert [problem["loc"] for problem in body["detail"]] == [["query", name] for name in wrong]
    assert all(problem["msg"].startswith("Input should be") for problem in body["detail"])


def test_the_buffered_route_returns_the_same_text() -> None:
    """One body has the same JSON Lines. The route rejects what would exceed API Gateway's
    timeout."""
    handler = runpy.run_path(str(PLAIN / "buffered.py"))["handler"]

    def respond(**query: str) -> dict[str, Any]:
        response: dict[str, Any] = handler({"queryStringParameters": query}, None)
        return response

    buffered = [json.loads(line) for line in respond(interval="0")["body"].splitlines()]
    _, _, streamed = read_response(interval="0")
    assert [{**line, "time": None} for line in buffered] == [
        {**line, "time": None} for line in streamed
    ]
    assert respond(count="0")["statusCode"] == 422
    assert "at most 25 seconds" in respond(count="29", interval="1")["body"]

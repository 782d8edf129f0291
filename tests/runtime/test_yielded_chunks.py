"""Yielded values of any type, order and size arrive as the handler yielded them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

# The body of the event lists what to yield: heads, chunks of each type, and a failure.
PLANNED = """
    import base64, json
    from streaming_construct.runtime import HttpResponse
    TYPES = {"bytes": bytes, "bytearray": bytearray, "memoryview": memoryview, "str": bytes.decode}
    def planned(event):
        plan = json.loads(event["body"])
        if plan["head"]:
            yield HttpResponse(plan["head"], {"x-a": ["1", "2"]}, ["c=1"])
        for kind, times, data in plan["chunks"]:
            yield TYPES[kind](base64.b64decode(data) * times)
        if plan["fails"]:
            raise ValueError("as planned")
    """
HANDLERS = {
    "generator": """
    def handler(event, context):
        yield from planned(event)
    """,
    "async generator": """
    async def handler(event, context):
        for item in planned(event):
            yield item
    """,
    "iterator": """
    def handler(event, context):
        return planned(event)
    """,
    "iterator from a coroutine": """
    async def handler(event, context):
        return planned(event)
    """,
}
CHUNKS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["bytes", "bytearray", "memoryview"]),
            st.sampled_from([0, 1, 1, 7000]),
            st.binary(max_size=40),
        ),
        st.tuples(
            st.just("str"),
            st.sampled_from([0, 1, 1, 7000]),
            st.text(st.characters(codec="utf-8"), max_size=20).map(str.encode),
        ),
    ),
    max_size=8,
)


@pytest.mark.parametrize("kind", HANDLERS)
def test_yielded_values_arrive_unchanged(function: Function, kind: str) -> None:
    """With or without a head, of any type and size, empty or not, complete or failing at the
    end."""
    function.start(PLANNED + HANDLERS[kind])

    @given(CHUNKS, st.sampled_from([0, 200, 404]), st.booleans())
    @settings(max_examples=60, deadline=None)
    def check(chunks: list[tuple[str, int, bytes]], head: int, fails: bool) -> None:
        encoded = [(kind, times, base64.b64encode(data).decode()) for kind, times, data in chunks]
        plan: dict[str, Any] = {"chunks": encoded, "head": head, "fails": fails}
        response = function.call(rest_event("POST", body=json.dumps(plan)))

        expected = b"".join(data * times for _, times, data in chunks)
        if fails and response.path.endswith("/error"):
            # No chunk was sent yet, so that the runtime could report an error in its place.
            assert response.json["errorType"] == "ValueError"
            assert len(expected) < 64 * 1024
            return
        assert response.prelude["statusCode"] == (head or 200)
        assert response.payload == expected
        assert response.trailers.get("lambda-runtime-function-error-type") == (
            "ValueError" if fails else None
        )

    check()

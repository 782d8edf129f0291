"""`Invocation`: its event, its id, and the prelude of a runtime in this process."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest

from streaming_construct.aws.limits import PRELUDE_DELIMITER
from streaming_construct.local.lambda_.invocation import Invocation
from streaming_construct.local.lambda_.request_ids import create_request_id

PRELUDE = {"statusCode": 201, "headers": {"x-a": "1"}, "cookies": []}


def test_an_event_becomes_json_when_a_runtime_reads_it() -> None:
    """JSON stays as it is; an object is encoded."""
    assert Invocation(b'{"a":  1}').payload == b'{"a":  1}'
    assert json.loads(Invocation({"a": "\xe9"}).payload) == {"a": "\xe9"}


@pytest.mark.anyio
@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_prelude_is_taken_as_an_object_or_read_before_the_body(is_taken: bool) -> None:
    """The caller may start before the body has a byte, and receives the prelude once."""

    invocation = Invocation(b"{}")
    invocation.start_response(streaming=True, content_type="x/y", prelude=PRELUDE)
    await asyncio.wait_for(invocation.wait_for_head(), 10)
    if is_taken:
        assert invocation.take_prelude() == PRELUDE
    invocation.body.feed(b"body")
    invocation.finish()
    prelude, delimiter, body = b"".join([data async for data in invocation]).rpartition(
        PRELUDE_DELIMITER
    )
    assert body == b"body"
    assert delimiter == (b"" if is_taken else PRELUDE_DELIMITER)
    assert json.loads(prelude or b"null") == (None if is_taken else PRELUDE)
    assert invocation.take_prelude() is None


def test_a_request_id_is_a_random_uuid() -> None:
    """Version 4 of RFC 9562, and another one each time."""
    ids = {create_request_id() for _ in range(50)}

    assert len(ids) == 50
    for request_id in ids:
        parsed = uuid.UUID(request_id)
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, request_id)

"""End markers: the last chunk of a stream reports success or failure.

Status and headers are sent before the first chunk, so they cannot report a later failure. To many
clients, a connection that closes early looks like a complete response.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from patterns import Chunk

logger = logging.getLogger(__name__)


async def add_end_marker(
    chunks: AsyncGenerator[Chunk, None],
) -> AsyncGenerator[Chunk, None]:
    """Forward chunks, then send `end` with their number, or `failure` if an exception ends them.

    The log has the reason of a failure, the client has not. The event is not named `error`, since
    a browser's `EventSource` reports connection errors by this name.
    """
    sent = 0
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
                sent += 1
    except Exception:  # the client needs the end marker for every exception
        logger.exception("the stream failed after %d chunks", sent)
        yield Chunk(
            "failure",
            {"chunks": sent, "message": "the stream failed"},
            f"the stream failed after {sent} chunks",
        )
    else:
        yield Chunk("end", {"chunks": sent}, f"{sent} chunks")

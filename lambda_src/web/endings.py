"""How a stream ends: with a last chunk that says so, whether it went well or not.

The status and the headers are long gone when something fails in mid-stream, and a connection that
closes early looks to many a client like one that is done. So the stream itself tells its end.
"""

import logging
from collections.abc import AsyncIterator

from patterns import Chunk

logger = logging.getLogger(__name__)


async def with_ending(chunks: AsyncIterator[Chunk]) -> AsyncIterator[Chunk]:
    """Pass chunks on, then an `end` with how many there were, or a `failure` if they broke off.

    The reason of a failure goes to the log, not to the client. The event is not called `error`,
    the name under which a browser's `EventSource` reports trouble with the connection.
    """
    sent = 0
    try:
        async for chunk in chunks:
            yield chunk
            sent += 1
    except Exception:  # whatever it is, the client must hear of it
        logger.exception("the stream failed after %d chunks", sent)
        yield Chunk(
            "failure",
            {"chunks": sent, "message": "the stream failed"},
            f"the stream failed after {sent} chunks",
        )
    else:
        yield Chunk("end", {"chunks": sent}, f"{sent} chunks")

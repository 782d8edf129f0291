"""The Python runtime that streams: it ships with a function and speaks Lambda's Runtime API itself.

May import: nothing of this package, and only the standard library. So the folder can be copied into
a function as it is (`bundle.py` lists the files). A handler may use `HttpResponse` and
`stream_in_call`.

The code is written once, as coroutines. An ASGI app or an `async def` handler runs them on asyncio.
For a WSGI app or a plain handler they block and never suspend, and asyncio is not imported.
"""

from __future__ import annotations

from streaming_construct.runtime.http_response import HttpResponse
from streaming_construct.runtime.stream_in_call import stream_in_call

__all__ = ["HttpResponse", "stream_in_call"]

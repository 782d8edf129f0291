"""The Python runtime that streams: it ships with a function and speaks Lambda's Runtime API itself.

Standard library only, importing nothing else of this package, so that the folder can be copied into
a function as it is (`bundle.py` lists the files). What a handler may use is here: `HttpResponse`.

The code is written once, as coroutines. An ASGI app or an `async def` handler runs them on asyncio;
for a WSGI app or a plain handler they block and never suspend, and asyncio is not even imported.
"""

from __future__ import annotations

from streaming_construct.runtime.http_response import HttpResponse

__all__ = ["HttpResponse"]

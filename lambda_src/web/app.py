"""A web app that streams. Run it locally with `python -m uvicorn app:app` in this folder.

In Lambda, the Web Adapter starts the app in the same way and forwards each request by HTTP. So the
app does not depend on Lambda. Each route is in a separate file.
"""

from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

import chat.routes
import events
import export
import jobs
import media
import stream
from formats import Format
from patterns import Pattern
from streaming_construct.runtime.web.cors import CorsMiddleware

PAGE = Path(__file__).with_name("page")

app = FastAPI(title="Streams")
app.add_middleware(CorsMiddleware)
for module in (stream, events, export, jobs, media, chat.routes):
    app.include_router(module.router)
app.mount("/page", StaticFiles(directory=PAGE))


@app.get("/", response_class=FileResponse)
async def page() -> FileResponse:
    """Return the page that starts the streams."""
    return FileResponse(PAGE / "index.html")


@app.get("/api")
async def index() -> dict[str, object]:
    """List the routes. Paths are relative to the stage, which the app does not know."""
    return {
        "stream": "stream?format=sse&pattern=progress&count=10&interval=0.5",
        "format": list(Format),
        "pattern": list(Pattern),
        "events": "events?count=10&interval=1",
        "export": "export?rows=1000",
        "jobs": "jobs?limit=100000000",
        "media": "media/tone.wav",
        "chat": "v1/chat/completions",
        "models": "v1/models",
    }


@app.get("/ready", status_code=204, response_class=Response)
async def ready() -> None:
    """Report that the app has started. The Web Adapter polls this route."""

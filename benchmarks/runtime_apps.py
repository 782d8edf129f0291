"""The apps that the runtime and its baselines serve, and processes that serve them with less."""

from __future__ import annotations

SMALL, SMALL_BYTES = 200_000, 100
BIG, BIG_BYTES = 4096, 65536
# The app yields two chunks with timestamps, then blocks its thread and the event loop.
LATE = """
import time

def stamp():
    return b"x%d>" % time.monotonic_ns()

def late():
    for _ in range(40):
        yield stamp()
        yield stamp()
        time.sleep(0.03)
"""
STARLETTE = f"""{LATE}
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

def streaming(count, size):
    chunk = b"x" * size
    async def chunks():
        for _ in range(count):
            yield chunk
    async def endpoint(request):
        return StreamingResponse(chunks(), media_type="text/plain")
    return endpoint

async def late_endpoint(request):
    async def chunks():
        for chunk in late():
            yield chunk
    return StreamingResponse(chunks(), media_type="text/plain")

app = Starlette(routes=[
    Route("/", streaming(1, 10)),
    Route("/small", streaming({SMALL}, {SMALL_BYTES})),
    Route("/big", streaming({BIG}, {BIG_BYTES})),
    Route("/late", late_endpoint),
])
"""
FASTAPI = f"""{LATE}
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

def streaming(path, count, size):
    chunk = b"x" * size
    async def chunks():
        for _ in range(count):
            yield chunk
    @app.get(path)
    async def endpoint():
        return StreamingResponse(chunks(), media_type="text/plain")

streaming("/", 1, 10)
streaming("/small", {SMALL}, {SMALL_BYTES})
streaming("/big", {BIG}, {BIG_BYTES})

@app.get("/late")
async def late_endpoint():
    async def chunks():
        for chunk in late():
            yield chunk
    return StreamingResponse(chunks(), media_type="text/plain")
"""
GENERATOR = f"""{LATE}
CHUNKS = {{"/": (1, 10), "/small": ({SMALL}, {SMALL_BYTES}), "/big": ({BIG}, {BIG_BYTES})}}

def app(event, context):
    if event["path"] == "/late":
        yield from late()
        return
    count, size = CHUNKS[event["path"]]
    chunk = b"x" * size
    for _ in range(count):
        yield chunk
"""
# The same for Node.js, with backpressure as the documentation of its streams describes.
NODE = f"""
const CHUNKS = {{"/": [1, 10], "/small": [{SMALL}, {SMALL_BYTES}], "/big": [{BIG}, {BIG_BYTES}]}};
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const head = {{ statusCode: 200, headers: {{ "content-type": "text/plain" }} }};

export const handler = awslambda.streamifyResponse(async (event, stream) => {{
  stream = awslambda.HttpResponseStream.from(stream, head);
  if (event.path === "/late") {{
    for (let number = 0; number < 40; number++) {{
      stream.write(`x${{process.hrtime.bigint()}}>`);
      stream.write(`x${{process.hrtime.bigint()}}>`);
      Atomics.wait(sleeper, 0, 0, 30);
    }}
  }} else {{
    const [count, size] = CHUNKS[event.path];
    const chunk = Buffer.alloc(size, "x");
    for (let number = 0; number < count; number++) {{
      if (!stream.write(chunk)) await new Promise((resolve) => stream.once("drain", resolve));
    }}
  }}
  stream.end();
}});
"""
# The memory blocks that invocations keep, and the modules that have been imported.
MEMORY = f"""{STARLETTE}
import atexit, gc, sys

MARKS = (100, 300)
blocks, served = {{}}, 0

async def app(scope, receive, send, app=app):
    global served
    served += 1
    if served in MARKS:
        gc.collect()
        blocks[served] = sys.getallocatedblocks()
    await app(scope, receive, send)

@atexit.register
def write():
    first, last = MARKS
    kept = (blocks[last] - blocks[first]) / (last - first)
    kept = f"{{round(kept, 1) + 0:g}} memory blocks kept by an invocation"
    open(RESULT, "w").write(f"{{len(sys.modules)}} modules; {{kept}}")
"""
# The modules that have been imported at the end.
COUNT_MODULES = """
import atexit, sys

@atexit.register
def write():
    open(RESULT, "w").write(str(len(sys.modules)))
"""
_CONNECT = """
import os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
# Not create_connection, whose look-up imports the codec of international names.
line = socket.socket()
line.connect((host, int(port)))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
HEAD = (
    b"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\\r\\nHost: x\\r\\n"
    b"Transfer-Encoding: chunked\\r\\n\\r\\n")
PRELUDE = b'{"statusCode":200}' + bytes(8)
"""
# The minimum for Python: connect, poll, respond. No event loop, no parsing, one invocation.
BARE = f"""{_CONNECT}
line.sendall(NEXT)
line.recv(65536)
body = PRELUDE + b"x" * 10
line.sendall(HEAD + b"%x\\r\\n%b\\r\\n0\\r\\n\\r\\n" % (len(body), body))
line.recv(65536)
"""
# The app called directly: no event loop, no headers, and a chunk waits for others without a limit.
# The collector of garbage is off until the app is imported, as in the runtime.
_BARE_ASGI = f"""
gc.freeze()
gc.enable()
import json
{_CONNECT}
FEW, FULL = 8, 65536

async def receive():
    return {{"type": "http.request", "body": b"", "more_body": False}}

def respond(path):
    parts = []
    start, buffered = HEAD, 4 * FULL

    def flush():
        nonlocal start, buffered, parts
        body = parts if len(parts) <= FEW else [b"".join(parts)]
        line.sendmsg([start + b"%x\\r\\n" % sum(map(len, body)), *body, b"\\r\\n"])
        start, buffered, parts = b"", 0, []

    async def send(message):
        nonlocal buffered
        if message["type"] == "http.response.start":
            parts.append(PRELUDE)
            return
        body = message["body"]
        parts.append(body)
        buffered += len(body)
        if buffered >= FULL and (buffered >= 4 * FULL or len(parts) > FEW):
            flush()
        if not message["more_body"]:
            if buffered:
                flush()
            line.sendall(b"0\\r\\n\\r\\n")

    scope = {{
        "type": "http", "asgi": {{"version": "3.0", "spec_version": "2.4"}}, "http_version": "1.1",
        "method": "GET", "scheme": "https", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "headers": [(b"host", b"x")], "client": ("x", 0),
        "server": ("x", 443), "state": {{}}, "extensions": {{}},
    }}
    try:
        app(scope, receive, send).send(None)
    except StopIteration:
        pass

line.sendall(NEXT)
while data := line.recv(65536):
    respond(json.loads(data.partition(b"\\r\\n\\r\\n")[2])["path"])
    line.recv(65536)
    line.sendall(NEXT)
"""


def bare_process(app: str) -> str:
    """Return the source of a process that serves an ASGI app with nothing but a socket."""
    return f"import gc\ngc.disable()\n{app}\n{_BARE_ASGI}"

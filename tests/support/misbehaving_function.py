"""A function on `provided.al2023` that misbehaves on request, with a separate runtime."""

from __future__ import annotations

from pathlib import Path

from streaming_construct.model.functions import Function
from tests.support.running_functions import source_function

# Paths choose what it does; what it has sent it writes into the file `sent` of its folder.
BOOTSTRAP = r"""#!/usr/bin/env python3
import http.client, json, os, subprocess, sys, time

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PRELUDE = b'{"statusCode":200,"headers":{"content-type":"text/plain"}}' + bytes(8)
SLEEP = [sys.executable, "-c", "import time; time.sleep(120)"]

def note(name, text):
    own = f"{name}.{os.getpid()}"  # another environment may write it down, too
    with open(own, "w") as file:
        file.write(str(text))
    os.replace(own, name)

def bytewise():
    for byte in PRELUDE + b"done":
        yield bytes([byte])

def flood(mebibytes):
    yield PRELUDE
    for number in range(mebibytes):
        note("sent", number)
        yield b"x" * 2**20

def slow():
    yield PRELUDE
    for number in range(10):
        yield b"%d" % number
        time.sleep(0.1)
    note("ended", os.getpid())

def paced(count):
    yield PRELUDE + b"%d " % os.getpid()
    for number in range(count):
        yield b"%d " % number
        time.sleep(0.1)

def children(new_session):
    child = subprocess.Popen(SLEEP, start_new_session=new_session)
    yield PRELUDE
    yield json.dumps([os.getpid(), child.pid, os.environ["HOME"]]).encode()

def answer(path):
    if path == "/bytewise":
        return bytewise()
    if path.startswith("/flood/"):
        return flood(int(path.rpartition("/")[2]))
    if path.startswith("/paced/"):
        return paced(int(path.rpartition("/")[2]))
    if path == "/slow":
        return slow()
    if path in ("/fork", "/setsid"):
        return children(path == "/setsid")
    return iter([PRELUDE, b"%d" % os.getpid()])

while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    got = api.getresponse()
    event = json.loads(got.read())
    target = "/2018-06-01/runtime/invocation/" + got.headers["Lambda-Runtime-Aws-Request-Id"]
    headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked",
               "Content-Type": "application/vnd.awslambda.http-integration-response"}
    api.request("POST", target + "/response", answer(event["path"]), headers, encode_chunked=True)
    api.getresponse().read()
"""


def misbehaving_function(folder: Path) -> Function:
    """Return the function, with its code in this folder."""
    return source_function(
        folder,
        {"bootstrap": BOOTSTRAP},
        "any",
        id="chat",
        runtime="provided.al2023",
        timeout_seconds=60,
    )

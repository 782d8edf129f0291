"""Calls of the Runtime API and the Extensions API, in an order that tries forbidden calls.

The calls run against the emulator of AWS and against ours. They need only Python.
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path

_RUNTIME = "/2018-06-01/runtime"
_EXTENSION = "/2020-01-01/extension"
_UNKNOWN = "00000000-0000-4000-8000-000000000000"
_NAME = "Lambda-Extension-Name"
_ID = "Lambda-Extension-Identifier"


class Caller:
    """Makes calls and records the responses: status and error type, or the names of the content."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.responses: dict[str, list[object]] = {}
        self.headers: dict[str, str] = {}

    def call(
        self, name: str, request: str, headers: dict[str, str] | None = None, body: str = ""
    ) -> None:
        method, path = request.split()
        api = http.client.HTTPConnection(self._address, timeout=10)
        api.request(method, path, body.encode(), headers or {})
        response = api.getresponse()
        text = response.read()
        api.close()
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        try:
            kind = json.loads(text).get("errorType")
        except ValueError:
            kind = None
        self.responses[name] = [response.status, kind]


def make_calls(address: str) -> dict[str, list[object]]:
    """Make all calls. Another process must invoke the function meanwhile."""
    caller = Caller(address)
    call = caller.call
    register = f"POST {_EXTENSION}/register"
    call("register without a name", register, {}, "{}")
    call("register", register, {_NAME: "inside"}, '{"events": ["INVOKE"]}')
    inside = {_ID: caller.headers["lambda-extension-identifier"]}
    call("register again", register, {_NAME: "inside"}, '{"events": ["INVOKE"]}')
    call("register for SHUTDOWN inside", register, {_NAME: "other"}, '{"events": ["SHUTDOWN"]}')
    call("register for nonsense", register, {_NAME: "third"}, '{"events": ["NONSENSE"]}')
    call("extension next without id", f"GET {_EXTENSION}/event/next")
    call("extension next with a bad id", f"GET {_EXTENSION}/event/next", {_ID: "x"})
    call("extension next with a wrong id", f"GET {_EXTENSION}/event/next", {_ID: _UNKNOWN})
    call("elsewhere", "GET /2018-06-01/elsewhere")
    call("response before any event", f"POST {_RUNTIME}/invocation/{_UNKNOWN}/response", {}, "1")
    call("error before any event", f"POST {_RUNTIME}/invocation/{_UNKNOWN}/error", {}, "{}")

    # The environment is ready when the extension, too, waits for an event.
    waiting = http.client.HTTPConnection(address, timeout=10)
    waiting.request("GET", f"{_EXTENSION}/event/next", headers=inside)
    call("next", f"GET {_RUNTIME}/invocation/next")
    request_id = caller.headers["lambda-runtime-aws-request-id"]
    names = (
        name for name in caller.headers if name.startswith(("lambda-runtime-", "content-type"))
    )
    caller.responses["next has"] = [*sorted(names)]
    invocation = f"{_RUNTIME}/invocation/{request_id}"
    call("response to a wrong id", f"POST {_RUNTIME}/invocation/{_UNKNOWN}/response", {}, "1")
    call("error for a wrong id", f"POST {_RUNTIME}/invocation/{_UNKNOWN}/error", {}, "{}")
    call("response by GET", f"GET {invocation}/response")
    call("next by POST", f"POST {_RUNTIME}/invocation/next")
    call("init error too late", f"POST {_RUNTIME}/init/error", {}, "{}")
    call("response", f"POST {invocation}/response", {}, "1")
    call("response again", f"POST {invocation}/response", {}, "1")
    call("error after the response", f"POST {invocation}/error", {}, "{}")
    waiting.close()
    return caller.responses


if __name__ == "__main__":
    address, file = sys.argv[1:]
    Path(file).write_text(json.dumps(make_calls(address)))

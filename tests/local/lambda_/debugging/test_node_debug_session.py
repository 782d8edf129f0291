"""`--debug` of a Node.js function: an editor stops it, reads a variable and continues its
stream."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import httpx

from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.processes.free_port import find_free_port
from streaming_construct.local.local_api import LocalApi
from tests.local.lambda_.debugging.inspector_client import connect_inspector
from tests.support.in_memory_functions import api_model, route
from tests.support.running_functions import source_function, write_files

HANDLER = """\
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
  for (const word of ["one ", "two ", "three"]) {
    stream.write(word);
  }
  stream.end();
});
"""
LINE = 4


def test_a_breakpoint_in_the_source_stops_the_function(tmp_path: Path) -> None:
    """Set, stop, read a variable, continue: the stream arrives."""
    source = write_files(tmp_path / "project" / "src", {"index.mjs": HANDLER})
    asset = shutil.copytree(source, tmp_path / "project" / "cdk.out" / "asset.1")
    function = replace(
        source_function(asset, {}, "index.handler", runtime="nodejs24.x"), timeout_seconds=1
    )
    port = find_free_port("127.0.0.1")
    api = LocalApi(
        replace(api_model(route("/")), functions={"fn": function}),
        GatewayOptions(debugged_functions=frozenset({"fn"})),
        functions=LambdaOptions(debug_ports={"fn": port}),
        project=tmp_path / "project",
    )
    with api, connect_inspector(port) as editor:
        text = "\n".join(api._started.result().functions.list_debug_messages())
        (settings,) = json.loads(text[text.index("{") : text.rindex("}") + 1])["configurations"]
        assert (settings["type"], settings["port"]) == ("node", port)
        assert settings["localRoot"] == str(source)

        editor.request("Runtime.enable")
        editor.request("Debugger.enable")
        editor.request(
            "Debugger.setBreakpointByUrl",
            url=f"file://{settings['remoteRoot']}/index.mjs",
            lineNumber=LINE - 1,
            condition='word === "two "',
        )
        editor.request("Runtime.runIfWaitingForDebugger")
        texts: list[str] = []
        request = threading.Thread(
            target=lambda: texts.append(httpx.get(api.url_for_path("/"), timeout=60).text),
            daemon=True,
        )
        request.start()
        (frame, *_) = editor.event("Debugger.paused")["callFrames"]
        value = editor.request(
            "Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="word"
        )

        assert frame["location"]["lineNumber"] == LINE - 1
        assert value["result"]["value"] == "two "
        assert request.is_alive()
        editor.request("Debugger.resume")
        request.join(60)
        assert texts == ["one two three"]

"""Run the cases of nodejs.yaml through a client of the Runtime API, and compare the outcomes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from streaming_construct.local.lambda_.invocation import FunctionError
from tests.support.running_functions import running_service, source_function

if TYPE_CHECKING:
    from streaming_construct.local.lambda_.service import LambdaService
    from streaming_construct.model.functions import Function

FOLDER: Final = Path(__file__).parent
EXPECTED: Final = FOLDER / "nodejs.expected.json"
PRELUDE: Final = """
const { PassThrough, Readable, Writable } = require("node:stream");
const { pipeline } = require("node:stream/promises");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const HEAD = { statusCode: 201, headers: { "x-a": "1" } };
const from = (stream, metadata) => awslambda.HttpResponseStream.from(stream, metadata);
"""
_CALLS: Final = {
    "stream": "exports.handler = awslambda.streamifyResponse((e, s, c) => cases[e.case](e, s, c));",
    "buffer": "exports.handler = (e, c) => cases[e.case](e, c);",
    "callback": "exports.handler = (e, c, done) => cases[e.case](e, c, done);",
}
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One handler: `kind` is its signature, `code` its source, or `files` those of the function."""

    id: str
    claim: str
    source: str
    kind: str
    code: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    handler: str = "index.handler"
    runtime: str = "nodejs24.x"
    alone: bool = False
    compares_log: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def read_cases() -> tuple[Case, ...]:
    """Read nodejs.yaml."""
    # libyaml's reader where it is built in: it takes a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load((FOLDER / "nodejs.yaml").read_text(encoding="utf-8"), Loader=loader)
    return tuple(_case({**document["defaults"], **entry}) for entry in document["cases"])


def _case(entry: dict[str, Any]) -> Case:
    kind = next((kind for kind in _CALLS if kind in entry), "module")
    if kind == "callback":
        entry = {"runtime": "nodejs22.x", **entry}
    return Case(kind=kind, code=entry.pop(kind, ""), **entry)


@dataclass(frozen=True)
class Client:
    """Runs the functions: `bootstraps` maps a runtime to the command of AWS's client for it.

    Without bootstraps, the local Lambda service runs them with its own runtime.
    """

    name: str
    bootstraps: Mapping[str, str] = field(default_factory=dict)

    def function(self, folder: Path, files: Mapping[str, str], case: Case) -> Function:
        """Return the function of these files, with the environment of the case."""
        if not self.bootstraps:
            return source_function(
                folder, files, case.handler, runtime=case.runtime, environment=case.variables
            )
        command = self.bootstraps[case.runtime]
        return source_function(
            folder,
            {**files, "bootstrap": f'#!/bin/sh\nexec {command} "$_HANDLER"\n'},
            case.handler,
            runtime="provided.al2023",
            environment={"AWS_EXECUTION_ENV": f"AWS_Lambda_{case.runtime}", **case.variables},
        )


def run_battery(client: Client, cases: tuple[Case, ...], folder: Path) -> dict[str, Outcome]:
    """Return the outcome of each case, by its id.

    Cases of one kind share a process; a case that is `alone`, or brings its files, has its own.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        shares = case.kind != "module" and not case.alone
        group = f"{case.kind}-{case.runtime}" if shares else case.id
        groups.setdefault(group, []).append(case)

    async def run() -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for name, group in groups.items():
            first = group[0]
            files = first.files or {"index.js": _module(group)}
            function = client.function(folder / name, files, first)
            console: list[str] = []
            async with running_service(function, console=console) as service:
                for case in group:
                    outcomes[case.id] = await _outcome(service, case)
            if first.compares_log:
                outcomes[first.id]["log"] = _read_log(console)
        return outcomes

    return asyncio.run(run())


def _module(group: list[Case]) -> str:
    entries = "".join(f"  {json.dumps(case.id)}: {case.code},\n" for case in group)
    return f"{PRELUDE}const cases = {{\n{entries}}};\n{_CALLS[group[0].kind]}\n"


async def _outcome(service: LambdaService, case: Case) -> Outcome:
    outcome: Outcome = {"streaming": False, "content_type": "", "error": None}
    arrived = b""
    try:
        payload = json.dumps({"case": case.id}).encode()
        invocation = await asyncio.wait_for(service.invoke("fn", payload), 20)
        outcome["streaming"], outcome["content_type"] = (
            invocation.streaming,
            invocation.content_type,
        )
        async for data in invocation:
            arrived += data
    except FunctionError as error:
        outcome["error"] = [error.error_type, _without_paths(error.message)]
    body = arrived.decode("latin-1")
    outcome["body"] = body if len(body) <= 400 else [len(body), body[:10], body[-10:]]
    return outcome


def _read_log(console: list[str]) -> list[str]:
    """Return the function's own lines without times, ids, and frames of the client."""
    lines = [re.sub(r"^\[fn \w+\] ", "", _without_paths(line)) for line in console]
    own = [line for line in lines if not line.startswith(("START ", "END ", "REPORT "))]
    own = [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", line) for line in own]
    return [re.sub(r',"    at [^"]*"', "", line) for line in own]


def _without_paths(text: str) -> str:
    """Remove parts that differ from run to run: folders, request ids, the require stack."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text.partition("\nRequire stack")[0])
    text = re.sub(r"imported from \S+", "imported from CLIENT", text)
    return re.sub(r"(file://)?/[^'\s:]+/", "", text)

"""Run the cases of python.yaml through a client of the Runtime API, and compare the outcomes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from streaming_construct.local.lambda_.invocation import CallerContext, FunctionError
from tests.support.running_functions import running_service, source_function

if TYPE_CHECKING:
    from streaming_construct.local.lambda_.service import LambdaService
    from streaming_construct.model.functions import Function

FOLDER: Final = Path(__file__).parent
EXPECTED: Final = FOLDER / "python.expected.json"
PYTHON_VERSION: Final = ".".join(map(str, sys.version_info[:2]))
# Output goes to files, byte by byte; Lambda's framed entries to a file of their own.
_WRAPPER: Final = """#!/bin/sh
exec >>"$AGREEMENT_FOLDER/log" 2>&1
if [ "$AGREEMENT_FRAMED" ]; then
  exec 3>>"$AGREEMENT_FOLDER/frames"
  export _LAMBDA_TELEMETRY_LOG_FD=3
fi
exec "$@"
"""
_PRELUDE: Final = """
import datetime, enum, json, logging, os, signal, sys, threading
from collections import OrderedDict, namedtuple
from decimal import Decimal
log = logging.getLogger()
Point = namedtuple("Point", "x y")
COUNT = []
class WithAsDict:
    def __init__(self, value=None):
        self.value = value or {"b": 1}
    def _asdict(self):
        return self.value
class WithoutJson: pass
class Text(str): pass
class Row(list): pass
class Number(int, enum.Enum):
    ONE = 1
class OwnError(Exception): pass
class BaseError(BaseException): pass
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")
def deep(depth):
    return deep(depth - 1) if depth else 1 / 0
"""
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One handler and its invocation; python.yaml describes the fields."""

    id: str
    claim: str
    source: str
    code: str = ""
    is_async: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    handler: str = "index.handler"
    runtime: str = "python3.14"
    variables: Mapping[str, str] = field(default_factory=dict)
    framed: bool = False
    caller: Mapping[str, str] = field(default_factory=dict)
    trace_id: str = ""
    value: Any = None
    before: Mapping[str, Any] | None = None
    alone: bool = False
    compares_log: bool = True
    differs: str = ""

    @property
    def environment(self) -> str:
        """Return the variables of the case. Cases with the same text may share a process."""
        return json.dumps([self.runtime, self.framed, dict(self.variables)])


def read_cases() -> tuple[Case, ...]:
    """Read python.yaml."""
    # libyaml's reader where it is built in: it takes a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load((FOLDER / "python.yaml").read_text(encoding="utf-8"), Loader=loader)
    return tuple(_case({**document["defaults"], **entry}) for entry in document["cases"])


def _case(entry: dict[str, Any]) -> Case:
    if "module" in entry:
        entry["files"] = {"index.py": entry.pop("module")}
    if "async" in entry:
        entry |= {"code": entry.pop("async"), "is_async": True}
    return Case(**entry)


@dataclass(frozen=True)
class Client:
    """Runs the functions: our runtime, or `command`, which is AWS's client."""

    name: str
    command: str = ""

    def function(self, folder: Path, files: Mapping[str, str], case: Case) -> Function:
        """Return the function of these files, with the environment of the case."""
        variables = {
            "AGREEMENT_FOLDER": str(folder),
            "AGREEMENT_FRAMED": "1" if case.framed else "",
            **case.variables,
        }
        files = {**files, "wrapper.sh": _WRAPPER}
        code = folder / "code"
        if not self.command:
            variables["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/wrapper.sh"
            return source_function(
                code, files, case.handler, runtime=case.runtime, environment=variables
            )
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{case.runtime}"
        bootstrap = f'#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/wrapper.sh" {self.command} "$_HANDLER"\n'
        return source_function(
            code,
            {**files, "bootstrap": bootstrap},
            case.handler,
            runtime="provided.al2023",
            environment=variables,
        )


def run_battery(client: Client, cases: tuple[Case, ...], folder: Path) -> dict[str, Outcome]:
    """Return the outcome of each case, by its id.

    Cases of one environment share a process; one that is `alone`, or brings files, has its own.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        has_own_process = case.alone or case.files
        groups.setdefault(case.id if has_own_process else case.environment, []).append(case)

    async def run() -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for number, group in enumerate(groups.values()):
            first, case_folder = group[0], folder / str(number)
            function = client.function(
                case_folder, first.files or {"index.py": _module(group)}, first
            )
            async with running_service(function) as service:
                for case in group:
                    outcomes[case.id] = await _outcome(service, case, case_folder)
        return outcomes

    return asyncio.run(run())


def _module(group: list[Case]) -> str:
    parts = [_PRELUDE, "def case_error_raised(event, context):\n    raise ValueError('no')\n"]
    for case in group:
        name = f"case_{case.id.replace('-', '_')}"
        keyword = "async def" if case.is_async else "def"
        parts.append(f"{keyword} {name}(event, context):\n{textwrap.indent(case.code, '    ')}\n")
    parts.append(
        "def handler(event, context):\n"
        "    return globals()['case_' + event['case'].replace('-', '_')](event, context)\n"
    )
    return "".join(parts)


async def _outcome(service: LambdaService, case: Case, folder: Path) -> Outcome:
    if case.before:
        await _invoke(service, case, dict(case.before))
    sizes = {} if case.alone or case.files else _sizes(folder)
    outcome = await _invoke(service, case, {"case": case.id, "value": case.value})
    if case.compares_log:
        log = _bytes(folder / "log")[sizes.get("log", 0) :]
        outcome["log"] = _shorten(_normalize(log.decode("utf-8", "backslashreplace"), folder))
        frames = _frames(_bytes(folder / "frames")[sizes.get("frames", 0) :])
        outcome["frames"] = [[kind, _normalize(text, folder)] for kind, text in frames]
    return outcome


async def _invoke(service: LambdaService, case: Case, event: Mapping[str, Any]) -> Outcome:
    outcome: Outcome = {"content_type": "", "error": None}
    arrived = b""
    try:
        invocation = await asyncio.wait_for(
            service.invoke(
                "fn",
                json.dumps(event).encode(),
                trace_id=case.trace_id,
                caller=CallerContext(**case.caller),
            ),
            20,
        )
        outcome["content_type"] = invocation.content_type
        async for data in invocation:
            arrived += data
    except FunctionError as error:
        message = re.sub(r"0x[0-9a-f]+", "ADDRESS", error.message)
        message = message.replace(_STANDARD_LIBRARY, "LIB")
        outcome["error"] = [error.error_type, message]
    body = arrived.decode("latin-1")
    for pattern, replacement in _REPLACEMENTS[:4]:
        body = pattern.sub(replacement, body)
    outcome["body"] = _shorten(body)
    return outcome


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _sizes(folder: Path) -> dict[str, int]:
    return {name: len(_bytes(folder / name)) for name in ("log", "frames")}


def _frames(data: bytes) -> list[tuple[str, str]]:
    """Read the frames: type and length in four bytes each, a time in eight, the text."""
    frames = []
    while data:
        size = int.from_bytes(data[4:8], "big")
        frames.append((data[:4].hex(), data[16 : 16 + size].decode("utf-8", "backslashreplace")))
        data = data[16 + size :]
    return frames


def _shorten(text: str) -> str | list[Any]:
    return text if len(text) <= 2000 else [len(text), text[:20], text[-20:]]


_STANDARD_LIBRARY: Final = str(Path(os.__file__).parent)
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REPLACEMENTS: Final = (
    (_IDENTIFIER, "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"), "TIME"),
    (re.compile(r"0x[0-9a-f]+"), "ADDRESS"),
    (re.compile(r"streaming-construct-\w+"), "STREAM"),
    # The general warning of AWS's client at an error of the initialization, which ours leaves out.
    (re.compile(r"\[WARNING\]\tTIME\t\tLAMBDA_WARNING: [^\r\n]*\r?\n"), ""),
    (re.compile(r'\{"timestamp": "TIME", "level": "WARNING", "message": "LAMBDA_W[^\n]*\n'), ""),
    # The client's own frames: of ours there are none.
    (
        re.compile(r'\r?\n?\xa0\xa0File "[^"]*/bootstrap\.py", line \d+, in \w+\r\xa0{4}[^\r\n]*'),
        "",
    ),
    (re.compile(r'"  File \\"[^"]*/bootstrap\.py\\", line \d+, in \w+\\n [^"]*\\n"(, )?'), ""),
)


def _normalize(text: str, folder: Path) -> str:
    """Replace parts that differ from run to run: ids, times, folders."""
    text = text.replace(f"{folder}/code", "/var/task").replace(_STANDARD_LIBRARY, "LIB")
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    # An entry with a traceback has no line end of its own in AWS's client; ours ends each line.
    return text.rstrip("\n")

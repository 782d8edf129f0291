"""The table of docs/local-gateway.md on the agreement of the local runtimes with AWS's clients."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import yaml

_BATTERIES: Final = Path(__file__).parents[1] / "tests" / "agreement"
# The file of cases, the kind of function, and the client of AWS.
_CLIENTS: Final = (
    ("nodejs.yaml", "Node.js", "npm `aws-lambda-ric` 4 and, for nodejs22.x, 3"),
    ("python.yaml", "Python, buffered", "PyPI `awslambdaric`"),
)
# What the first word of a case's id is about.
_SUBJECTS: Final = {
    "async": "handlers declared `async def`",
    "buffer": "buffered responses",
    "callback": "callbacks and `context.done`",
    "content": "content types",
    "context": "the context",
    "cork": "`cork`",
    "end": "`end`",
    "error": "errors",
    "exit": "ends of the process",
    "from": "metadata of a response",
    "handler": "handlers",
    "event": "events",
    "init": "initialization",
    "json": "logs in JSON",
    "process": "ends of the process",
    "globals": "global names",
    "trace": "the trace id",
    "unhandled": "ends of the process",
    "uncaught": "ends of the process",
    "streaming": "handlers",
    "three": "callbacks and `context.done`",
    "log": "logs",
    "module": "modules",
    "pipeline": "pipelines",
    "print": "`print`",
    "result": "results",
    "stream": "the response stream",
    "write": "`write`",
}


def format_agreement() -> str:
    """Return the table: one row for each client and subject."""
    lines = [
        "| function | AWS's client | subject | same | different |",
        "| --- | --- | --- | --- | --- |",
    ]
    differences = []
    for file, function, client in _CLIENTS:
        document = yaml.safe_load((_BATTERIES / file).read_text(encoding="utf-8"))
        cases: list[dict[str, Any]] = document["cases"]
        differences += [case for case in cases if case.get("differs")]
        same, different = Counter[str](), Counter[str]()
        for case in cases:
            (different if case.get("differs") else same)[_subject(case)] += 1
        lines += [
            f"| {function} | {client} | {subject} | {same[subject]} | {different[subject]} |"
            for subject in sorted({*same, *different}, key=lambda it: (it == "other", it))
        ]
    lines += ["", f"Different on purpose: {len(differences)}."]
    lines += [f"- {case['claim']} {case['differs']}" for case in differences]
    return "\n".join(lines)


def _subject(case: dict[str, Any]) -> str:
    return _SUBJECTS.get(case["id"].partition("-")[0], "other")

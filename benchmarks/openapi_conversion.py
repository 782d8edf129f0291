"""The time of a conversion for each MB of the document: the median of several runs.

    python -m benchmarks.openapi_conversion [FILE ...]
    python -m benchmarks.openapi_conversion --compare

Without files, a synthetic document of about 1 MB is converted. It has 150 paths, 450 operations,
models that refer to each other, nullable members and compositions, as FastAPI writes them. With
`--compare` published documents and applications are converted, beside existing converters.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from streaming_construct.openapi import OpenApi

RUNS = 5


def main(files: list[str]) -> None:
    print(f"{'document':40} {'MB':>6} {'read s':>8} {'convert s':>10} {'s/MB':>6}")
    if not files:
        generated = synthetic()
        report("synthetic", len(json.dumps(generated)), 0.0, OpenApi.from_dict(generated))
    for name in files:
        started = time.perf_counter()
        document = OpenApi.from_file(name)
        read = time.perf_counter() - started
        report(Path(name).name, Path(name).stat().st_size, read, document)


def report(name: str, size: int, read: float, document: OpenApi) -> None:
    seconds = statistics.median(measure_seconds(document) for _ in range(RUNS))
    megabytes = size / 1e6
    print(
        f"{name[:40]:40} {megabytes:6.2f} {read:8.3f} {seconds:10.3f}"
        f" {(read + seconds) / megabytes:6.2f}"
    )


def measure_seconds(document: OpenApi) -> float:
    started = time.perf_counter()
    document.convert()
    return time.perf_counter() - started


def synthetic(models: int = 450, paths: int = 150) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Synthetic", "version": "1"},
        "paths": {f"/things{n}/{{thing_id}}": path_item(n, models) for n in range(paths)},
        "components": {"schemas": {f"Thing_{n}_": model(n, models) for n in range(models)}},
    }


def path_item(number: int, models: int) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/Thing_{number % models}_"}
    content = {"application/json": {"schema": reference}}
    operation = {
        "summary": "Do something with a thing",
        "description": "Some sentences of documentation. " * 10,
        "parameters": [
            {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
        ],
        "responses": {
            "200": {"description": "Successful Response", "content": content},
            "default": {"description": "Trouble"},
        },
        "security": [{"OAuth2": []}],
    }
    body = {"requestBody": {"required": True, "content": content}}
    return {"get": operation, "post": {**operation, **body}, "put": {**operation, **body}}


def model(number: int, models: int) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/Thing_{(number * 7 + 1) % models}_"}
    names = [f"member_{index}" for index in range(10)]
    described = {"description": "The meaning of this member. " * 2, "examples": ["one", "two"]}
    return {
        "type": "object",
        "title": f"Thing[{number}]",
        "required": names[:3],
        "properties": {
            **{name: {"type": "string", "maxLength": 50, **described} for name in names},
            "maybe": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "other": {"anyOf": [reference, {"type": "null"}]},
            "others": {"type": "array", "items": reference},
            "either": {"oneOf": [reference, {"type": "integer", "exclusiveMinimum": 0}]},
        },
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["--compare"]:
        from benchmarks.openapi_converters import compare

        compare()
    else:
        main(sys.argv[1:])

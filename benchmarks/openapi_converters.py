"""Our conversion, compared with other converters: time, and errors of the import.

Each conversion is a separate process. Its time is that of a user: start, reading, conversion,
writing. The oracle of the tests checks the result, without its rule on the number of resources. AWS
can raise this quota, and no converter changes the number.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.openapi.conversion import import_rules
from tests.openapi.conversion.published import (
    APPLICATIONS,
    DOCUMENTS,
    GITHUB,
    node_modules_with,
    python_with,
)

RUNS = 3
SECONDS = 120.0  # the longest that one conversion may take
LARGE = 100_000  # bytes of a document in which more than starting a process is measured
DOWN_CONVERT = "@apiture/openapi-down-convert@0.14.2"
DOWNGRADE = "openapi-downgrade==1.0.1"

OURS = """
import json, sys
from streaming_construct.openapi import OpenApi
document = OpenApi.from_file(sys.argv[1]).convert(max_resources=10_000).document
json.dump(document, open(sys.argv[2], "w"), indent=2)
"""

# It validates its result by a schema that it downloads every time: that is left out.
DOWNGRADED = """
import json, sys
from openapi_downgrade.converter import loader, transformer
transformer.validate_openapi_3 = lambda spec: (True, None)
document = transformer.convert_spec(loader.load_spec(sys.argv[1]))
json.dump(document, open(sys.argv[2], "w"), indent=2)
"""


@dataclass
class Converter:
    """A command that converts a file, and its results.

    Attributes:
        seconds: The median time for each document that it converted.
    """

    name: str
    command: tuple[str, ...]
    options: tuple[str, str] = ("", "")
    seconds: dict[Path, float] = field(default_factory=dict)
    accepted: int = 0
    clean: int = 0

    def convert(self, file: Path, target: Path) -> float | None:
        """Return the seconds of a conversion; None if it wrote nothing."""
        target.unlink(missing_ok=True)
        options = (self.options[0], str(file), self.options[1], str(target))
        started = time.perf_counter()
        done = subprocess.run(
            [*self.command, *filter(None, options)],
            cwd=target.parent,  # one of them leaves a file of warnings behind
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        seconds = time.perf_counter() - started
        return seconds if done.returncode == 0 and target.is_file() else None


def compare() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files, target = documents(Path(folder)), Path(folder) / "converted.json"
        converters = install()
        for file in files:
            measure(converters, file, target)
    print(
        "| converter | given | come out | without a reject | without a warning | s/MB | fastest |"
    )
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for converter in converters:
        print(row(converter, files))


def documents(folder: Path) -> dict[Path, int]:
    """Return published documents of version 3 with their size: others do not convert 2.0."""
    files = [
        document.file()
        for document in [*DOCUMENTS, GITHUB]
        if not document.member.startswith("2.0/")
    ]
    for number, app in enumerate(APPLICATIONS):
        file = folder / f"app{number}.json"
        file.write_text(json.dumps(app.openapi().document))
        files.append(file)
    return {file: file.stat().st_size for file in files}


def install() -> list[Converter]:
    script = node_modules_with(DOWN_CONVERT) / ".bin" / "openapi-down-convert"
    downgrade = (str(python_with(DOWNGRADE)), "-c", DOWNGRADED)
    return [
        Converter("streaming_construct", (sys.executable, "-c", OURS)),
        Converter(DOWN_CONVERT, ("node", str(script)), options=("--input", "--output")),
        Converter(DOWNGRADE, downgrade),
    ]


def measure(converters: list[Converter], file: Path, target: Path) -> None:
    """Convert a document with each converter, in turns, and check the last result of each."""
    times: dict[str, list[float]] = {converter.name: [] for converter in converters}
    for run in range(RUNS):
        for contender in converters:
            seconds = contender.convert(file, target)
            if seconds is None:
                continue
            times[contender.name].append(seconds)
            if run == RUNS - 1:
                judge(contender, json.loads(target.read_text(encoding="utf-8")))
    for contender in converters:
        if converter_times := times[contender.name]:
            contender.seconds[file] = statistics.median(converter_times)
        else:
            print(f"{contender.name} fails on {file.parent.name}/{file.name}", file=sys.stderr)


def judge(converter: Converter, document: Any) -> None:
    findings = [finding for finding in import_rules.findings(document) if finding.rule != "D05"]
    converter.accepted += all(finding.verdict != import_rules.REJECT for finding in findings)
    converter.clean += not findings


def row(converter: Converter, files: dict[Path, int]) -> str:
    rates = [
        seconds / (files[file] / 1e6)
        for file, seconds in converter.seconds.items()
        if files[file] >= LARGE
    ]
    cells = [
        converter.name,
        len(files),
        len(converter.seconds),
        converter.accepted,
        converter.clean,
        f"{statistics.median(rates):.2f}",
        f"{min(converter.seconds.values()):.2f} s",
    ]
    return f"| {' | '.join(map(str, cells))} |"

"""The verdict of the page equals that of the probe for the same arrivals."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

from streaming_construct.probe.diagnosis.verdict import Verdict, judge
from streaming_construct.probe.http.timeline import Arrival, Timeline
from tests.sample.conftest import WEB

PROGRAM = """
import { readFileSync } from 'node:fs'
import { judge } from './verdict.mjs'
const cases = JSON.parse(readFileSync(0))
const words = cases.map(({ arrivals, total, chunks }) => judge(arrivals, total, chunks))
console.log(JSON.stringify(words))
"""
# A multiple of this is the same number in every floating-point sum, so rounding decides nothing.
TICK = 1 / 1024


def cases(seed: int, count: int) -> list[dict[str, Any]]:
    """Make timelines of all kinds: even, in bursts, at once, with one late chunk, at random."""
    choice = random.Random(seed)

    def timeline() -> dict[str, Any]:
        chunks = choice.choice([1, 2, 3, 7, 8, 9, 20, 60, 400])
        arrivals = choice.choice([0, 1, 2, 3, chunks // 2, chunks, chunks, 2 * chunks])
        pace = choice.choice([0, 0, 1, 2, 5, 20, 200])
        burst = choice.choice([1, 1, 2, 3, 5, 10])
        at, moments = choice.choice([0, 1, 50, 3000]), []
        for number in range(arrivals):
            late = choice.random() < 0.1
            at += pace * burst * (number % burst == 0) + choice.choice([0, 1]) + 40 * late
            moments.append(at * TICK)
        total = at * TICK + choice.choice([0, 0, 1, 100, 9000]) * TICK
        return {"arrivals": moments, "total": total, "chunks": chunks}

    return [timeline() for _ in range(count)]


def test_the_page_and_the_probe_have_the_same_verdict(node: str, tmp_path: Path) -> None:
    """The test compares 5000 timelines, among them many of each verdict."""
    timelines = cases(seed=8, count=5000)
    shutil.copy(WEB / "page" / "verdict.js", tmp_path / "verdict.mjs")
    (tmp_path / "program.mjs").write_text(PROGRAM)

    ran = subprocess.run(
        [node, str(tmp_path / "program.mjs")],
        input=json.dumps(timelines),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    theirs = [
        judge(
            Timeline(tuple(Arrival(at, b"x") for at in case["arrivals"]), case["total"]),
            case["chunks"],
        ).value
        for case in timelines
    ]
    ours = json.loads(ran.stdout)
    differ = [
        compared
        for compared in zip(timelines, ours, theirs, strict=True)
        if compared[1] != compared[2]
    ]
    assert differ[:3] == []
    of_arrivals = (
        Verdict.EMPTY,
        Verdict.INCONCLUSIVE,
        Verdict.STREAMED,
        Verdict.BUFFERED,
        Verdict.BURSTY,
    )
    assert all(ours.count(verdict.value) > 100 for verdict in of_arrivals), set(ours)

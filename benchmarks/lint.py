"""Our lint beside cfn-lint on the same templates: what a user waits for.

Each run is a process of its own, in turns, so that a time has start, reading, judging and writing
in it. The exit statuses differ, since the tools look for different things; only a crash counts.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

RUNS = 7
ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "lint" / "corpus"
TEMPLATES = (
    CORPUS / "cloudformation_body_with_role.yaml",
    CORPUS / "serverless_framework.json",
    CORPUS / "sam_fastapi_adapter.yaml",
    ROOT / "tests" / "sample" / "StreamingSample.template.json",
)
TOOLS = {
    "streaming-construct lint": ["-m", "streaming_construct", "lint"],
    "cfn-lint": ["-m", "cfnlint"],
}
CRASHES = 32  # cfn-lint's exit status has a bit for each severity below it


def seconds(tool: str, template: Path) -> float:
    """Run a tool on a template and return how long that took."""
    started = time.perf_counter()
    finished = subprocess.run(
        [sys.executable, *TOOLS[tool], str(template)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    took = time.perf_counter() - started
    if finished.returncode >= CRASHES or b"Traceback" in finished.stderr:
        raise RuntimeError(f"{tool} {template}: {finished.stderr.decode()}")
    return took


def main() -> None:
    """Print a table of medians."""
    print(
        f"Python {platform.python_version()}, cfn-lint {version('cfn-lint')}, "
        f"aws-sam-translator {version('aws-sam-translator')}, {RUNS} runs each, in turns\n"
    )
    print("| template | size | streaming-construct lint | cfn-lint | ratio |")
    print("| --- | --: | --: | --: | --: |")
    for template in TEMPLATES:
        times: dict[str, list[float]] = {tool: [] for tool in TOOLS}
        for _ in range(RUNS):
            for tool, taken in times.items():
                taken.append(seconds(tool, template))
        ours, theirs = (statistics.median(each) for each in times.values())
        size = template.stat().st_size / 1000
        print(
            f"| {template.name} | {size:.1f} kB | {ours:.2f} s | {theirs:.2f} s "
            f"| {ours / theirs:.2f} |"
        )


if __name__ == "__main__":
    main()

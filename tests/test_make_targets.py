"""Every test runs in a target of the Makefile, and `.ci/run` runs all of these targets."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> str:
    """Return the commands of a target."""
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return str(lines)


def test_tests_excluded_from_make_test_run_in_other_ci_targets() -> None:
    """`.ci/run` names a target for each excluded marker."""
    (targets,) = re.findall(r"^make (.+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    left_out = re.findall(r"not (\w+)", recipe("test"))
    selected = {
        marker
        for target in targets.split()
        for marker in re.findall(r"-m (?!pytest)(\w+)", recipe(target))
    }

    assert {"test", "verify-local"} <= set(targets.split())
    assert len(left_out) == 7
    assert set(left_out) <= selected


def test_the_files_of_marked_tests_are_those_that_their_target_names() -> None:
    """A marked test in another file would never run."""
    for marker in re.findall(r"not (\w+)", recipe("test")):
        (command,) = re.findall(rf"-m {marker}((?:.*\\\n)*.*)", MAKEFILE)
        paths = [ROOT / path for path in re.findall(r"tests/\S+", command)]
        marked = {
            file
            for file in (ROOT / "tests").rglob("test_*.py")
            if re.search(rf"pytest\.mark\.{marker}\b", file.read_text(encoding="utf-8"))
        }

        assert marked, marker
        for file in marked:
            assert any(file.is_relative_to(path) for path in paths), file

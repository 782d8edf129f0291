"""Every test is run by a target of the Makefile, and `.ci/run` runs all of these targets."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> str:
    """Return the commands of a target."""
    (found,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return str(found)


def test_what_make_test_leaves_out_runs_in_targets_that_ci_runs() -> None:
    """Each marker that it leaves out is selected by a target that `.ci/run` names."""
    (targets,) = re.findall(r"^make (.+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    left_out = re.findall(r"not (\w+)", recipe("test"))
    selected = {
        marker
        for target in targets.split()
        for marker in re.findall(r"-m (?!pytest)(\w+)", recipe(target))
    }

    assert {"test", "verify-local"} <= set(targets.split())
    assert len(left_out) == 6
    assert set(left_out) <= selected


def test_the_files_of_marked_tests_are_those_that_their_target_names() -> None:
    """A marked test in another file would run nowhere."""
    for marker in re.findall(r"not (\w+)", recipe("test")):
        (command,) = re.findall(rf"-m {marker}((?:.*\\\n)*.*)", MAKEFILE)
        named = [ROOT / path for path in re.findall(r"tests/\S+", command)]
        marked = {
            file
            for file in (ROOT / "tests").rglob("test_*.py")
            if re.search(rf"pytest\.mark\.{marker}\b", file.read_text(encoding="utf-8"))
        }

        assert marked, marker
        for file in marked:
            assert any(file.is_relative_to(path) for path in named), file

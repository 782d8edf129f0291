"""Each fuzz target accepts a few inputs. `make fuzz` runs them for a minute."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import seeds
from tests.fuzz.targets import (
    TARGETS,
    Target,
    check_http,
    check_openapi,
    check_policy,
    check_prelude,
    check_yaml,
)
from tools.fuzz import main


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target.name))
def test_a_target_accepts_drawn_inputs(target: Target) -> None:
    """The test draws a few inputs."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: Any) -> None:
        target.check(data.draw(target.inputs))

    run()


def test_the_targets_accept_every_seed() -> None:
    """The seeds are inputs that once failed or are typical."""
    for data in seeds.HTTP:
        check_http((data, list(range(1, len(data), 7))))
    for data in seeds.PRELUDES:
        check_prelude((data, [1, 10, 40]))
    for text in seeds.YAML:
        check_yaml(text)
    for document in seeds.OPENAPI:
        check_openapi(document)
    for policy in seeds.POLICIES:
        check_policy(policy)


def test_the_command_runs_each_target(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the number of inputs."""
    monkeypatch.setattr("tools.fuzz._BATCH", 2)
    assert main(["--seconds", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [target.name for target in TARGETS]
    assert all(int(line.split()[1]) > 0 for line in lines)

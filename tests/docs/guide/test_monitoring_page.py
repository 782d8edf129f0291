"""docs/monitoring.md: its examples synthesize, with as many resources as the page states."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sybil import Example

from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT, read_page
from tests.support.synthesis import Template, resources, synthesize

PAGE = read_page("monitoring")
FIRST, *EXAMPLES = list_examples("monitoring")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the first example defines for all others."""
    monkeypatch.chdir(ROOT)
    return run_first_example()


def run_first_example() -> dict[str, Any]:
    """Run the first code block, which every example continues; return its names."""
    replacements = {"App()": "App(builtin_cloud_formation_validation=False)"}
    return run_example(FIRST, replacements=replacements)


def synthesize_all_examples() -> Template:
    """Put all examples into one stack, in the order of the page."""
    names = run_first_example()
    for example in EXAMPLES:
        run_example(example, names)
    return synthesize(names["stack"])


def find_example(part: str) -> Example:
    """Return the only example that contains `part`."""
    (only_example,) = (example for example in EXAMPLES if part in example.parsed)
    return only_example


def count(names: dict[str, Any], kind: str) -> int:
    return len(resources(synthesize(names["stack"]), kind))


def test_the_first_example_adds_no_monitoring_resource(names: dict[str, Any]) -> None:
    """An API has no metric filter and no alarm by default."""
    template = synthesize(names["stack"])

    assert not resources(template, "AWS::Logs::MetricFilter")
    assert not resources(template, "AWS::CloudWatch::Alarm")


@pytest.mark.parametrize(
    ("part", "kind", "number"),
    [
        ("StreamingDashboard(", "AWS::Logs::MetricFilter", 8),
        ("StreamingDashboard(", "AWS::CloudWatch::Dashboard", 1),
        ("StreamingAlarms(", "AWS::Logs::MetricFilter", 3),
        ("StreamingAlarms(", "AWS::CloudWatch::Alarm", 6),
        ("StreamingQueries(", "AWS::Logs::QueryDefinition", 7),
        ("StreamingQueries(", "AWS::Logs::MetricFilter", 0),
        ("metric_aborted(", "AWS::Logs::MetricFilter", 3),
        ("FunctionLogMetrics(", "AWS::Logs::MetricFilter", 3),
        ("TraceSampling(", "AWS::XRay::SamplingRule", 1),
    ],
)
def test_an_example_adds_as_many_resources_as_the_page_states(
    part: str, kind: str, number: int, names: dict[str, Any]
) -> None:
    """The page states the number of everything that AWS bills."""
    run_example(find_example(part), names)

    assert count(names, kind) == number


def test_the_alarms_use_as_many_metrics_as_the_page_states(names: dict[str, Any]) -> None:
    """An alarm on a percentage uses two metrics."""
    run_example(find_example("StreamingAlarms("), names)
    alarms = resources(synthesize(names["stack"]), "AWS::CloudWatch::Alarm")
    billed = {
        name: sum("MetricStat" in query for query in alarm["Properties"].get("Metrics", [])) or 1
        for name, alarm in alarms.items()
    }

    assert sum(n for name, n in billed.items() if "AlarmsFunction" not in name) == 4
    assert sum(n for name, n in billed.items() if "AlarmsFunction" in name) == 3


def test_the_page_names_every_metric_and_no_other(names: dict[str, Any]) -> None:
    """The tables list metric methods of the API; a list has those of a function's log."""
    documented = set(re.findall(r"`?(metric_\w+)`?", PAGE)) - {"metric_errors"}
    defined = {
        name
        for kind in (names["StreamingRestApi"], names["FunctionLogMetrics"])
        for name in dir(kind)
        if name.startswith("metric_")
    }

    assert documented == defined

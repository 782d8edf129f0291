"""`findings` runs every rule on an API."""

from __future__ import annotations

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import EndpointType
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.registry import RULES, check_declaration, list_phases
from tests.support.models import ids, new_declaration, new_function, new_route
from tools.parity_table import NOT_AT_SYNTH, NOT_IN_LINT


def test_findings_run_every_rule() -> None:
    """One API breaks a rule of each module. The findings have the order of correction."""
    api = new_declaration(
        new_route("/a b", throttle=Throttle()),
        new_route("/slow", mode=TransferMode.BUFFERED, timeout_ms=1_000_000),
        new_route("/late", timeout_ms=4_000),
        functions=[new_function(3)],
        endpoint_type=EndpointType.EDGE,
    )

    assert ids(check_declaration(api)) == [
        "path-invalid",
        "mixed-transfer-modes",
        "timeout-out-of-range",
        "function-timeout-shorter",
        "throttle-invalid",
        "edge-idle-timeout",
    ]


def test_a_correct_api_breaks_no_rule() -> None:
    """An empty one, and one with routes."""
    assert not list(check_declaration(new_declaration()))
    assert not list(
        check_declaration(new_declaration(new_route("/"), new_route("/{proxy+}", "ANY")))
    )


def test_each_rule_of_only_synth_or_lint_has_a_reason() -> None:
    """A rule that both can break belongs to both."""
    synth = {rule for rule in RULES if "synth" in list_phases(rule)}
    lint = {rule for rule in RULES if "lint" in list_phases(rule)}

    assert synth - lint == NOT_IN_LINT.keys()
    assert lint - synth == NOT_AT_SYNTH.keys()

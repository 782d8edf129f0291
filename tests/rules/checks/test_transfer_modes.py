"""The rule about functions that serve streamed and buffered routes."""

from __future__ import annotations

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.transfer_modes import check_mixed_transfer_modes
from tests.support.models import ids, new_declaration, new_function, new_route

BUFFERED = TransferMode.BUFFERED


def test_a_function_with_both_modes_is_one_finding() -> None:
    """It has routes of each mode, of many only some."""
    streamed = [new_route(f"/s{number}") for number in range(10)]
    (finding,) = check_mixed_transfer_modes(
        new_declaration(*streamed, new_route("/b", mode=BUFFERED))
    )

    assert finding.rule.id == "mixed-transfer-modes"
    assert finding.subject == Subject("function", "Stack/chat")
    assert "(GET /s0, GET /s1, GET /s2 and 7 more)" in finding.message
    assert "(GET /b)" in finding.message


def test_a_separate_function_for_each_mode_is_no_finding() -> None:
    """Neither is one mode for all routes."""
    apart = new_declaration(
        new_route("/s"),
        new_route("/b", mode=BUFFERED, function="health"),
        functions=[new_function(), new_function(function_id="health")],
    )

    assert ids(check_mixed_transfer_modes(apart)) == []
    assert ids(check_mixed_transfer_modes(new_declaration(new_route("/a"), new_route("/b")))) == []

"""Rules about the streaming of functions: one cause is one finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import Route
from streaming_construct.model.declaration import IgnoredTransferMode
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.registry import check_declaration
from tests.support.models import ids, new_declaration, new_function, new_route

BUFFERED = TransferMode.BUFFERED
STREAMING_URI = (
    "arn:aws:apigateway:r:lambda:path/2021-11-15/functions/"
    "arn:aws:lambda:r:1:function:chat/response-streaming-invocations"
)
STREAMS = replace(new_function(), is_streaming=True)


def changed(route: Route, **changes: str) -> Route:
    return replace(route, integration=replace(route.integration, **changes))  # type: ignore[arg-type] # all texts


def test_both_modes_on_one_function_are_one_finding() -> None:
    """The rules about mixed modes and about buffered routes do not both report it."""
    mixed = new_declaration(new_route("/s"), new_route("/b", mode=BUFFERED), functions=[STREAMS])
    buffered = new_declaration(new_route("/b", mode=BUFFERED), functions=[STREAMS])

    assert ids(check_declaration(mixed)) == ["mixed-transfer-modes"]
    assert ids(check_declaration(buffered)) == ["function-always-streams"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"invalid_transfer_mode": "BANANA"}, "transfer-mode-invalid"),
        ({"uri": STREAMING_URI}, "transfer-mode-mismatch"),
    ],
)
def test_a_misspelled_mode_hides_other_findings_of_its_function(
    changes: dict[str, str], rule: str
) -> None:
    """Its long timeout and its function are as the author intended."""
    route = changed(new_route("/b", mode=BUFFERED, timeout_ms=300_000), **changes)

    assert ids(check_declaration(new_declaration(route, functions=[STREAMS]))) == [rule]


def test_a_mode_that_sam_drops_hides_other_findings_of_its_function() -> None:
    """The same."""
    function = replace(STREAMS, origin=SourceLocation(logical_id="Chat"))
    lost = IgnoredTransferMode(
        event="Chat, event Chat",
        value="STREAM",
        intended_value="RESPONSE_STREAM",
        origin=SourceLocation(logical_id="Chat", json_pointer=("Event", "ResponseTransferMode")),
    )
    route = new_route("/b", mode=BUFFERED, timeout_ms=300_000)
    api = new_declaration(
        replace(route, origin=SourceLocation(logical_id="Chat", json_pointer=("Event",))),
        functions=[function],
        ignored_transfer_modes=(lost,),
    )

    assert ids(check_declaration(api)) == ["sam-transfer-mode-ignored"]


@pytest.mark.parametrize(
    ("runtime", "unresolved", "rule"),
    [
        ("python3.14", {}, "function-does-not-stream"),
        ("ruby3.4", {}, "function-does-not-stream"),
        ("python3.14", {"Layers": "known once it is deployed"}, "function-may-not-stream"),
        ("python3.14", {"Environment": "unknown"}, "function-may-not-stream"),
        ("java21", {}, "function-may-not-stream"),
        ("dotnet8", {}, "function-may-not-stream"),
    ],
)
def test_only_a_function_that_cannot_stream_is_an_error(
    runtime: str, unresolved: dict[str, str], rule: str
) -> None:
    """A Java handler may write the bytes of a stream, a layer may contain an adapter."""
    function = replace(new_function(), runtime=runtime, is_streaming=False, unresolved=unresolved)

    (finding,) = check_declaration(new_declaration(new_route(), functions=[function]))

    assert (finding.rule.id, finding.rule.severity.value) == (
        rule,
        "error" if rule == "function-does-not-stream" else "warning",
    )

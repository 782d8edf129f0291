"""Rules on the arguments of constructs."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

ARGUMENT_TYPE: Final = Rule(
    id="argument-type",
    severity=Severity.ERROR,
    title="Argument of the wrong type",
    what=(
        "An argument has another type than CDK requires, such as a number instead of a `Duration`."
    ),
    why="CDK would fail later with a message that does not name the argument.",
    fix="Pass an instance of the CDK type. The message shows an example.",
    source_url="https://docs.aws.amazon.com/cdk/v2/guide/work-with-cdk-python.html",
    tags=frozenset({"route", "synth"}),
)

UNRESOLVED_TOKEN: Final = Rule(
    id="unresolved-token",
    severity=Severity.ERROR,
    title="Unresolved token",
    what=(
        "A duration, a number, or a text is a token whose value is unknown at synth, and the "
        "construct must know it."
    ),
    why=(
        "The construct calculates with the value, checks its range, or writes it into a name or "
        "the OpenAPI body."
    ),
    fix="Pass a value that is known at synth.",
    source_url="https://docs.aws.amazon.com/cdk/v2/guide/tokens.html",
    tags=frozenset({"timeout", "synth"}),
)

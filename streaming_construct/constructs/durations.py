"""Reading CDK durations as numbers."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Duration

from streaming_construct.knowledge.finding import Finding, error


def milliseconds(duration: Duration | None) -> int | None:
    """Return `duration` in milliseconds, or None where there is none or a token hides it."""
    if duration is None or duration.is_unresolved():
        return None
    return round(duration.to_milliseconds())


def duration_token_findings(
    duration: Duration | None, known: int | None, name: str, where: str
) -> Iterator[Finding]:
    """Yield a finding where there is a `duration`, but no `known` number of milliseconds."""
    if duration is not None and known is None:
        yield error(
            "unknown-number", where, f"{name} is a token", "give a duration that is known at synth"
        )

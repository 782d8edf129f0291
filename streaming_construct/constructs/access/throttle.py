"""CDK's `ThrottleSettings` as plain data."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Token
from aws_cdk.aws_apigateway import ThrottleSettings

from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import UNRESOLVED_TOKEN


def to_throttle_model(settings: ThrottleSettings | None) -> Throttle | None:
    """Return `settings` as plain data."""
    if settings is None:
        return None
    # A rule rejects the token. Its encoded number is not a rate.
    rate, burst = (
        None if value is not None and value < 0 and Token.is_unresolved(value) else value
        for value in (settings.rate_limit, settings.burst_limit)
    )
    # jsii does not convert numbers.
    return Throttle(rate=rate, burst=burst)  # type: ignore[arg-type] # the rules check the burst


def check_throttle_tokens(settings: ThrottleSettings | None, subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each number of `settings` that is hidden by a token."""
    if settings is None:
        return
    for name, value in (("rate_limit", settings.rate_limit), ("burst_limit", settings.burst_limit)):
        # Numbers that stand for tokens are negative; asking CDK costs a round trip to Node.js.
        if value is not None and value < 0 and Token.is_unresolved(value):
            yield UNRESOLVED_TOKEN.at(
                subject, f"{name} is a token", fix="Give a number that is known at synth."
            )

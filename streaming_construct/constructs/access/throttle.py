"""CDK's `ThrottleSettings` as plain data."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk.aws_apigateway import ThrottleSettings

from streaming_construct.constructs.cdk.validation import check_tokens, is_token
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.rule import Finding


def to_throttle_model(settings: ThrottleSettings | None) -> Throttle | None:
    """Return `settings` as plain data."""
    if settings is None:
        return None
    # A rule rejects the token. Its encoded number is not a rate.
    rate, burst = (
        None if is_token(value) else value for value in (settings.rate_limit, settings.burst_limit)
    )
    # jsii does not convert numbers.
    return Throttle(rate=rate, burst=burst)  # type: ignore[arg-type] # the rules check the burst


def check_throttle_tokens(settings: ThrottleSettings | None, subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each number of `settings` that is hidden by a token."""
    if settings is None:
        return
    yield from check_tokens(
        subject, rate_limit=settings.rate_limit, burst_limit=settings.burst_limit
    )

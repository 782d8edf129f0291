"""Concurrency: a stream occupies an environment for as long as it lasts.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.aws.limits import UNRESERVED_CONCURRENCY_LOW
from streaming_construct.model.account import Concurrency, FunctionConcurrency
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

CONCURRENCY_EXHAUSTED: Final = Rule(
    id="concurrency-exhausted",
    severity=Severity.WARNING,
    title="Concurrency exhausted",
    what="Lambda recently throttled invocations of a function.",
    why=(
        "Each stream occupies one execution environment for its whole duration, and no more "
        "were available."
    ),
    fix=(
        "Raise the reserved concurrency, or the quota of the account (Lambda, Concurrent "
        "executions)."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
    tags=frozenset({"throttling", "doctor"}),
)

CONCURRENCY_LOW: Final = Rule(
    id="concurrency-low",
    severity=Severity.WARNING,
    title="Low account concurrency",
    what="Fewer than 100 concurrent executions of the account are unreserved.",
    why=(
        "This is the maximum number of concurrent streams of all functions. New accounts can "
        "start with 10."
    ),
    fix="Request a higher quota (Lambda, Concurrent executions), or reserve less.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
    tags=frozenset({"throttling", "doctor"}),
)


def check_concurrency(
    account: Concurrency | None, functions: Iterable[FunctionConcurrency]
) -> Iterator[Finding]:
    """Yield a finding for each throttled function, and for a low limit of the account."""
    for function in functions:
        subject = Subject("function", function.name)
        # `rules.checks.throttling` reports a reserved concurrency of 0, which throttles all.
        if function.throttles and function.reserved != 0:
            bound = "the reserved concurrency" if function.reserved else "the account's concurrency"
            yield CONCURRENCY_EXHAUSTED.at(
                subject,
                f"Lambda recently throttled the function {function.throttles} times, because many "
                f"streams at once used up {bound}",
            )
    if account is not None:
        yield from check_account_concurrency(account)


def check_account_concurrency(account: Concurrency) -> Iterator[Finding]:
    """Yield a warning where an account lets only few streams run at once."""
    if account.unreserved < UNRESERVED_CONCURRENCY_LOW:
        yield CONCURRENCY_LOW.at(
            Subject("account"),
            f"{account.unreserved} of its {account.limit} concurrent executions are unreserved, "
            "and each stream occupies one until it ends",
        )

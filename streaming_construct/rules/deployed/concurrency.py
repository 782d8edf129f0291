"""Concurrency: a stream holds an environment for as long as it lasts.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streaming_construct.aws.limits import UNRESERVED_CONCURRENCY_LOW
from streaming_construct.model.account import Concurrency, FunctionConcurrency
from streaming_construct.rules.finding import Finding, error, warning


def concurrency_findings(
    account: Concurrency | None, functions: Iterable[FunctionConcurrency]
) -> Iterator[Finding]:
    """Yield what keeps functions from being invoked as often as they are asked for."""
    for function in functions:
        where = f"function {function.name}"
        if function.reserved == 0:
            yield error(
                "concurrency-zero",
                where,
                "it has a reserved concurrency of 0, so that every invocation is refused",
                "remove the reserve, or give it as many as there are to be streams at once",
            )
        elif function.throttles:
            bound = "its reserved concurrency" if function.reserved else "the account's concurrency"
            yield warning(
                "concurrency-exhausted",
                where,
                f"Lambda lately refused it {function.throttles} times: {bound} was used up by as "
                "many streams at once",
                "raise the reserve or the account's quota (Lambda, Concurrent executions)",
            )
    if account is not None:
        yield from low_concurrency_findings(account)


def low_concurrency_findings(account: Concurrency) -> Iterator[Finding]:
    """Yield a warning where an account lets only few streams run at once."""
    if account.unreserved < UNRESERVED_CONCURRENCY_LOW:
        yield warning(
            "concurrency-low",
            "the account",
            f"{account.unreserved} of its {account.limit} concurrent executions are not reserved, "
            "and each stream takes one for as long as it lasts",
            "ask for a higher quota (Lambda, Concurrent executions), or reserve less",
        )

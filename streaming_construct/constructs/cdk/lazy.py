"""Values that CDK asks for when it writes the template, so that later changes count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsii
from aws_cdk import CfnResource, IResolvable, IStableAnyProducer, IStableStringProducer, Lazy


@jsii.implements(IStableAnyProducer)
class _Producer:
    """Produces a value in one round trip to Node.js; CDK keeps it for later resolutions."""

    def __init__(self, produce: Callable[[], Any]) -> None:
        self._produce = produce
        self.is_resolved = False

    def produce(self) -> Any:
        self.is_resolved = True
        return self._produce()


@jsii.implements(IStableStringProducer)
class _StringProducer:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self) -> str:
        return self._produce()


class LazyProperty:
    """A property of a CloudFormation resource whose value is computed at synthesis.

    CDK keeps the first value that it resolves. `invalidate` puts a new token in the place of one
    that was resolved, by a test or by another construct.
    """

    def __init__(self, produce: Callable[[], Any]) -> None:
        self._produce = produce
        self._producer = _Producer(produce)
        self._set: Callable[[IResolvable], None] | None = None

    def create_token(self) -> IResolvable:
        """Return a token for the value."""
        return Lazy.any(self._producer)

    def attach(self, resource: Callable[[], CfnResource], name: str) -> None:
        """Set the property that has the token, for `invalidate`.

        `resource` is called only then: each step from a construct to its resource is a round trip.
        """
        self._set = lambda token: setattr(resource(), name, token)

    def invalidate(self) -> None:
        """Let the next synthesis compute the value again."""
        if self._producer.is_resolved and self._set is not None:
            self._producer = _Producer(self._produce)
            self._set(self.create_token())


def create_lazy_string(produce: Callable[[], str]) -> str:
    """Return a token for a string that is computed at synthesis."""
    return Lazy.string(_StringProducer(produce))

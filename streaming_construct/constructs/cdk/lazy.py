"""A value that is written when the template is, so that what is added late counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsii
from aws_cdk import IResolvable, IStableAnyProducer, Lazy, Token


@jsii.implements(IStableAnyProducer)
class _Producer:
    """Asks for the value once: a deployment's hash and the template resolve it several times."""

    def __init__(self, value: Callable[[], Any]) -> None:
        self._value = value
        self.produced = False

    def produce(self) -> Any:
        self.produced = True
        return self._value()


class LazyValue:
    """A plain value that is asked for at synth, in one round trip to Node.js however large it is.

    `spent` says that it has been asked for already: what is to change it must put `renew()` in its
    place.
    """

    def __init__(self, value: Callable[[], Any]) -> None:
        self._value = value
        self._producer = _Producer(value)

    @property
    def is_resolved(self) -> bool:
        """Whether the value has been resolved, in a test or by another construct, say."""
        return self._producer.produced

    def token(self) -> IResolvable:
        """Return a token that stands for the value."""
        return Lazy.any(self._producer)

    def invalidate(self) -> IResolvable:
        """Return a fresh token, and count from now."""
        self._producer = _Producer(self._value)
        return self.token()


def lazy_string(text: Callable[[], str]) -> str:
    """Return a token in a text's place, for a text that is asked for when the template is made."""
    return Token.as_string(LazyValue(text).token())

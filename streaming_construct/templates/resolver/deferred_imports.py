"""Imports SAM's translator without boto3 and jsonschema, which take longer than all the rest.

The translator uses boto3 to look up applications and managed policies in an account, and to find
the Region of a session. It uses jsonschema to validate the policy templates that it ships with.
Reading a template does neither.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

_MODULES: Final = (
    *("boto3", "botocore", "botocore.client", "botocore.config", "botocore.exceptions"),
    *("jsonschema", "jsonschema.exceptions"),
)


@contextmanager
def defer_imports() -> Iterator[None]:
    """Let modules that are imported in this context import boto3 when they first use it.

    The same is true for jsonschema. It changes nothing of a package that is imported already. A
    class that such a module imports by name creates an instance of the real class. In an `except`
    clause, it matches nothing.
    """
    imported = {name.partition(".")[0] for name in sys.modules}
    deferred = {
        name: _DeferredModule(name) for name in _MODULES if name.partition(".")[0] not in imported
    }
    sys.modules.update(deferred)
    try:
        yield
    finally:
        for name, module in deferred.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
            module.is_importable = True


class _DeferredModule(ModuleType):
    """A module that gives placeholders while others are imported, then what the real one has."""

    __path__: list[str] = []  # noqa: RUF012 - a package has this attribute, and it is never changed

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.is_importable = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.is_importable:
            return getattr(import_module(self.__name__), name)
        return _create_placeholder(self.__name__, name)


def _create_placeholder(module: str, name: str) -> type[Exception]:
    """Return a class that creates instances of the class `name` of `module`."""

    def create(_: type, *arguments: Any, **options: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **options)

    # An exception, since it may be one of those in an `except` clause.
    return type(name, (Exception,), {"__new__": create, "__module__": module})

"""`FunctionTraits`: streaming mode, base path and CORS of a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary


@dataclass
class FunctionTraits:
    """Facts about a function that its CDK construct does not return.

    Attributes:
        is_streaming: Whether the function streams its responses. None if unknown.
        base_path_variable: The environment variable with the base path of the API. None if the
            function reads no such variable.
        base_path: The value of that variable, as in `/v1`. None if it is not set.
        can_handle_cors: Whether the function reads the CORS variables that an API sets.
        cors_variables: The CORS variables that an API has set. None if no API has set any.
    """

    is_streaming: bool | None = None
    base_path_variable: str | None = None
    base_path: str | None = None
    can_handle_cors: bool = False
    cors_variables: Mapping[str, str] | None = None

    def set_base_path_variable(self, variable: str, value: str | None) -> None:
        """Record the environment variable of the base path, and its value if it has one."""
        self.base_path_variable = variable
        self.base_path = f"/{value.strip('/')}" if value else None


_TRAITS: Final = WeakKeyDictionary[object, FunctionTraits]()


def get_function_traits(function: object) -> FunctionTraits:
    """Return the traits of `function`, which the caller may change."""
    return _TRAITS.setdefault(function, FunctionTraits())

"""Environment variables that an API sets on its functions: CORS and base path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from streaming_construct.constructs.functions.function_reader import FunctionInfo
from streaming_construct.constructs.functions.traits import get_function_traits
from streaming_construct.model.api import Route
from streaming_construct.model.cors import Cors, build_cors_environment_variables
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.endpoint import create_duplicate_base_path_warning
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.functions import BASE_PATH_CONFLICT, CORS_CONFLICT


@dataclass(frozen=True)
class ApiEnvironmentVariables:
    """The variables of one API.

    Attributes:
        cors: The CORS options of the API. None without CORS.
        base_path: The base path of its custom domain name, as in `/v1`. None without one.
            https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    """

    cors: Cors | None
    base_path: str | None

    @property
    def cors_variables(self) -> Mapping[str, str]:
        """The variables with which a function can handle cross-origin requests."""
        return build_cors_environment_variables(self.cors) if self.cors else {}

    def check(self, handler: FunctionInfo | None, subject: Subject) -> Iterator[Finding]:
        """Yield an error for each variable that another API has set to another value."""
        if handler is None:
            return
        traits = get_function_traits(handler.base_function)
        if self.cors is not None and traits.cors_variables not in (None, self.cors_variables):
            yield CORS_CONFLICT.at(
                subject,
                "another API with different cors has the same function, which can have the CORS "
                "variables of one API only",
            )
        if self.base_path is not None and traits.base_path not in (None, self.base_path):
            yield BASE_PATH_CONFLICT.at(
                subject,
                f"the custom domain has the base path {self.base_path}, and the function has "
                f"{traits.base_path_variable}={traits.base_path}",
            )

    def apply(self, handler: FunctionInfo) -> None:
        """Set the variables on `handler`, if it is a function that reads them."""
        function = handler.base_function
        traits = get_function_traits(function)
        if self.cors is not None and traits.can_handle_cors:
            traits.cors_variables = dict(self.cors_variables)
            for name, value in self.cors_variables.items():
                function.add_environment(name, value)
        if self.base_path and traits.base_path_variable and traits.base_path is None:
            traits.base_path = self.base_path
            function.add_environment(traits.base_path_variable, self.base_path)


def check_repeated_base_path(routes: Iterable[Route], base_path: str | None) -> Iterator[Finding]:
    """Yield a warning for each route whose path starts with the base path."""
    if base_path is None:
        return
    for route in routes:
        if f"{route.path}/".startswith(f"{base_path}/"):
            yield create_duplicate_base_path_warning(route, base_path)

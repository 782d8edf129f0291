"""What an API tells its functions by their environment: its CORS and its base path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streaming_construct.constructs.functions.cors import CorsEnvironment, cors_conflict_findings
from streaming_construct.constructs.functions.function_reader import FunctionInfo
from streaming_construct.constructs.functions.traits import (
    base_path_conflict_findings,
    set_base_path_variable,
)
from streaming_construct.model.cors import Cors, cors_environment_variables
from streaming_construct.rules.finding import Finding


@dataclass(frozen=True)
class ApiEnvironmentVariables:
    """What one API has to say; `base_path` as in `/v1`."""

    cors: Cors | None
    base_path: str | None

    @property
    def cors_variables(self) -> Mapping[str, str]:
        """The variables by which a function can answer cross-origin requests; none without CORS."""
        return cors_environment_variables(self.cors) if self.cors else {}

    def findings(self, handler: FunctionInfo | None, where: str) -> Iterator[Finding]:
        """Yield what `handler` was told for another API and cannot be told for this one."""
        if handler is None:
            return
        yield from cors_conflict_findings(handler.base_function, self.cors, where)
        yield from base_path_conflict_findings(handler.base_function, self.base_path, where)

    def apply(self, handler: FunctionInfo) -> None:
        """Tell `handler`, if it is a function that listens."""
        if self.cors is not None and isinstance(handler.base_function, CorsEnvironment):
            handler.base_function.set_cors_environment(self.cors_variables)
        set_base_path_variable(handler.base_function, self.base_path)

"""The stage that an API is deployed to: its logs, metrics, traces and throttling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    LogGroupLogDestination,
    MethodLoggingLevel,
    StageOptions,
    ThrottleSettings,
)

from streaming_construct.constructs.access.throttle import (
    method_settings,
    throttle_token_findings,
    to_throttle_model,
)
from streaming_construct.constructs.cdk.validation import argument_type_findings
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.model import api
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_logs import ILogGroup


@dataclass(frozen=True, kw_only=True)
class StageConfiguration:
    """What a caller asked for; the fields are arguments of `StreamingRestApi`."""

    name: str
    description: str | None
    variables: Mapping[str, str] | None
    throttle: ThrottleSettings | None
    tracing: bool
    metrics: bool
    logging_level: MethodLoggingLevel
    access_log: AccessLog

    def check_types(self) -> Iterator[Finding]:
        """Yield what is not of its type, before it is looked into."""
        yield from argument_type_findings(
            Subject("API"),
            throttle=(self.throttle, ThrottleSettings),
            logging_level=(self.logging_level, MethodLoggingLevel),
            access_log_format=(self.access_log.format, AccessLogFormat),
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what cannot be known, and what does not go together."""
        yield from throttle_token_findings(self.throttle, Subject("stage"))
        yield from self.access_log.findings()

    def to_model(self) -> api.Stage:
        """Return the stage as plain data, as far as the rules look at it."""
        return api.Stage(name=self.name, throttle=to_throttle_model(self.throttle))

    def options(self, log_group: ILogGroup | None) -> StageOptions:
        """Return the stage for `SpecRestApi`, with its access log in `log_group`."""
        return StageOptions(
            stage_name=self.name,
            description=self.description,
            variables=self.variables,
            tracing_enabled=self.tracing,
            access_log_destination=LogGroupLogDestination(log_group) if log_group else None,
            access_log_format=self.access_log.log_format() if log_group else None,
        )

    def method_settings(
        self, routes: Iterable[api.Route], *, preflight: bool
    ) -> list[dict[str, Any]]:
        """Return the settings of all methods, and of each that is throttled by itself."""
        stage_wide = {
            "loggingLevel": self.logging_level.value,
            "metricsEnabled": self.metrics,
            "dataTraceEnabled": False,
        }
        default = to_throttle_model(self.throttle)
        return method_settings(stage_wide, default, routes, preflight=preflight)

"""CDK's `StageOptions` as `StreamingRestApi` applies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk.aws_apigateway import MethodLoggingLevel, StageOptions, ThrottleSettings

from streaming_construct.constructs.access.throttle import (
    check_throttle_tokens,
    to_throttle_model,
)
from streaming_construct.constructs.cdk.validation import check_tokens, is_token
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.stage.method_settings import build_method_settings
from streaming_construct.model import api
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.endpoint import STAGE_OPTION_UNSUPPORTED

DEFAULT_STAGE_NAME: Final = "prod"
# A stage without limits lets one client use the account's 10,000 requests a second, and with them
# the concurrency of all functions of the account.
DEFAULT_RATE_PER_SECOND: Final = 100
DEFAULT_BURST: Final = 200
_NO_CACHE: Final = (
    "Remove it: API Gateway does not cache streamed responses "
    "(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html)."
)
# The fields of CDK's `StageOptions` that are rejected, with what to do instead.
UNSUPPORTED_STAGE_OPTIONS: Final = {
    "access_log_destination": "Pass access_log=AccessLog(group=...).",
    "access_log_format": "Pass access_log=AccessLog(format=...).",
    "cache_cluster_enabled": _NO_CACHE,
    "cache_cluster_size": _NO_CACHE,
    "cache_data_encrypted": _NO_CACHE,
    "cache_ttl": _NO_CACHE,
    "caching_enabled": _NO_CACHE,
    "client_certificate_id": "Set it on the CfnStage, which is api.stage.node.default_child.",
    "documentation_version": "Set it on the CfnStage, which is api.stage.node.default_child.",
    "method_options": "Pass throttle=ThrottleSettings(...) to add_route or in RouteOptions.",
}


@dataclass(frozen=True)
class StageSettings:
    """A stage: its `options`, with the defaults of `StreamingRestApi` for fields that are None."""

    options: StageOptions
    access_log: AccessLog | None

    @property
    def throttle(self) -> ThrottleSettings:
        """The throttle of each method without a throttle in its route."""
        rate, burst = self.options.throttling_rate_limit, self.options.throttling_burst_limit
        return ThrottleSettings(
            rate_limit=DEFAULT_RATE_PER_SECOND if rate is None else rate,
            burst_limit=DEFAULT_BURST if burst is None else burst,
        )

    def check(self) -> Iterator[Finding]:
        """Yield fields that cannot be applied, and numbers that are unknown at synthesis."""
        for name, fix in UNSUPPORTED_STAGE_OPTIONS.items():
            if getattr(self.options, name) not in (None, False):
                yield STAGE_OPTION_UNSUPPORTED.at(
                    Subject("stage"), f"deploy_options.{name} is not supported", fix=fix
                )
        yield from check_tokens(Subject("stage"), stage_name=self.options.stage_name)
        yield from check_throttle_tokens(self.throttle, Subject("stage"))
        if self.access_log is not None:
            yield from self.access_log.check()

    def to_model(self) -> api.Stage:
        """Return the parts of the stage that rules read, as plain data."""
        name = self.options.stage_name
        return api.Stage(
            # A token was reported.
            name=DEFAULT_STAGE_NAME if name is None or is_token(name) else name,
            throttle=to_throttle_model(self.throttle),
        )

    def create_deploy_options(self, access_log: AccessLog | None) -> StageOptions:
        """Return the options for `SpecRestApi`, with `access_log` as its destination.

        Method settings are not among them: routes that are added later change them.
        """
        return StageOptions(
            stage_name=self.to_model().name,
            description=self.options.description,
            variables=self.options.variables,
            tracing_enabled=self.options.tracing_enabled is not False,
            access_log_destination=access_log,
            access_log_format=access_log.log_format() if access_log else None,
        )

    def build_method_settings(
        self, routes: Iterable[api.Route], *, preflight: bool
    ) -> list[dict[str, Any]]:
        """Return the settings of all methods, and of each method whose route has a throttle."""
        level = self.options.logging_level or MethodLoggingLevel.ERROR
        stage_wide = {
            "loggingLevel": level.value,
            "metricsEnabled": self.options.metrics_enabled is not False,
            "dataTraceEnabled": bool(self.options.data_trace_enabled),
        }
        default = to_throttle_model(self.throttle)
        return build_method_settings(stage_wide, default, routes, preflight=preflight)

"""CloudWatch metrics of an API's streams, as metric filters of its access log.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import Token
from constructs import Construct

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.cdk.metric_namespace import build_metric_namespace
from streaming_construct.constructs.cdk.metric_options import (
    MetricOptions,
    check_metric_options,
    set_default_statistic,
)
from streaming_construct.constructs.cdk.validation import raise_for_errors
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.model.route_table import RouteTable
from streaming_construct.model.subject import Subject
from streaming_construct.observability import access_log_format
from streaming_construct.observability.access_log_fields import (
    AccessLogFormatError,
    read_json_field_paths,
)
from streaming_construct.observability.access_log_metrics import StreamMetric
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE
from streaming_construct.rules.synth.monitoring import STREAM_METRIC_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Metric
    from aws_cdk.aws_logs import ILogGroup
    from typing_extensions import Unpack


class AccessLogMetrics:
    """The metrics of one API's access log; each metric filter is created on first use.

    `access_log` is None where the API has no access log.
    """

    def __init__(
        self,
        api: Construct,
        access_log: AccessLog | None,
        log_group: ILogGroup | None,
        routes: RouteTable,
    ) -> None:
        self._api = api
        self._access_log = access_log
        self._log_group = log_group
        self._routes = routes
        self._created: set[tuple[StreamMetric, bool]] = set()

    def create_metric(
        self,
        metric: StreamMetric,
        route: str | None,
        **options: Unpack[MetricOptions],
    ) -> Metric:
        """Return the metric of all routes or of one, and create its metric filter.

        Raises:
            ValueError: The access log is disabled or its format lacks a field, or the API has no
                such route.
        """
        from aws_cdk.aws_cloudwatch import Metric

        raise_for_errors(self._api, _check_options(options), otherwise="there is no such metric")
        dimensions = None if route is None else self._build_dimensions(route)
        by_route = route is not None
        if (metric, by_route) not in self._created:
            self._create_filter(metric, by_route=by_route)
            self._created.add((metric, by_route))
        options["dimensions_map"] = dimensions
        return Metric(
            namespace=self._namespace,
            metric_name=metric.name,
            **set_default_statistic(options, metric.statistic),
        )

    def get_json_paths(self, variables: tuple[str, ...]) -> dict[str, str]:
        """Return the field of each of `variables` in a line of the access log.

        Raises:
            ValueError: The access log is disabled, or its format lacks a field.
        """
        paths, problem = _read_json_paths(self._access_log)
        missing = [variable for variable in variables if variable not in paths]
        findings = []
        if problem is not None:
            findings = [STREAM_METRIC_INVALID.at(Subject("access log"), problem[0], fix=problem[1])]
        elif missing:
            findings = [
                STREAM_METRIC_INVALID.at(
                    Subject("access log"),
                    f"the format has no field for {', '.join(missing)}",
                    fix=(
                        "Add a field for each, with only the variable in quotes, or remove "
                        "AccessLog(format=...)."
                    ),
                )
            ]
        raise_for_errors(self._api, findings, otherwise="there is no such metric")
        return paths

    @cached_property
    def _namespace(self) -> str:
        return build_metric_namespace(self._api)

    @cached_property
    def _scope(self) -> Construct:
        return Construct(self._api, "Metrics")

    def _build_dimensions(self, route: str) -> dict[str, str]:
        raise_for_errors(self._api, self._check_route(route), otherwise="there is no such metric")
        method, _, path = route.partition(" ")
        return {"Method": method, "Resource": path}

    def _check_route(self, route: str) -> Iterator[Finding]:
        method, _, path = str(route).partition(" ")
        keys = {(existing.method, existing.path) for existing in self._routes.sorted()}
        if method == ANY or not keys & {(method, path), (ANY, path)}:
            yield STREAM_METRIC_INVALID.at(
                Subject("metric"),
                f"the route is {route!r}, and the API has no such route yet",
                fix=(
                    "Add the route first, and name it by the request's own method and the route's "
                    "path: GET /jobs/{id}."
                ),
            )

    def _create_filter(self, metric: StreamMetric, *, by_route: bool) -> None:
        from aws_cdk.aws_cloudwatch import Unit
        from aws_cdk.aws_logs import FilterPattern, MetricFilter

        paths = self.get_json_paths(metric.list_variables(by_route=by_route))
        assert self._log_group is not None  # noqa: S101 - get_json_paths raises without an access log
        is_count = metric.value is None
        MetricFilter(
            self._scope,
            metric.name + ("ByRoute" if by_route else ""),
            log_group=self._log_group,
            filter_pattern=FilterPattern.literal(
                metric.build_filter_pattern(paths, by_route=by_route)
            ),
            metric_namespace=self._namespace,
            metric_name=metric.name,
            metric_value="1" if metric.value is None else f"$.{paths[metric.value]}",
            unit=Unit[metric.unit.upper()],
            # CloudWatch Logs rejects a default value together with dimensions.
            default_value=0 if is_count and not by_route else None,
            dimensions=(
                {
                    "Method": f"$.{paths[access_log_format.METHOD]}",
                    "Resource": f"$.{paths[access_log_format.RESOURCE]}",
                }
                if by_route
                else None
            ),
        )


def _check_options(options: MetricOptions) -> Iterator[Finding]:
    yield from check_metric_options(options)
    if options.get("dimensions_map") is not None:
        yield ARGUMENT_TYPE.at(
            Subject("metric"),
            "dimensions_map is not accepted, because the metric filter determines the dimensions",
            fix="Pass route.",
        )


def _read_json_paths(access_log: AccessLog | None) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return the fields of a line by variable; or none, with the problem and its fix."""
    if access_log is None:
        return {}, ("access_log is False, and metrics are made from it", "Remove access_log=False.")
    text = access_log.format_text()
    if Token.is_unresolved(text):
        return {}, (
            "the format is a token, so that the fields are not known",
            "Give AccessLogFormat.custom a text.",
        )
    try:
        return read_json_field_paths(text), None
    except AccessLogFormatError as problem:
        return {}, (
            str(problem),
            'Write a JSON object with each variable in quotes: {"status": "$context.status"}.',
        )

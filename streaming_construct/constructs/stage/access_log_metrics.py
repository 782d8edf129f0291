"""The metrics that an API's access log gives, as methods of the API."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import Duration, Token
from constructs import Construct

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.cdk.metric_namespace import metric_namespace
from streaming_construct.constructs.cdk.validation import raise_for_errors
from streaming_construct.model.subject import Subject
from streaming_construct.observability import access_log_format, access_log_metrics
from streaming_construct.observability.access_log_fields import (
    AccessLogFormatError,
    json_field_paths,
)
from streaming_construct.observability.access_log_metrics import StreamMetric
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.monitoring import STREAM_METRIC_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Metric
    from aws_cdk.aws_logs import ILogGroup

    from streaming_construct.constructs.stage.access_log import AccessLog
    from streaming_construct.model.route_table import RouteTable


class StreamMetrics:
    """What a `StreamingRestApi` has beside being one: CloudWatch metrics of its streams.

    AWS publishes none. A metric comes into being when it is first asked for: a metric filter on
    the access log, and with the first line that it admits a custom metric, which AWS bills. Ask for
    all routes together, or for one `route`, `GET /jobs/{id}`: the first time that any route is
    asked for, there is a metric for each method and path that requests are made to.

    The methods take the arguments of CDK's own `metric_*` methods that matter: `statistic`,
    `period` (default: 5 minutes), `label` and `color`; `Metric.with_` changes the rest. They raise
    a ValueError where the access log is off or its format lacks a field, and for a route that the
    API does not have.
    """

    access_log_group: ILogGroup | None
    _access_log: AccessLog
    _routes: RouteTable

    def metric_time_to_headers(
        self,
        *,
        route: str | None = None,
        statistic: str = "p90",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Milliseconds until all headers of a streamed answer were there. Default: p90."""
        return self._log_metrics.metric(
            access_log_metrics.TIME_TO_HEADERS,
            route,
            statistic,
            period=period,
            label=label,
            color=color,
        )

    def metric_time_to_first_content(
        self,
        *,
        route: str | None = None,
        statistic: str = "p90",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Milliseconds until the first byte of a streamed body was there. Default: p90."""
        return self._log_metrics.metric(
            access_log_metrics.TIME_TO_FIRST_CONTENT,
            route,
            statistic,
            period=period,
            label=label,
            color=color,
        )

    def metric_stream_duration(
        self,
        *,
        route: str | None = None,
        statistic: str = "p90",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Milliseconds from the call of the function to the end of its stream. Default: p90."""
        return self._log_metrics.metric(
            access_log_metrics.STREAM_DURATION,
            route,
            statistic,
            period=period,
            label=label,
            color=color,
        )

    def metric_streamed_bytes(
        self,
        *,
        route: str | None = None,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Bytes of streamed bodies; each 10 MB of one are billed as a request. Default: the sum."""
        return self._log_metrics.metric(
            access_log_metrics.STREAMED_BYTES,
            route,
            statistic,
            period=period,
            label=label,
            color=color,
        )

    def metric_streamed(
        self,
        *,
        route: str | None = None,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Requests to an integration that streams. Default: how many."""
        return self._log_metrics.metric(
            access_log_metrics.STREAMED, route, statistic, period=period, label=label, color=color
        )

    def metric_buffered(
        self,
        *,
        route: str | None = None,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Requests to an integration that buffers, preflights left out. Default: how many."""
        return self._log_metrics.metric(
            access_log_metrics.BUFFERED, route, statistic, period=period, label=label, color=color
        )

    def metric_aborted(
        self,
        *,
        route: str | None = None,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Streams in whose log line an error stands beside the time of their headers.

        Default: how many.
        """
        return self._log_metrics.metric(
            access_log_metrics.ABORTED, route, statistic, period=period, label=label, color=color
        )

    def metric_throttled(
        self,
        *,
        route: str | None = None,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Requests that API Gateway answered with 429: a rate or a quota. Default: how many."""
        return self._log_metrics.metric(
            access_log_metrics.THROTTLED, route, statistic, period=period, label=label, color=color
        )

    def access_log_json_paths(self, *variables: str) -> dict[str, str]:
        """Return the field of a line that holds each of `variables`, `$context.status` say.

        A field within another is written with a dot, as metric filters and Logs Insights have it.

        Raises:
            ValueError: There is no access log, or its format does not tell.
        """
        assert isinstance(self, Construct)  # noqa: S101 - it is mixed into one
        return _read_fields(self, self._access_log, variables)

    @cached_property
    def _log_metrics(self) -> AccessLogMetricFilters:
        assert isinstance(self, Construct)  # noqa: S101 - it is mixed into one
        return AccessLogMetricFilters(self, self._access_log, self.access_log_group, self._routes)


class AccessLogMetricFilters:
    """Makes the metric filters of an API's access log, each when it is first asked for."""

    def __init__(
        self,
        api: Construct,
        access_log: AccessLog,
        log_group: ILogGroup | None,
        routes: RouteTable,
    ) -> None:
        self._api = api
        self._access_log = access_log
        self._log_group = log_group
        self._routes = routes
        self._namespace = metric_namespace(api)
        self._made: set[tuple[StreamMetric, bool]] = set()

    @cached_property
    def _scope(self) -> Construct:
        return Construct(self._api, "Metrics")

    def metric(
        self,
        metric: StreamMetric,
        route: str | None,
        statistic: str,
        *,
        period: Duration | None,
        label: str | None,
        color: str | None,
    ) -> Metric:
        """Return the metric of all routes or of one, with what it is filtered from."""
        from aws_cdk.aws_cloudwatch import Metric

        dimensions = None if route is None else self._dimensions(route)
        by_route = route is not None
        if (metric, by_route) not in self._made:
            self._filter(metric, by_route=by_route)
            self._made.add((metric, by_route))
        return Metric(
            namespace=self._namespace,
            metric_name=metric.name,
            dimensions_map=dimensions,
            statistic=statistic,
            period=period,
            label=label,
            color=color,
        )

    def _dimensions(self, route: str) -> dict[str, str]:
        raise_for_errors(
            self._api, self._route_findings(route), otherwise="there is no such metric"
        )
        method, _, path = route.partition(" ")
        return {"Method": method, "Resource": path}

    def _route_findings(self, route: str) -> Iterator[Finding]:
        method, _, path = route.partition(" ")
        known = {(each.method, each.path) for each in self._routes.sorted()}
        if method == ANY or not known & {(method, path), (ANY, path)}:
            yield STREAM_METRIC_INVALID.at(
                Subject("metric"),
                f"the route is {route!r}, and the API has no such route by now",
                fix=(
                    "Add the route first, and name it by the request's own method and the route's "
                    "path: GET /jobs/{id}."
                ),
            )

    def _filter(self, metric: StreamMetric, *, by_route: bool) -> None:
        from aws_cdk.aws_cloudwatch import Unit
        from aws_cdk.aws_logs import FilterPattern, MetricFilter

        variables = metric.variables(by_route=by_route)
        fields = _read_fields(self._api, self._access_log, variables)
        assert self._log_group is not None  # noqa: S101 - its format was read a line ago
        counts = metric.value is None
        MetricFilter(
            self._scope,
            metric.name + ("ByRoute" if by_route else ""),
            log_group=self._log_group,
            filter_pattern=FilterPattern.literal(metric.pattern(fields, by_route=by_route)),
            metric_namespace=self._namespace,
            metric_name=metric.name,
            metric_value="1" if metric.value is None else f"$.{fields[metric.value]}",
            unit=Unit[metric.unit.upper()],
            # What has dimensions can have no default.
            default_value=0 if counts and not by_route else None,
            dimensions=(
                {
                    "Method": f"$.{fields[access_log_format.METHOD]}",
                    "Resource": f"$.{fields[access_log_format.RESOURCE]}",
                }
                if by_route
                else None
            ),
        )


def _read_fields(
    api: Construct, access_log: AccessLog, variables: tuple[str, ...]
) -> dict[str, str]:
    """Return the field of each of `variables` in a line of the access log.

    Raises:
        ValueError: There is no access log, or its format does not tell.
    """
    fields, problem = _fields(access_log)
    missing = [variable for variable in variables if variable not in fields]
    found = []
    if problem is not None:
        found = [STREAM_METRIC_INVALID.at(Subject("access log"), problem[0], fix=problem[1])]
    elif missing:
        found = [
            STREAM_METRIC_INVALID.at(
                Subject("access log"),
                f"its format has no field for {', '.join(missing)}",
                fix=(
                    "Add one for each, with the variable alone in quotes, or leave "
                    "access_log_format out."
                ),
            )
        ]
    raise_for_errors(api, found, otherwise="there is no such metric")
    return fields


def _fields(access_log: AccessLog) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return the fields of a line; or none, and what is wrong and what to do."""
    if not access_log.enabled:
        return {}, ("access_log is False, and metrics are made from it", "Leave access_log out.")
    text = access_log.format_text()
    if Token.is_unresolved(text):
        return {}, (
            "its format is a token, so that its fields are not known",
            "Give AccessLogFormat.custom a text.",
        )
    try:
        return json_field_paths(text), None
    except AccessLogFormatError as problem:
        return {}, (
            f"its format gives no JSON: {problem}",
            'Write a JSON object with each variable in quotes: {"status": "$context.status"}.',
        )

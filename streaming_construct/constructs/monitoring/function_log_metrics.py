"""`FunctionLogMetrics`: cold starts, memory and timeouts of a function, from its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from streaming_construct.constructs.cdk.metric_namespace import build_metric_namespace
from streaming_construct.constructs.cdk.metric_options import (
    MetricOptions,
    check_metric_options,
    set_default_statistic,
)
from streaming_construct.constructs.cdk.validation import (
    check_cdk_objects,
    raise_for_errors,
)
from streaming_construct.constructs.functions.function_logging import read_logging
from streaming_construct.constructs.monitoring.arguments import is_function
from streaming_construct.model.subject import Subject
from streaming_construct.observability.lambda_report_metrics import (
    INIT_DURATION,
    MEMORY_USED,
    TIMEOUTS,
    ReportMetric,
)
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.monitoring import FUNCTION_LOG_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Metric
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup
    from typing_extensions import Unpack


class FunctionLogMetrics(Construct):
    """Metrics of a function that Lambda reports in its log only.

    The first call of a method creates a metric filter. CloudWatch bills the custom metric from the
    first report that matches. For the metrics that Lambda publishes, call `Function.metric_errors`
    and its siblings.

    Attributes:
        log_group: The log group of the function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: IFunction,
        log_group: ILogGroup | None = None,
    ) -> None:
        """Read the log group of the function; the template is unchanged until the first metric.

        Args:
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            function: The function: a `Function`, an alias, a version, or an imported function.
            log_group: The log group of the function. Default: the log group that the app creates
                for the function.

        Raises:
            ValueError: The log group is unknown, or the function's log has no reports.
        """
        super().__init__(scope, construct_id)
        wrong_types = (
            *check_cdk_objects(
                Subject("metrics"),
                is_optional=False,
                function=(function if is_function(function) else repr(function), "IFunction"),
            ),
            *check_cdk_objects(Subject("metrics"), log_group=(log_group, "ILogGroup")),
        )
        raise_for_errors(self, wrong_types, otherwise="there are no metrics")
        logging = read_logging(function)
        known_group = log_group or logging.group
        findings = (
            [] if known_group is not None else [_create_log_group_warning(function.node.path)]
        )
        if logging.reports_left_out:
            findings.append(_create_log_level_warning(function.node.path, logging.reports_left_out))
        raise_for_errors(self, findings, otherwise="there are no metrics")
        assert known_group is not None  # noqa: S101 - raise_for_errors raises otherwise
        self.log_group = known_group
        self._format = logging.format
        self._namespace = build_metric_namespace(self)
        self._created: set[ReportMetric] = set()

    def metric_cold_starts(self, **options: Unpack[MetricOptions]) -> Metric:
        """Return the number of cold starts: the samples of `metric_init_duration`.

        Lambda reports a restored SnapStart environment differently; this metric excludes it.
        Default statistic: SampleCount.

        Raises:
            ValueError: An option is unknown or has the wrong type.
        """
        return self._create_metric(INIT_DURATION, "SampleCount", options)

    def metric_init_duration(self, **options: Unpack[MetricOptions]) -> Metric:
        """Return the duration of the init phase, in milliseconds.

        Default statistic: p90.

        Raises:
            ValueError: An option is unknown or has the wrong type.
        """
        return self._create_metric(INIT_DURATION, "p90", options)

    def metric_memory_used(self, **options: Unpack[MetricOptions]) -> Metric:
        """Return the peak memory of the execution environments, in megabytes.

        Default statistic: Maximum.

        Raises:
            ValueError: An option is unknown or has the wrong type.
        """
        return self._create_metric(MEMORY_USED, "Maximum", options)

    def metric_timeouts(self, **options: Unpack[MetricOptions]) -> Metric:
        """Return the number of invocations that timed out.

        Default statistic: Sum.

        Raises:
            ValueError: An option is unknown or has the wrong type.
        """
        return self._create_metric(TIMEOUTS, "Sum", options)

    def _create_metric(
        self, metric: ReportMetric, statistic: str, options: MetricOptions
    ) -> Metric:
        from aws_cdk.aws_cloudwatch import Metric

        raise_for_errors(self, check_metric_options(options), otherwise="there is no such metric")
        if metric not in self._created:
            self._create_filters(metric)
            self._created.add(metric)
        return Metric(
            namespace=self._namespace,
            metric_name=metric.name,
            **set_default_statistic(options, statistic),
        )

    def _create_filters(self, metric: ReportMetric) -> None:
        from aws_cdk.aws_cloudwatch import Unit
        from aws_cdk.aws_logs import FilterPattern, MetricFilter

        for log_format, report in metric.build_filters(self._format).items():
            MetricFilter(
                self,
                metric.name + log_format,
                log_group=self.log_group,
                filter_pattern=FilterPattern.literal(report.pattern),
                metric_namespace=self._namespace,
                metric_name=metric.name,
                metric_value=report.value,
                unit=Unit[metric.unit.upper()],
            )


def _create_log_group_warning(function: str) -> Finding:
    return FUNCTION_LOG_INVALID.at(
        Subject("function", function),
        "the app does not create the log group of this function",
        fix=(
            "Give the function a log_group, or pass the existing one: "
            'log_group=LogGroup.from_log_group_name(self, "Log", "/aws/lambda/name").'
        ),
    )


def _create_log_level_warning(function: str, level: str) -> Finding:
    return FUNCTION_LOG_INVALID.at(
        Subject("function", function),
        f"the log has no reports, because the system log level is {level}",
        fix="Set system_log_level_v2=SystemLogLevel.INFO.",
    )

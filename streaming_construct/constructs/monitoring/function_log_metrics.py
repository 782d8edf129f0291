"""`FunctionLogMetrics`: what a function's log tells and AWS does not measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from constructs import Construct

from streaming_construct.constructs.cdk.metric_namespace import metric_namespace
from streaming_construct.constructs.cdk.validation import raise_for_errors
from streaming_construct.constructs.functions.function_logging import read_logging
from streaming_construct.observability.lambda_report_metrics import (
    INIT_DURATION,
    MEMORY_USED,
    TIMEOUTS,
    ReportMetric,
)
from streaming_construct.rules.finding import Finding, error

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Metric
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import ILogGroup


class FunctionLogMetrics(Construct):
    """Cold starts, initialization, memory and timeouts of a function, from the reports in its log.

    A metric comes into being when it is first asked for: a metric filter, and with the first report
    a custom metric, which AWS bills. What AWS measures by itself is in `Function.metric_errors` and
    its neighbours. The methods take `statistic`, `period` (default: 5 minutes), `label` and
    `color`; `Metric.with_` changes the rest.

    Attributes:
        log_group: The function's log group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: IFunction,
        log_group: ILogGroup | None = None,
    ) -> None:
        """Find the function's log; nothing is in the template until a metric is asked for.

        Args:
            scope: The construct that this one belongs to.
            construct_id: Its id there.
            function: The function: any kind, an alias or version, or an imported one.
            log_group: Where it logs. Default: the log group that this app gave it.

        Raises:
            ValueError: Where it logs is not known, or it logs no reports.
        """
        super().__init__(scope, construct_id)
        logging = read_logging(function)
        found = log_group or logging.group
        findings = [] if found is not None else [_no_group(function.node.path)]
        if logging.reports_left_out:
            findings.append(_no_reports(function.node.path, logging.reports_left_out))
        raise_for_errors(self, findings, otherwise="there are no metrics")
        assert found is not None  # noqa: S101 - it was refused a line ago
        self.log_group = found
        self._format = logging.format
        self._namespace = metric_namespace(self)
        self._made: set[ReportMetric] = set()

    def metric_cold_starts(
        self,
        *,
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """How many invocations waited for an environment: the samples of `metric_init_duration`.

        An environment that SnapStart restores reports another duration, and is not among them.
        """
        return self._metric(INIT_DURATION, "SampleCount", period, label, color)

    def metric_init_duration(
        self,
        *,
        statistic: str = "p90",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Milliseconds of initialization before an environment's first invocation. Default: p90."""
        return self._metric(INIT_DURATION, statistic, period, label, color)

    def metric_memory_used(
        self,
        *,
        statistic: str = "Maximum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Megabytes that an environment had used at its peak. Default: the most of any."""
        return self._metric(MEMORY_USED, statistic, period, label, color)

    def metric_timeouts(
        self,
        *,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> Metric:
        """Invocations that took longer than the function may. Default: how many."""
        return self._metric(TIMEOUTS, statistic, period, label, color)

    def _metric(
        self,
        metric: ReportMetric,
        statistic: str,
        period: Duration | None,
        label: str | None,
        color: str | None,
    ) -> Metric:
        from aws_cdk.aws_cloudwatch import Metric

        if metric not in self._made:
            self._filter(metric)
            self._made.add(metric)
        return Metric(
            namespace=self._namespace,
            metric_name=metric.name,
            statistic=statistic,
            period=period,
            label=label,
            color=color,
        )

    def _filter(self, metric: ReportMetric) -> None:
        from aws_cdk.aws_cloudwatch import Unit
        from aws_cdk.aws_logs import FilterPattern, MetricFilter

        for log_format, report in metric.filters(self._format).items():
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


def _no_group(function: str) -> Finding:
    return error(
        "function-log-invalid",
        f"function {function}",
        "its log group is not made by this app, or not before the function first logs",
        "give the function a log_group, or name the one it has: "
        'log_group=LogGroup.from_log_group_name(self, "Log", "/aws/lambda/name")',
    )


def _no_reports(function: str, level: str) -> Finding:
    return error(
        "function-log-invalid",
        f"function {function}",
        f"its system log level is {level}, which leaves the reports out of its log",
        "set system_log_level_v2=SystemLogLevel.INFO",
    )

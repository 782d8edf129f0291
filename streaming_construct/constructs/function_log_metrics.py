"""`FunctionLogMetrics`: what a function's log tells and AWS does not measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Duration, Token
from constructs import Construct

from streaming_construct.constructs.metric_namespace import metric_namespace
from streaming_construct.constructs.refusal import refuse_errors
from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.function_reports import (
    INIT_DURATION,
    MEMORY_USED,
    TIMEOUTS,
    ReportMetric,
)

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
        refuse_errors(self, findings, otherwise="there are no metrics")
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


class FunctionLogging(NamedTuple):
    """How a function logs, as far as it is known.

    `format` is `Text`, `JSON` or None; `reports_left_out` is the level that leaves reports out.
    """

    group: ILogGroup | None
    format: str | None
    reports_left_out: str | None = None


def read_logging(function: IFunction) -> FunctionLogging:
    """Return where and how `function` logs.

    An L2 function that was given no log group makes a custom resource when it is asked for one, and
    Lambda makes the group only when it first logs: then a metric filter has nothing to be on. So a
    group is known only where this app makes it.
    """
    underlying: Any = function
    # Aliases and versions are not `Function`s; both name the one behind them `lambda_`.
    while hasattr(type(underlying), "lambda_"):
        underlying = underlying.lambda_
    resource: Any = underlying.node.default_child
    if not hasattr(type(resource), "logging_config"):
        return FunctionLogging(group=None, format=None)
    config = resource.logging_config
    given = config is not None and getattr(config, "log_group", None) is not None
    managed = underlying.node.try_find_child("LogGroup") is not None
    log_format = _known(config, "log_format", "Text")
    level = _known(config, "system_log_level", None)
    return FunctionLogging(
        group=underlying.log_group if given or managed else None,
        format=log_format,
        reports_left_out=level if log_format == "JSON" and level == "WARN" else None,
    )


def log_group_name(function: IFunction) -> str:
    """Return the name of the log group of `function`: Lambda's own where no other is known."""
    group = read_logging(function).group
    return f"/aws/lambda/{function.function_name}" if group is None else group.log_group_name


def _known(config: Any, name: str, default: str | None) -> str | None:
    """Return a setting; `default` where it was not made, None where a token hides it."""
    if config is None:
        return default
    value = getattr(config, name, None)
    if value is None:
        return default if hasattr(config, name) else None
    return None if Token.is_unresolved(value) else str(value)


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

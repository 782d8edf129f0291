"""`StreamingAlarms`: what should wake somebody up, with defaults worth keeping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from constructs import Construct

from streaming_construct.constructs.cdk.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.cdk.validation import raise_for_errors
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Alarm, IAlarmAction, IMetric, MathExpression
    from aws_cdk.aws_lambda import IFunction

    from streaming_construct.constructs.rest_api import StreamingRestApi


class StreamingAlarms(Construct):
    """Alarms on an API's streams and on the functions that write them.

    Each looks at periods of five minutes. That nothing is measured, because nobody calls, is no
    reason to alarm.

    Attributes:
        server_errors: Too many answers are 5XX.
        first_content: Streams are slow to begin.
        aborted: Too many streams end in an error.
        function_errors: For each function: an invocation failed. That it had begun to stream makes
            no difference, so that this is the surest sign of streams that were cut.
        function_throttles: For each function: an invocation found no environment.
        function_timeouts: For each function whose timeout is known: it runs close to it.
        all: All of them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingRestApi,
        functions: Sequence[IFunction] = (),
        alarm_action: IAlarmAction | None = None,
        ok_action: IAlarmAction | None = None,
        server_error_percent: float = 1,
        first_content_within: Duration | None = None,
        aborted_percent: float = 5,
        timeout_percent: float = 90,
    ) -> None:
        """Create the alarms.

        Args:
            scope: The construct that this one belongs to.
            construct_id: Its id there.
            api: The API.
            functions: The functions to watch: each has up to three alarms. Default: none.
            alarm_action: What to do when one goes off. Default: nothing, it is only seen.
            ok_action: What to do when it is over. Default: nothing.
            server_error_percent: How many of 100 requests may be answered with a 5XX.
            first_content_within: How long 9 of 10 streams may take to their first byte. Default:
                3 seconds.
            aborted_percent: How many of 100 streams may end in an error.
            timeout_percent: How much of its timeout a function may take, for a stream that is
                meant to last until then more than 100.

        Raises:
            ValueError: A function is none, the duration is a token, or the API's access log does
                not tell.
        """
        super().__init__(scope, construct_id)
        within = first_content_within or Duration.seconds(3)
        within_ms = milliseconds(within)
        handlers, problems = _function_timeouts(functions)
        problems += duration_token_findings(
            within, within_ms, "first_content_within", Subject("alarms")
        )
        raise_for_errors(self, problems, otherwise="nothing was created")
        self._actions = (alarm_action, ok_action)
        self.all: list[Alarm] = []

        self.server_errors = self._alarm(
            "ServerErrors",
            api.metric_server_error(statistic="Average"),
            server_error_percent / 100,
            f"More than {server_error_percent:g}% of requests are answered with a 5XX.",
        )
        self.first_content = self._alarm(
            "FirstContent",
            api.metric_time_to_first_content(statistic="p90"),
            within_ms or 0,
            f"One stream in ten takes more than {(within_ms or 0) / 1000:g} s to its first byte.",
            of_three=3,
        )
        self.aborted = self._alarm(
            "Aborted",
            _percentage(api.metric_aborted(), api.metric_streamed(), "aborted streams, %"),
            aborted_percent,
            f"More than {aborted_percent:g}% of streams end in an error.",
        )
        self.function_errors = [self._errors(each) for each in handlers]
        self.function_throttles = [self._throttles(each) for each in handlers]
        self.function_timeouts = [
            self._duration_near_timeout_alarm(each, each.model.timeout_seconds, timeout_percent)
            for each in handlers
            if each.model.timeout_seconds is not None
        ]

    def _errors(self, handler: FunctionInfo) -> Alarm:
        metric = handler.function.metric_errors(statistic="Sum")
        return self._alarm(
            f"{_id(handler)}Errors", metric, 0, f"Invocations of {handler.model.origin} fail."
        )

    def _throttles(self, handler: FunctionInfo) -> Alarm:
        metric = handler.function.metric_throttles(statistic="Sum")
        says = f"Invocations of {handler.model.origin} are refused for lack of concurrency."
        return self._alarm(f"{_id(handler)}Throttles", metric, 0, says)

    def _duration_near_timeout_alarm(
        self, handler: FunctionInfo, seconds: float, percent: float
    ) -> Alarm:
        return self._alarm(
            f"{_id(handler)}Timeout",
            handler.function.metric_duration(statistic="Maximum"),
            seconds * 1000 * percent / 100,
            f"{handler.model.origin} takes more than {percent:g}% of its timeout of {seconds:g} s.",
        )

    def _alarm(
        self, construct_id: str, metric: IMetric, above: float, says: str, *, of_three: int = 2
    ) -> Alarm:
        """Alarm when the metric is above a value in `of_three` of the last three periods."""
        from aws_cdk.aws_cloudwatch import Alarm, ComparisonOperator, TreatMissingData

        alarm = Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=above,
            comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=3,
            datapoints_to_alarm=of_three,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
            alarm_description=says,
        )
        on_alarm, on_ok = self._actions
        if on_alarm is not None:
            alarm.add_alarm_action(on_alarm)
        if on_ok is not None:
            alarm.add_ok_action(on_ok)
        self.all.append(alarm)
        return alarm


def _function_timeouts(functions: Sequence[IFunction]) -> tuple[list[FunctionInfo], list[Finding]]:
    reader = FunctionReader()
    found = [reader.read(function, Subject("alarms")) for function in functions]
    return (
        [handler for handler, _ in found if handler is not None],
        [finding for _, findings in found for finding in findings],
    )


def _percentage(part: IMetric, whole: IMetric, label: str) -> MathExpression:
    from aws_cdk.aws_cloudwatch import MathExpression

    return MathExpression(
        expression="IF(whole > 0, 100 * FILL(part, 0) / whole, 0)",
        using_metrics={"part": part, "whole": whole},
        label=label,
    )


def _id(handler: FunctionInfo) -> str:
    """Return the function's path in its stack: what it is named is not enough to tell it apart."""
    path = handler.model.origin.construct_path or ""
    return path.partition("/")[2].replace("/", "")

"""`StreamingAlarms`: CloudWatch alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from constructs import Construct

from streaming_construct.constructs.cdk.durations import (
    check_duration_token,
    convert_to_milliseconds,
)
from streaming_construct.constructs.cdk.names import add_hash
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    check_cdk_lists,
    check_cdk_objects,
    check_numbers,
    raise_for_errors,
)
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.constructs.monitoring.arguments import check_api
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Alarm, IAlarmAction, IMetric, MathExpression
    from aws_cdk.aws_lambda import IFunction

    from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi


class StreamingAlarms(Construct):
    """Alarms on the streams of an API and on its functions.

    Each alarm evaluates periods of five minutes. Missing data does not cause an alarm.

    Attributes:
        server_errors: The rate of 5XX responses is high.
        first_content: The time to first byte is high.
        aborted: The rate of aborted streams is high.
        function_errors: For each function: an invocation failed, also after the first byte. Errors
            show truncated streams most reliably.
        function_throttles: For each function: Lambda throttled an invocation.
        function_timeouts: For each function with a known timeout: its duration is near the timeout.
        all: All alarms.
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
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            api: The API.
            functions: The functions, which have up to three alarms each. Default: none.
            alarm_action: The action when an alarm changes to ALARM. Default: none.
            ok_action: The action when an alarm changes to OK. Default: none.
            server_error_percent: The accepted rate of 5XX responses, in percent.
            first_content_within: The accepted time to first byte of 90% of the streams. Default: 3
                seconds.
            aborted_percent: The accepted rate of aborted streams, in percent.
            timeout_percent: The accepted duration of an invocation, in percent of the timeout. Pass
                more than 100 if streams last until the timeout.

        Raises:
            ValueError: A function is invalid, a number or the duration is a token, or the access
                log of the API is disabled or lacks a field.
        """
        super().__init__(scope, construct_id)
        subject = Subject("alarms")
        # The reader of functions checks each of them.
        no_list = () if isinstance(functions, list | tuple) else functions
        wrong_types = [
            *check_argument_types(subject, first_content_within=(first_content_within, Duration)),
            *check_numbers(
                subject,
                server_error_percent=server_error_percent,
                aborted_percent=aborted_percent,
                timeout_percent=timeout_percent,
            ),
            *check_cdk_lists(subject, functions=(no_list, "IFunction")),
            *check_api(api, subject),
            *check_cdk_objects(
                subject,
                alarm_action=(alarm_action, "IAlarmAction"),
                ok_action=(ok_action, "IAlarmAction"),
            ),
        ]
        raise_for_errors(self, wrong_types, otherwise="nothing was created")
        threshold = first_content_within or Duration.seconds(3)
        within_ms = convert_to_milliseconds(threshold)
        handlers, problems = _read_function_timeouts(functions)
        problems += check_duration_token(threshold, within_ms, "first_content_within", subject)
        raise_for_errors(self, problems, otherwise="nothing was created")
        self._actions = (alarm_action, ok_action)
        self.all: list[Alarm] = []

        self.server_errors = self._create_server_errors_alarm(api, server_error_percent)
        self.first_content = self._create_first_content_alarm(api, within_ms or 0)
        self.aborted = self._create_aborted_alarm(api, aborted_percent)
        self._function_ids = _build_function_ids(handlers)
        self.function_errors = [self._create_errors_alarm(handler) for handler in handlers]
        self.function_throttles = [self._create_throttles_alarm(handler) for handler in handlers]
        self.function_timeouts = [
            self._create_timeout_alarm(handler, handler.model.timeout_seconds, timeout_percent)
            for handler in handlers
            if handler.model.timeout_seconds is not None
        ]

    def _create_server_errors_alarm(self, api: StreamingRestApi, percent: float) -> Alarm:
        return self._create_alarm(
            "ServerErrors",
            api.metric_server_error(statistic="Average"),
            percent / 100,
            f"More than {percent:g}% of the responses have a 5XX status.",
        )

    def _create_first_content_alarm(self, api: StreamingRestApi, within_ms: float) -> Alarm:
        return self._create_alarm(
            "FirstContent",
            api.metric_time_to_first_content(statistic="p90"),
            within_ms,
            f"The time to first byte of 10% of the streams exceeds {within_ms / 1000:g} s.",
            of_three=3,
        )

    def _create_aborted_alarm(self, api: StreamingRestApi, percent: float) -> Alarm:
        return self._create_alarm(
            "Aborted",
            _create_percentage(api.metric_aborted(), api.metric_streamed(), "aborted streams, %"),
            percent,
            f"More than {percent:g}% of the streams are aborted.",
        )

    def _create_errors_alarm(self, handler: FunctionInfo) -> Alarm:
        metric = handler.function.metric_errors(statistic="Sum")
        return self._create_alarm(
            f"{self._function_ids[handler.arn]}Errors",
            metric,
            0,
            f"Invocations of {handler.model.origin} fail.",
        )

    def _create_throttles_alarm(self, handler: FunctionInfo) -> Alarm:
        metric = handler.function.metric_throttles(statistic="Sum")
        description = f"Lambda throttles invocations of {handler.model.origin}."
        return self._create_alarm(
            f"{self._function_ids[handler.arn]}Throttles", metric, 0, description
        )

    def _create_timeout_alarm(self, handler: FunctionInfo, seconds: float, percent: float) -> Alarm:
        return self._create_alarm(
            f"{self._function_ids[handler.arn]}Timeout",
            handler.function.metric_duration(statistic="Maximum"),
            seconds * 1000 * percent / 100,
            f"{handler.model.origin} runs for over {percent:g}% of its timeout of {seconds:g} s.",
        )

    def _create_alarm(
        self,
        construct_id: str,
        metric: IMetric,
        threshold: float,
        description: str,
        *,
        of_three: int = 2,
    ) -> Alarm:
        """Create an alarm on `of_three` of the last three periods above `threshold`."""
        from aws_cdk.aws_cloudwatch import Alarm, ComparisonOperator, TreatMissingData

        alarm = Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=3,
            datapoints_to_alarm=of_three,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        on_alarm, on_ok = self._actions
        if on_alarm is not None:
            alarm.add_alarm_action(on_alarm)
        if on_ok is not None:
            alarm.add_ok_action(on_ok)
        self.all.append(alarm)
        return alarm


def _read_function_timeouts(
    functions: Sequence[IFunction],
) -> tuple[list[FunctionInfo], list[Finding]]:
    reader = FunctionReader()
    infos = [reader.read(function, Subject("alarms")) for function in functions]
    return (
        list({handler.arn: handler for handler, _ in infos if handler is not None}.values()),
        [finding for _, findings in infos for finding in findings],
    )


def _create_percentage(part: IMetric, total: IMetric, label: str) -> MathExpression:
    from aws_cdk.aws_cloudwatch import MathExpression

    return MathExpression(
        expression="IF(whole > 0, 100 * FILL(part, 0) / whole, 0)",
        using_metrics={"part": part, "whole": total},
        label=label,
    )


def _build_function_ids(handlers: Sequence[FunctionInfo]) -> dict[str, str]:
    """Return an id for each function by its ARN: its path in its stack.

    Functions of two stacks can have the same path in their stacks. All but the first then have a
    hash of the whole path.
    """
    ids = dict[str, str]()
    for handler in handlers:
        path = handler.model.origin.construct_path or ""
        function_id = path.partition("/")[2].replace("/", "")
        is_taken = function_id in ids.values()
        ids[handler.arn] = add_hash(function_id, path) if is_taken else function_id
    return ids

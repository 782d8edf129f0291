"""`StreamingDashboard`: one page about an API's streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from constructs import Construct

from streaming_construct.constructs.cdk.lazy import lazy_string
from streaming_construct.constructs.functions.function_logging import log_group_names
from streaming_construct.observability.logs_insights_queries import (
    COLD_STARTS,
    QUERIED,
    InsightsQuery,
    server_errors_by_route,
    throttled_requests_by_client,
    time_to_first_byte_by_route,
    unexpected_buffered_responses,
)

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Dashboard, IMetric, IWidget
    from aws_cdk.aws_lambda import IFunction

    from streaming_construct.constructs.rest_api import StreamingRestApi

# A page is 24 columns wide.
_WHOLE, _HALF, _THIRD = 24, 12, 8


class StreamingDashboard(Construct):
    """A CloudWatch dashboard that answers: is it streaming, how fast, and for whom does it fail.

    Graphs are of the API's metrics, each a custom metric that AWS bills; tables are questions to
    the logs, billed by what they scan when somebody looks.

    Attributes:
        dashboard: The dashboard, for widgets of your own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingRestApi,
        functions: Sequence[IFunction] = (),
        dashboard_name: str | None = None,
    ) -> None:
        """Create the dashboard.

        Args:
            scope: The construct that this one belongs to.
            construct_id: Its id there.
            api: The API. Routes that are added to it later count.
            functions: The functions to show as well. Default: none.
            dashboard_name: Its name in CloudWatch. Default: CloudFormation makes one up.

        Raises:
            ValueError: The API's access log does not tell.
        """
        super().__init__(scope, construct_id)
        fields = api.access_log_json_paths(*QUERIED)
        assert api.access_log_group is not None  # noqa: S101 - it has fields
        log = [api.access_log_group.log_group_name]
        rows: list[list[IWidget]] = [
            [
                _streaming_widgets(api),
                _table(lambda: unexpected_buffered_responses(fields, api.routes), log, width=_HALF),
            ],
            _latency_widgets(api),
            [_table(lambda: time_to_first_byte_by_route(fields), log, width=_WHOLE)],
            [
                _error_widgets(api),
                _table(lambda: server_errors_by_route(fields), log, width=_THIRD),
                _table(lambda: throttled_requests_by_client(fields), log, width=_THIRD),
            ],
        ]
        if functions:
            groups = log_group_names(functions)
            rows += [
                _functions(functions),
                [_table(lambda: COLD_STARTS, groups, width=_WHOLE)],
            ]
        from aws_cdk.aws_cloudwatch import Dashboard

        self.dashboard: Dashboard = Dashboard(
            self, "Resource", dashboard_name=dashboard_name, widgets=rows
        )


def _streaming_widgets(api: StreamingRestApi) -> IWidget:
    return _graph(
        "Is it streaming?",
        [
            api.metric_streamed(label="streamed"),
            api.metric_buffered(label="buffered"),
            api.metric_aborted(label="aborted"),
        ],
        unit="answers",
        width=_HALF,
    )


def _latency_widgets(api: StreamingRestApi) -> list[IWidget]:
    middle, tail = "p50", "p90"
    return [
        _graph(
            "How soon does it begin?",
            [
                api.metric_time_to_headers(statistic=middle, label="headers, p50"),
                api.metric_time_to_first_content(statistic=middle, label="first content, p50"),
                api.metric_time_to_headers(statistic=tail, label="headers, p90"),
                api.metric_time_to_first_content(statistic=tail, label="first content, p90"),
            ],
            unit="ms",
            width=_THIRD,
        ),
        _graph(
            "How long does it last?",
            [
                api.metric_stream_duration(statistic=middle, label="p50"),
                api.metric_stream_duration(statistic=tail, label="p90"),
                api.metric_stream_duration(statistic="Maximum", label="longest"),
            ],
            unit="ms",
            width=_THIRD,
        ),
        _graph(
            "How much?", [api.metric_streamed_bytes(label="streamed")], unit="bytes", width=_THIRD
        ),
    ]


def _error_widgets(api: StreamingRestApi) -> IWidget:
    return _graph(
        "Does it fail?",
        [
            api.metric_server_error(statistic="Sum", label="5XX"),
            api.metric_client_error(statistic="Sum", label="4XX"),
            api.metric_throttled(label="429"),
        ],
        unit="answers",
        width=_THIRD,
    )


def _functions(functions: Sequence[IFunction]) -> list[IWidget]:
    failing: list[IMetric] = []
    lasting: list[IMetric] = []
    for function in functions:
        name = function.node.path.partition("/")[2]
        failing += [
            function.metric_errors(statistic="Sum", label=f"{name}: errors"),
            function.metric_throttles(statistic="Sum", label=f"{name}: throttles"),
        ]
        lasting.append(function.metric_duration(statistic="Maximum", label=name))
    return [
        _graph("Which functions fail?", failing, unit="invocations", width=_HALF),
        _graph("How long do functions run?", lasting, unit="ms", width=_HALF),
    ]


def _graph(title: str, metrics: Sequence[IMetric], *, unit: str, width: int) -> IWidget:
    from aws_cdk.aws_cloudwatch import GraphWidget, YAxisProps

    return GraphWidget(
        title=title,
        left=metrics,
        left_y_axis=YAxisProps(min=0, label=unit, show_units=False),
        width=width,
    )


def _table(query: Callable[[], InsightsQuery], log_groups: list[str], *, width: int) -> IWidget:
    """Return a table of what a query finds; the query is asked for when the template is made."""
    from aws_cdk.aws_cloudwatch import LogQueryVisualizationType, LogQueryWidget

    return LogQueryWidget(
        title=query().name,
        log_group_names=log_groups,
        query_string=lazy_string(lambda: str(query())),
        view=LogQueryVisualizationType.TABLE,
        width=width,
    )

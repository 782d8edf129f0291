"""`RestApiBase`: the metric methods of `StreamingRestApi`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from streaming_construct.constructs.stage.access_log_metrics import AccessLogMetrics
from streaming_construct.observability import access_log_metrics

if TYPE_CHECKING:
    from aws_cdk.aws_cloudwatch import Metric
    from typing_extensions import Unpack

    from streaming_construct.constructs.cdk.metric_options import MetricOptions


class RestApiBase(Construct):
    """The metrics of an API's access log.

    AWS publishes no metrics of streams. The first call of a method creates a metric filter on the
    access log, whose custom metric AWS bills. The methods take `route` (`GET /jobs/{id}`; default:
    all routes together) and CDK's `MetricOptions`. Each raises a `ValueError` if the access log is
    disabled, if its format lacks a field, or if the API has no such route.
    """

    _access_log_metrics: AccessLogMetrics

    def metric_time_to_headers(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds until all headers of a streamed response were received.

        Default: the 90th percentile over 5 minutes.
        """
        metric = access_log_metrics.TIME_TO_HEADERS
        return self._access_log_metrics.create_metric(metric, route, **options)

    def metric_time_to_first_content(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds until the first byte of a streamed body was received.

        Default: the 90th percentile over 5 minutes.
        """
        metric = access_log_metrics.TIME_TO_FIRST_CONTENT
        return self._access_log_metrics.create_metric(metric, route, **options)

    def metric_stream_duration(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the milliseconds from the invocation of the function to the end of its stream.

        Default: the 90th percentile over 5 minutes.
        """
        metric = access_log_metrics.STREAM_DURATION
        return self._access_log_metrics.create_metric(metric, route, **options)

    def metric_streamed_bytes(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the bytes of streamed bodies, of which AWS bills each 10 MB as a request.

        Default: the sum over 5 minutes.
        """
        metric = access_log_metrics.STREAMED_BYTES
        return self._access_log_metrics.create_metric(metric, route, **options)

    def metric_streamed(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests to streaming integrations.

        Default: the sum over 5 minutes.
        """
        return self._access_log_metrics.create_metric(access_log_metrics.STREAMED, route, **options)

    def metric_buffered(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests to buffered integrations, without preflights.

        Default: the sum over 5 minutes.
        """
        return self._access_log_metrics.create_metric(access_log_metrics.BUFFERED, route, **options)

    def metric_aborted(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of streams that failed after their headers were sent.

        Default: the sum over 5 minutes.
        """
        return self._access_log_metrics.create_metric(access_log_metrics.ABORTED, route, **options)

    def metric_throttled(
        self, *, route: str | None = None, **options: Unpack[MetricOptions]
    ) -> Metric:
        """Return the number of requests that API Gateway rejected with 429 for a rate or a quota.

        Default: the sum over 5 minutes.
        """
        return self._access_log_metrics.create_metric(
            access_log_metrics.THROTTLED, route, **options
        )

    def get_access_log_json_paths(self, *variables: str) -> dict[str, str]:
        """Return the field of a line for each of `variables`, for example `$context.status`.

        A nested field is written with dots, as in metric filters and Logs Insights.

        Raises:
            ValueError: The access log is disabled, or its format lacks a field.
        """
        return self._access_log_metrics.get_json_paths(variables)

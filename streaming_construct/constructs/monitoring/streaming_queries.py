"""`StreamingQueries`: saved Logs Insights queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from constructs import Construct

from streaming_construct.constructs.cdk.lazy import lazy_string
from streaming_construct.constructs.functions.function_logging import log_group_names
from streaming_construct.observability.logs_insights_queries import (
    FUNCTION_LOG_QUERIES,
    QUERIED,
    aborted_streams,
    server_errors_by_route,
    throttled_requests_by_client,
    time_to_first_byte_by_route,
    unexpected_buffered_responses,
)

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import CfnQueryDefinition

    from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi


class StreamingQueries(Construct):
    """Saved queries in CloudWatch Logs Insights, in the folder `<stack>/<id of the API>`.

    They list routes by time to first byte, unexpectedly buffered responses, server errors, aborted
    streams and throttled clients. For functions, they list cold starts and timeouts. A saved query
    is free; CloudWatch bills each run by the log data that it scans.

    Attributes:
        queries: The query definitions, by name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingRestApi,
        functions: Sequence[IFunction] = (),
    ) -> None:
        """Create the queries.

        Args:
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            api: The API, including routes that you add later.
            functions: Functions whose logs to query. Default: none.

        Raises:
            ValueError: The API has no access log, or its format lacks a field.
        """
        super().__init__(scope, construct_id)

        self.queries: dict[str, CfnQueryDefinition] = {}
        self._folder = f"{Stack.of(self).stack_name}/{api.node.id}"
        fields = api.access_log_json_paths(*QUERIED)
        assert api.access_log_group is not None  # noqa: S101 - it has fields
        log = [api.access_log_group.log_group_name]
        for query in (
            time_to_first_byte_by_route(fields),
            aborted_streams(fields),
            server_errors_by_route(fields),
            throttled_requests_by_client(fields),
        ):
            self._save(query.name, str(query), log)
        self._save(
            unexpected_buffered_responses(fields, ()).name,
            lazy_string(lambda: str(unexpected_buffered_responses(fields, api.routes))),
            log,
        )
        groups = log_group_names(functions)
        for query in FUNCTION_LOG_QUERIES if groups else ():
            self._save(query.name, str(query), groups)

    def _save(self, name: str, text: str, groups: list[str]) -> None:
        from aws_cdk.aws_logs import CfnQueryDefinition

        self.queries[name] = CfnQueryDefinition(
            self,
            name.title().replace(" ", ""),
            name=f"{self._folder}/{name}",
            query_string=text,
            log_group_names=groups,
        )

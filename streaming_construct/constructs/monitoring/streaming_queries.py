"""`StreamingQueries`: questions to an API's logs, saved with the stack."""

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

    from streaming_construct.constructs.rest_api import StreamingRestApi


class StreamingQueries(Construct):
    """Queries that stand in CloudWatch Logs Insights under `<stack>/<id of the API>`.

    Which routes are slow to begin, buffer although they are to stream, or fail, and why; which
    streams were aborted; who is throttled; and of the functions, cold starts and timeouts. Saving
    them costs nothing; a run is billed by what it scans.

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
            scope: The construct that this one belongs to.
            construct_id: Its id there.
            api: The API. Routes that are added to it later count.
            functions: Functions to ask about as well. Default: none.

        Raises:
            ValueError: The API's access log does not tell.
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

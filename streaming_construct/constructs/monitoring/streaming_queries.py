"""`StreamingQueries`: saved Logs Insights queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from aws_cdk import Stack
from constructs import Construct

from streaming_construct.constructs.cdk.lazy import create_lazy_string
from streaming_construct.constructs.cdk.names import create_name
from streaming_construct.constructs.cdk.validation import raise_for_errors
from streaming_construct.constructs.functions.function_logging import list_log_group_names
from streaming_construct.constructs.monitoring.arguments import check_api, check_functions
from streaming_construct.model.subject import Subject
from streaming_construct.observability.logs_insights_queries import (
    FUNCTION_LOG_QUERIES,
    QUERIED,
    build_aborted_streams_query,
    build_server_errors_query,
    build_throttled_requests_query,
    build_time_to_first_byte_query,
    build_unexpected_buffered_responses_query,
)

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import IFunction
    from aws_cdk.aws_logs import CfnQueryDefinition

    from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi


# The whole name has at most 255 characters, of which a stack has 128. Colons and asterisks are
# rejected.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
_API_NAME_MAX: Final = 80


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
            ValueError: An argument has the wrong type, the API has no access log, or its format
                lacks a field.
        """
        super().__init__(scope, construct_id)
        subject = Subject("queries")
        wrong_types = [*check_api(api, subject), *check_functions(functions, subject)]
        raise_for_errors(self, wrong_types, otherwise="nothing was created")
        self.queries: dict[str, CfnQueryDefinition] = {}
        api_name = create_name(api.node.id, max_length=_API_NAME_MAX, rejected=r"[:*]")
        self._folder = f"{Stack.of(self).stack_name}/{api_name}"
        fields = api.get_access_log_json_paths(*QUERIED)
        assert api.access_log_group is not None  # noqa: S101 - it has fields
        log = [api.access_log_group.log_group_name]
        for query in (
            build_time_to_first_byte_query(fields),
            build_aborted_streams_query(fields),
            build_server_errors_query(fields),
            build_throttled_requests_query(fields),
        ):
            self._save(query.name, str(query), log)
        self._save(
            build_unexpected_buffered_responses_query(fields, ()).name,
            create_lazy_string(
                lambda: str(build_unexpected_buffered_responses_query(fields, api.routes))
            ),
            log,
        )
        groups = list_log_group_names(functions)
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

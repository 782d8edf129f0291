"""Fixes of integration timeouts."""

from __future__ import annotations

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import STREAM_TIMEOUT_MAX_MS
from streaming_construct.documents.syntax_tree import NodeKind
from streaming_construct.documents.text_edits import TextEdit, replace_scalar
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.integration_node import find_integration_node
from streaming_construct.model.functions import Function
from streaming_construct.rules.rule import Finding


def fix_missing_timeout(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Let the integration wait as long as its function may run."""
    integration, declared_route = (
        find_integration_node(finding, context),
        context.find_route(finding),
    )
    if integration is None or declared_route is None:
        return []
    declaration, route = declared_route
    function = declaration.api.functions.get(route.integration.function or "")
    seconds = _find_literal_timeout(function, context) if function else None
    if seconds is None:
        return []
    return [integration.add("timeoutInMillis", min(seconds * 1000, STREAM_TIMEOUT_MAX_MS))]


def _find_literal_timeout(function: Function, context: FixContext) -> int | None:
    """Return the timeout of a function in seconds if the text has it as a number."""
    pointer = (*function.origin.json_pointer, "Properties", "Timeout")
    node = context.tree.find_node(pointer) or context.tree.find_node(
        ("Globals", "Function", "Timeout")
    )
    if node is None or node.tag or node.kind is not NodeKind.SCALAR or not node.value.isdecimal():
        return None
    return int(node.value) if int(node.value) == function.timeout_seconds else None


def fix_long_timeout(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Lower the timeout of a stream to the longest that API Gateway accepts."""
    integration, declared_route = (
        find_integration_node(finding, context),
        context.find_route(finding),
    )
    if integration is None or declared_route is None:
        return []
    declared = declared_route[1].integration
    node = integration.find_value("timeoutInMillis")
    is_stream = declared.transfer_mode is TransferMode.STREAM
    if node is None or not is_stream or (declared.timeout_ms or 0) <= STREAM_TIMEOUT_MAX_MS:
        return []
    return [replace_scalar(context.tree, node, STREAM_TIMEOUT_MAX_MS)]

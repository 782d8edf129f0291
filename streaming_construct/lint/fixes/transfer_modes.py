"""Fixes of transfer modes, and of the URIs that belong to them."""

from __future__ import annotations

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.documents.text_edits import (
    TextEdit,
    replace_in_node,
    replace_scalar,
)
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.integration_node import find_integration_node
from streaming_construct.rules.rule import Finding


def fix_sam_transfer_mode(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Write `RESPONSE_STREAM` in a SAM event whose author wrote another word for it."""
    node = context.tree.find_node(finding.location.json_pointer)
    if _is_defined_by_api(finding, context):
        return []
    if node is None or _find_intended_mode(node.value) != TransferMode.STREAM.value:
        return []
    return [replace_scalar(context.tree, node, "RESPONSE_STREAM")]


def _is_defined_by_api(finding: Finding, context: FixContext) -> bool:
    """Return whether an event is ignored because the definition of its API has the route."""
    return any(
        ignored.is_defined_by_api and context.is_at(finding, ignored.origin)
        for declaration in context.declarations
        for ignored in declaration.ignored_transfer_modes
    )


def fix_invalid_transfer_mode(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Write `STREAM` or `BUFFERED` where the case differs, or where SAM's or Lambda's word is."""
    integration = find_integration_node(finding, context)
    node = integration.find_value("responseTransferMode") if integration else None
    intended = _find_intended_mode(node.value) if node else ""
    if node is None or intended not in TransferMode.__members__:
        return []
    return [replace_scalar(context.tree, node, intended)]


def _find_intended_mode(value: str) -> str:
    """Return the transfer mode that a value means in another case, or in SAM or Lambda."""
    return value.strip().upper().replace("-", "_").removeprefix("RESPONSE_")


def fix_mode_and_uri(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Let the URI follow a transfer mode STREAM, and an absent mode follow the URI.

    `BUFFERED` together with a streaming URI is a contradiction that only the author can resolve.
    """
    integration = find_integration_node(finding, context)
    uri = integration.find_value("uri") if integration else None
    if integration is None or uri is None:
        return []
    if not integration.has("responseTransferMode"):
        return [integration.add("responseTransferMode", TransferMode.STREAM.value)]
    mode = integration.find_value("responseTransferMode")
    if mode is None or mode.value != TransferMode.STREAM.value:
        return []
    return [
        replace_in_node(context.tree, uri, r"(?<=path/)2015-03-31(?=/functions)", "2021-11-15"),
        replace_in_node(
            context.tree, uri, r"(?<=/)invocations\b", "response-streaming-invocations"
        ),
    ]

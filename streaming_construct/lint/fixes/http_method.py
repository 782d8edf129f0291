"""The fix of the HTTP method by which API Gateway invokes a Lambda function."""

from __future__ import annotations

from typing import Final

from streaming_construct.documents.text_edits import TextEdit, replace_scalar
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.integration_node import find_integration_node
from streaming_construct.rules.rule import Finding

_POST: Final = "POST"  # the only method that Lambda accepts


def fix_http_method(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Write `POST` in a Lambda integration. That of another backend is not known."""
    integration, declared_route = (
        find_integration_node(finding, context),
        context.find_route(finding),
    )
    if (
        integration is None
        or declared_route is None
        or declared_route[1].integration.type != "aws_proxy"
    ):
        return []
    if not integration.has("httpMethod"):
        return [integration.add("httpMethod", _POST)]
    node = integration.find_value("httpMethod")
    return [replace_scalar(context.tree, node, _POST)] if node else []

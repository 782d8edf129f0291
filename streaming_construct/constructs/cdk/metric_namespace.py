"""Where in CloudWatch the metrics of a construct are."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import IConstruct


def build_metric_namespace(construct: IConstruct) -> str:
    """Return `StreamingConstruct/<stack>/<path in the stack>`: no two in an account share one.

    A metric filter takes dimensions from a log line alone, so whose the metric is must be here.
    """
    stack = Stack.of(construct)
    while (parent := stack.nested_stack_parent) is not None:
        stack = parent
    below = construct.node.path.removeprefix(stack.node.path).lstrip("/")
    return f"StreamingConstruct/{stack.stack_name}/{below}"

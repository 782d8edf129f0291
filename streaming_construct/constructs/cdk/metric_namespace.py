"""The CloudWatch namespace of the metrics of a construct."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import IConstruct


def build_metric_namespace(construct: IConstruct) -> str:
    """Return `StreamingConstruct/<stack>/<path in the stack>`, which is unique in an account.

    A metric filter takes dimensions only from the log line, so the namespace names the construct.
    """
    stack = Stack.of(construct)
    while (parent := stack.nested_stack_parent) is not None:
        stack = parent
    below = construct.node.path.removeprefix(stack.node.path).lstrip("/")
    return f"StreamingConstruct/{stack.stack_name}/{below}"

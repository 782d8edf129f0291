"""The CloudWatch namespace of the metrics of a construct."""

from __future__ import annotations

from typing import Final

from aws_cdk import Stack
from constructs import IConstruct

from streaming_construct.constructs.cdk.names import create_name

# CloudWatch accepts ASCII, CloudWatch Logs all but three characters.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_REJECTED: Final = r"[^ -~]|[:*$]"
_MAX_LENGTH: Final = 255


def build_metric_namespace(construct: IConstruct) -> str:
    """Return `StreamingConstruct/<stack>/<path in the stack>`, which is unique in an account.

    A metric filter takes dimensions only from the log line, so the namespace names the construct.
    """
    stack = Stack.of(construct)
    while (parent := stack.nested_stack_parent) is not None:
        stack = parent
    below = construct.node.path.removeprefix(stack.node.path).lstrip("/")
    namespace = f"StreamingConstruct/{stack.stack_name}/{below}"
    return create_name(namespace, max_length=_MAX_LENGTH, rejected=_REJECTED)

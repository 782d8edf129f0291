"""`MetricOptions`: the keyword options of every `metric_*` method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypedDict

from streaming_construct.constructs.cdk.option_types import find_option_problems
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk.aws_cloudwatch import Unit


class MetricOptions(TypedDict, total=False):
    """The options of CDK's `metric_*` methods, with CDK's meaning and defaults.

    Each method names its own default statistic.
    https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_cloudwatch/MetricOptions.html

    Attributes:
        account: The account that the metric comes from. Default: the account of the stack.
        color: The color of the metric in a graph, as in `#00ff00`. Default: chosen by CloudWatch.
        dimensions_map: The dimensions of the metric, by name. Default: none.
        id: The name of the metric in math expressions. Default: none.
        label: The label of the metric in a graph. Default: none.
        period: The time that one data point covers. Default: 5 minutes.
        region: The Region that the metric comes from. Default: the Region of the stack.
        stack_account: The account of the stack that shows the metric. Default: of the stack.
        stack_region: The Region of the stack that shows the metric. Default: of the stack.
        statistic: The aggregation, as in `Sum` or `p90`. Default: named by the method.
        unit: The unit to filter data points by. Default: all units.
        visible: Whether a graph shows the metric. Default: true.
    """

    account: str | None
    color: str | None
    dimensions_map: Mapping[str, str] | None
    id: str | None
    label: str | None
    period: Duration | None
    region: str | None
    stack_account: str | None
    stack_region: str | None
    statistic: str | None
    unit: Unit | None
    visible: bool | None


def check_metric_options(options: MetricOptions) -> Iterator[Finding]:
    """Yield an error for each of `options` that is unknown or has the wrong type."""
    from aws_cdk.aws_cloudwatch import MetricOptions as CdkMetricOptions

    accepted = MetricOptions.__optional_keys__
    for problem, fix in find_option_problems(options, CdkMetricOptions, accepted):
        yield ARGUMENT_TYPE.at(Subject("metric"), problem, fix=fix)


def set_default_statistic(options: MetricOptions, statistic: str) -> MetricOptions:
    """Return `options` with `statistic`, unless they name one."""
    return {**options, "statistic": options.get("statistic") or statistic}

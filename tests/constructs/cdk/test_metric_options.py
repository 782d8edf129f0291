"""`MetricOptions` has the keys of CDK's class, and invalid ones are reported together."""

from __future__ import annotations

import inspect

import pytest
from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import MetricOptions as CdkMetricOptions
from aws_cdk.aws_cloudwatch import Unit
from aws_cdk.aws_logs import LogGroup

from streaming_construct import FunctionLogMetrics
from streaming_construct.constructs.cdk.metric_options import MetricOptions
from tests.support.synthesis import new_function, new_stack


def new_metrics() -> FunctionLogMetrics:
    stack = new_stack()
    function = new_function(stack, log_group=LogGroup(stack, "Log"))
    return FunctionLogMetrics(stack, "Metrics", function=function)


def test_the_keys_are_those_of_cdk() -> None:
    """A new option of CDK fails this test."""
    assert MetricOptions.__optional_keys__ == set(inspect.signature(CdkMetricOptions).parameters)


def test_every_option_reaches_the_metric() -> None:
    """Each has its name. The statistic of the method is a default."""
    options: MetricOptions = {
        "account": "111122223333",
        "color": "#00ff00",
        "dimensions_map": {"Stage": "prod"},
        "id": "m1",
        "label": "timeouts",
        "period": Duration.minutes(1),
        "region": "eu-west-1",
        "stack_account": "444455556666",
        "stack_region": "us-east-1",
        "statistic": "Average",
        "unit": Unit.COUNT,
        "visible": False,
    }
    assert options.keys() == MetricOptions.__optional_keys__

    metric = new_metrics().metric_timeouts(**options)

    config = metric.to_metric_config().metric_stat
    assert config is not None
    assert config.account == "111122223333"
    assert config.region == "eu-west-1"
    assert config.statistic == "Average"
    assert config.unit_filter is Unit.COUNT
    assert config.period.to_seconds() == 60
    assert config.dimensions is not None
    assert {dimension.name: dimension.value for dimension in config.dimensions} == {"Stage": "prod"}
    assert (metric.color, metric.label) == ("#00ff00", "timeouts")
    assert (metric.id, metric.visible) == ("m1", False)


def test_wrong_options_are_reported_together() -> None:
    """The message names the construct, each value and the fix."""
    wrong: dict[str, object] = {"perod": Duration.minutes(1), "label": 5, "unit": "Count"}

    with pytest.raises(ValueError, match="Stack/Metrics: 3 problems") as raised:
        new_metrics().metric_memory_used(**wrong)  # type: ignore[arg-type] # wrong on purpose

    message = str(raised.value)
    assert "perod is not an option. Use period" in message
    assert "label is 5, of type int. Pass a str" in message
    assert "unit is 'Count', of type str. Pass a Unit" in message

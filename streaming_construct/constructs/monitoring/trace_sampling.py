"""`TraceSampling`: X-Ray sampling rule of an API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import Names
from aws_cdk.aws_apigateway import CfnStage
from constructs import Construct

from streaming_construct.aws.limits import SAMPLING_RULE_NAME_MAX
from streaming_construct.constructs.cdk.validation import check_numbers, raise_for_errors
from streaming_construct.constructs.monitoring.arguments import check_api
from streaming_construct.model.sampling_rule import SamplingRule
from streaming_construct.model.source_location import UNKNOWN_LOCATION
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.sampling_rules import (
    TRACE_SAMPLING_INVALID,
    check_sampling_rule,
)
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_xray import CfnSamplingRule

    from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi


class TraceSampling(Construct):
    """An X-Ray sampling rule for the stage of an API.

    API Gateway makes the sampling decision, and its functions follow it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-configuring-xray-sampling-rules.html

    Attributes:
        rule: The rule.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingRestApi,
        fixed_rate: float = 0.05,
        reservoir_size: int = 1,
        priority: int = 1000,
    ) -> None:
        """Create the rule.

        Args:
            scope: The parent construct.
            construct_id: The id of this construct in `scope`.
            api: The API, with tracing enabled.
            fixed_rate: The share of requests beyond the reservoir to sample, from 0 to 1. Default:
                0.05.
            reservoir_size: The requests to sample each second before `fixed_rate` applies. Default:
                1.
            priority: The priority of the rule, from 1 to 9999. X-Ray applies the matching rule with
                the lowest number. Default: 1000.

        Raises:
            ValueError: `api` has the wrong type, a number is out of range, or tracing of the API is
                disabled.
        """
        super().__init__(scope, construct_id)
        subject = Subject("sampling rule")
        raise_for_errors(self, check_api(api, subject), otherwise="nothing was created")
        raise_for_errors(
            self,
            _check_arguments(api.stage.node.default_child, fixed_rate, reservoir_size, priority),
            otherwise="nothing was created",
        )
        from aws_cdk.aws_xray import CfnSamplingRule

        self.rule: CfnSamplingRule = CfnSamplingRule(
            self,
            "Resource",
            sampling_rule=CfnSamplingRule.SamplingRuleProperty(
                rule_name=Names.unique_resource_name(self, max_length=SAMPLING_RULE_NAME_MAX),
                resource_arn=api.stage.stage_arn,
                service_type="AWS::ApiGateway::Stage",
                service_name="*",
                host="*",
                http_method="*",
                url_path="*",
                fixed_rate=fixed_rate,
                reservoir_size=reservoir_size,
                priority=priority,
                version=1,
            ),
        )


def _check_arguments(
    stage: object, fixed_rate: float, reservoir_size: int, priority: int
) -> Iterator[Finding]:
    wrong_numbers = list(
        check_numbers(
            Subject("sampling rule"),
            fixed_rate=fixed_rate,
            reservoir_size=reservoir_size,
            priority=priority,
        )
    )
    yield from wrong_numbers or check_sampling_rule(
        SamplingRule(
            origin=UNKNOWN_LOCATION,
            fixed_rate=fixed_rate,
            reservoir_size=reservoir_size,
            priority=priority,
        )
    )
    if isinstance(stage, CfnStage) and not stage.tracing_enabled:
        yield TRACE_SAMPLING_INVALID.at(
            Subject("sampling rule"),
            "tracing of the API is disabled, so that nothing is sampled",
            fix="Remove tracing=False.",
        )

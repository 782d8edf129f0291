"""Findings to report: one with a complete location, one without."""

from __future__ import annotations

import pytest

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.endpoint import EDGE_IDLE_TIMEOUT
from streaming_construct.rules.checks.timeouts import TIMEOUT_OUT_OF_RANGE
from streaming_construct.rules.rule import Finding

TEMPLATE = "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties: {}\n"


@pytest.fixture
def located() -> Finding:
    """An error at line 2 of `a template.yaml`."""
    origin = SourceLocation(
        construct_path="Chat/Api", logical_id="Api", file="a template.yaml", line=2, arn=None
    )
    return TIMEOUT_OUT_OF_RANGE.at(
        Subject("route", "GET /chat"), "too long: 100%", fix="Cut it.", location=origin
    )


@pytest.fixture
def unlocated() -> Finding:
    """A warning without a location."""
    return EDGE_IDLE_TIMEOUT.at(Subject("API"), "cuts\nstreams", fix="Send heartbeats.")

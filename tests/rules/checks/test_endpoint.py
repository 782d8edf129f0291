"""Rules about the endpoint type: edge-optimized endpoints have a short idle timeout."""

from __future__ import annotations

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import EndpointType
from streaming_construct.rules.checks.endpoint import check_endpoint
from streaming_construct.rules.rule import Severity
from tests.support.models import new_declaration, new_route


def test_streams_through_an_edge_endpoint_get_a_warning() -> None:
    """It is reported once, with both idle timeouts and the fix."""
    routes = [new_route("/a"), new_route("/b")]

    (finding,) = check_endpoint(new_declaration(*routes, endpoint_type=EndpointType.EDGE))

    assert (finding.rule.id, finding.rule.severity) == ("edge-idle-timeout", Severity.WARNING)
    assert "idle for 30 s" in finding.message
    assert "waits 300 s" in finding.message
    assert "every 15 s" in finding.fix


@pytest.mark.parametrize("endpoint", [EndpointType.REGIONAL, EndpointType.PRIVATE])
def test_other_endpoints_get_no_warning(endpoint: EndpointType) -> None:
    """Their idle timeout is five minutes."""
    assert not list(check_endpoint(new_declaration(new_route(), endpoint_type=endpoint)))


def test_an_edge_endpoint_without_streams_gets_no_warning() -> None:
    """A buffered response has no silence."""
    route = new_route(mode=TransferMode.BUFFERED)

    assert not list(check_endpoint(new_declaration(route, endpoint_type=EndpointType.EDGE)))

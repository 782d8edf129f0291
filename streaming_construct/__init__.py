"""API Gateway REST APIs that stream, for the Python AWS CDK.

Public names are imported on first use. `import streaming_construct` and the tools of this package
do not import `aws_cdk`, which starts the Node.js process of jsii.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` would add a tenth to the start of a function in a container image
if TYPE_CHECKING:
    from streaming_construct.constructs.access.authorizer import Authorizer
    from streaming_construct.constructs.access.resource_policy import ResourcePolicy
    from streaming_construct.constructs.access.tenant_id import TenantId
    from streaming_construct.constructs.endpoint.web_acl import ManagedWebAcl
    from streaming_construct.constructs.functions.python_streaming_function import (
        PythonStreamingFunction,
    )
    from streaming_construct.constructs.functions.python_web_function import PythonWebFunction
    from streaming_construct.constructs.functions.web_adapter import WebAdapter
    from streaming_construct.constructs.monitoring.function_log_metrics import FunctionLogMetrics
    from streaming_construct.constructs.monitoring.streaming_alarms import StreamingAlarms
    from streaming_construct.constructs.monitoring.streaming_dashboard import StreamingDashboard
    from streaming_construct.constructs.monitoring.streaming_queries import StreamingQueries
    from streaming_construct.constructs.monitoring.trace_sampling import TraceSampling
    from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi
    from streaming_construct.constructs.routes.openapi_options import OpenApiOptions
    from streaming_construct.constructs.routes.route_options import RouteOptions
    from streaming_construct.constructs.scanner_acknowledgements import acknowledge_scanner_findings
    from streaming_construct.constructs.stage.access_log import AccessLog
    from streaming_construct.model.jwt_configuration import JwtClaim, JwtIssuer
    from streaming_construct.openapi import OpenApi
    from streaming_construct.streaming_validation import StreamingValidation

__all__ = [
    "AccessLog",
    "Authorizer",
    "FunctionLogMetrics",
    "JwtClaim",
    "JwtIssuer",
    "ManagedWebAcl",
    "OpenApi",
    "OpenApiOptions",
    "PythonStreamingFunction",
    "PythonWebFunction",
    "ResourcePolicy",
    "RouteOptions",
    "StreamingAlarms",
    "StreamingDashboard",
    "StreamingQueries",
    "StreamingRestApi",
    "StreamingValidation",
    "TenantId",
    "TraceSampling",
    "WebAdapter",
    "acknowledge_scanner_findings",
]

_HOME = {
    "AccessLog": "streaming_construct.constructs.stage.access_log",
    "Authorizer": "streaming_construct.constructs.access.authorizer",
    "FunctionLogMetrics": "streaming_construct.constructs.monitoring.function_log_metrics",
    "JwtClaim": "streaming_construct.model.jwt_configuration",
    "JwtIssuer": "streaming_construct.model.jwt_configuration",
    "ManagedWebAcl": "streaming_construct.constructs.endpoint.web_acl",
    "OpenApi": "streaming_construct.openapi",
    "OpenApiOptions": "streaming_construct.constructs.routes.openapi_options",
    "PythonStreamingFunction": "streaming_construct.constructs.functions.python_streaming_function",
    "PythonWebFunction": "streaming_construct.constructs.functions.python_web_function",
    "ResourcePolicy": "streaming_construct.constructs.access.resource_policy",
    "RouteOptions": "streaming_construct.constructs.routes.route_options",
    "StreamingAlarms": "streaming_construct.constructs.monitoring.streaming_alarms",
    "StreamingDashboard": "streaming_construct.constructs.monitoring.streaming_dashboard",
    "StreamingQueries": "streaming_construct.constructs.monitoring.streaming_queries",
    "StreamingRestApi": "streaming_construct.constructs.rest_api.streaming_rest_api",
    "StreamingValidation": "streaming_construct.streaming_validation",
    "TenantId": "streaming_construct.constructs.access.tenant_id",
    "TraceSampling": "streaming_construct.constructs.monitoring.trace_sampling",
    "WebAdapter": "streaming_construct.constructs.functions.web_adapter",
    "acknowledge_scanner_findings": "streaming_construct.constructs.scanner_acknowledgements",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""API Gateway REST APIs that stream, for the Python AWS CDK.

The public names are imported when first used: `import streaming_construct` alone, and every tool
of this package that is not a construct, leaves `aws_cdk` (and with it the Node.js process of jsii)
out.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.constructs.authorizer import Authorizer
    from streaming_construct.constructs.python_streaming_function import PythonStreamingFunction
    from streaming_construct.constructs.python_web_function import PythonWebFunction
    from streaming_construct.constructs.rest_api import StreamingRestApi
    from streaming_construct.constructs.route import Route
    from streaming_construct.constructs.web_adapter import WebAdapter
    from streaming_construct.openapi import OpenApi

__all__ = [
    "Authorizer",
    "OpenApi",
    "PythonStreamingFunction",
    "PythonWebFunction",
    "Route",
    "StreamingRestApi",
    "WebAdapter",
]

_HOME = {
    "Authorizer": "streaming_construct.constructs.authorizer",
    "OpenApi": "streaming_construct.openapi",
    "PythonStreamingFunction": "streaming_construct.constructs.python_streaming_function",
    "PythonWebFunction": "streaming_construct.constructs.python_web_function",
    "Route": "streaming_construct.constructs.route",
    "StreamingRestApi": "streaming_construct.constructs.rest_api",
    "WebAdapter": "streaming_construct.constructs.web_adapter",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

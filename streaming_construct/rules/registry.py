"""The rules: pure functions of a `Declaration`, one file a subject.

A rule's id is permanent, and the same everywhere: at synth, in the docs, in an acknowledgement.
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.http_api import HttpApi
from streaming_construct.rules.checks.authorizers import (
    access_findings,
    missing_usage_identifier_key_findings,
)
from streaming_construct.rules.checks.cors import cors_findings
from streaming_construct.rules.checks.deployments import deployment_findings
from streaming_construct.rules.checks.endpoint import endpoint_findings
from streaming_construct.rules.checks.function_streaming import streaming_findings
from streaming_construct.rules.checks.http_apis import http_api_findings
from streaming_construct.rules.checks.layers import layer_findings
from streaming_construct.rules.checks.logging import logging_findings
from streaming_construct.rules.checks.openapi_version import openapi_version_findings
from streaming_construct.rules.checks.paths import path_findings
from streaming_construct.rules.checks.permissions import permission_findings
from streaming_construct.rules.checks.throttling import throttling_findings
from streaming_construct.rules.checks.timeouts import timeout_findings
from streaming_construct.rules.checks.transfer_modes import transfer_mode_findings
from streaming_construct.rules.checks.unsupported_features import (
    unsupported_streaming_feature_findings,
)
from streaming_construct.rules.checks.web_adapter import web_adapter_findings
from streaming_construct.rules.finding import Finding


def findings(declaration: Declaration | HttpApi) -> Iterator[Finding]:
    """Yield every finding about an API, in the order in which a reader would fix them."""
    if isinstance(declaration, HttpApi):
        yield from http_api_findings(declaration)
        return
    api = declaration.api
    yield from openapi_version_findings(declaration)
    yield from path_findings(api)
    yield from transfer_mode_findings(declaration)
    yield from streaming_findings(declaration)
    yield from web_adapter_findings(api)
    yield from layer_findings(api)
    yield from permission_findings(declaration)
    yield from timeout_findings(declaration)
    yield from unsupported_streaming_feature_findings(declaration)
    yield from throttling_findings(declaration)
    yield from access_findings(declaration)
    yield from missing_usage_identifier_key_findings(api)
    yield from cors_findings(declaration)
    yield from endpoint_findings(declaration)
    yield from logging_findings(declaration)
    yield from deployment_findings(declaration)

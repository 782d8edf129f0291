"""The rules: pure functions of an `ApiModel`, one file a subject.

A rule's id is permanent, and the same everywhere: at synth, in the docs, in an acknowledgement.
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding
from streaming_construct.knowledge.model import ApiModel, Protocol
from streaming_construct.knowledge.rules.access import access_findings, unsaid_key_findings
from streaming_construct.knowledge.rules.adapter import adapter_findings
from streaming_construct.knowledge.rules.cross_origin import cross_origin_findings
from streaming_construct.knowledge.rules.deployments import deployment_findings
from streaming_construct.knowledge.rules.documents import document_findings
from streaming_construct.knowledge.rules.endpoint import endpoint_findings
from streaming_construct.knowledge.rules.http_apis import http_api_findings
from streaming_construct.knowledge.rules.layers import layer_findings
from streaming_construct.knowledge.rules.logging import logging_findings
from streaming_construct.knowledge.rules.paths import path_findings
from streaming_construct.knowledge.rules.permissions import permission_findings
from streaming_construct.knowledge.rules.streaming import streaming_findings
from streaming_construct.knowledge.rules.throttling import throttling_findings
from streaming_construct.knowledge.rules.timeouts import timeout_findings
from streaming_construct.knowledge.rules.transfer_modes import transfer_mode_findings
from streaming_construct.knowledge.rules.unsupported import unsupported_findings


def findings(api: ApiModel) -> Iterator[Finding]:
    """Yield every finding about `api`, in the order in which a reader would mend them."""
    if api.protocol is Protocol.HTTP:
        yield from http_api_findings(api)
        return
    yield from document_findings(api)
    yield from path_findings(api)
    yield from transfer_mode_findings(api)
    yield from streaming_findings(api)
    yield from adapter_findings(api)
    yield from layer_findings(api)
    yield from permission_findings(api)
    yield from timeout_findings(api)
    yield from unsupported_findings(api)
    yield from throttling_findings(api)
    yield from access_findings(api)
    yield from unsaid_key_findings(api)
    yield from cross_origin_findings(api)
    yield from endpoint_findings(api)
    yield from logging_findings(api)
    yield from deployment_findings(api)

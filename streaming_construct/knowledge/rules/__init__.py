"""The rules: pure functions of an `ApiModel`, one file a subject.

A rule's id is permanent, and the same everywhere: at synth, in the docs, in an acknowledgement.
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding
from streaming_construct.knowledge.model import ApiModel
from streaming_construct.knowledge.rules.access import access_findings, unsaid_key_findings
from streaming_construct.knowledge.rules.endpoint import endpoint_findings
from streaming_construct.knowledge.rules.paths import path_findings
from streaming_construct.knowledge.rules.streaming import streaming_findings
from streaming_construct.knowledge.rules.throttling import throttling_findings
from streaming_construct.knowledge.rules.timeouts import timeout_findings


def findings(api: ApiModel) -> Iterator[Finding]:
    """Yield every finding about `api`, in the order in which a reader would mend them."""
    yield from path_findings(api)
    yield from streaming_findings(api)
    yield from timeout_findings(api)
    yield from throttling_findings(api)
    yield from access_findings(api)
    yield from unsaid_key_findings(api)
    yield from endpoint_findings(api)

"""AWS WAF in front of a stage.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.account import WebAcl
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

WEB_ACL_BLOCKS: Final = Rule(
    id="web-acl-blocks",
    severity=Severity.WARNING,
    title="Web ACL blocks requests",
    what=(
        "The web ACL of the stage recently blocked requests, or it blocks by default and its "
        "metrics are unknown."
    ),
    why="AWS WAF returns 403 for a blocked request, which does not reach the API.",
    fix=(
        "Find the rule in the web ACL's sampled requests. Suppress the finding if you intend "
        "the block."
    ),
    source_url="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-default-action.html",
    tags=frozenset({"access", "doctor"}),
)


def check_web_acl(acl: WebAcl) -> Iterator[Finding]:
    """Yield a warning where a web ACL is known to be in the way."""
    if acl.blocked:
        message = f"the web ACL recently blocked {acl.blocked} requests"
    elif acl.is_blocking_by_default and acl.blocked is None:
        message = "the web ACL blocks every request that none of its rules allows"
    else:
        return
    yield WEB_ACL_BLOCKS.at(Subject("web ACL", acl.name), message)

"""AWS WAF in front of a stage.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.account import WebAcl
from streaming_construct.rules.finding import Finding, warning


def web_acl_findings(acl: WebAcl) -> Iterator[Finding]:
    """Yield a warning where a web ACL is known to be in the way."""
    if acl.blocked:
        message = f"it lately blocked {acl.blocked} requests"
    elif acl.blocks_by_default and acl.blocked is None:
        message = "it blocks every request that no rule of it allows"
    else:
        return
    yield warning(
        "web-acl-blocks",
        f"web ACL {acl.name}",
        message,
        "see which rule did it among its sampled requests; where it was meant, acknowledge this",
    )

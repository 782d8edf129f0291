"""The fixes by their rules, and the edits that fix a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from streaming_construct.documents.text_edits import EditError, TextEdit
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.cors import fix_gateway_responses
from streaming_construct.lint.fixes.http_method import fix_http_method
from streaming_construct.lint.fixes.method_settings import fix_method_setting
from streaming_construct.lint.fixes.timeouts import fix_long_timeout, fix_missing_timeout
from streaming_construct.lint.fixes.transfer_modes import (
    fix_invalid_transfer_mode,
    fix_mode_and_uri,
    fix_sam_transfer_mode,
)
from streaming_construct.lint.fixes.web_adapter import fix_invoke_mode, fix_layer_version
from streaming_construct.rules.checks.cors import GATEWAY_RESPONSES_WITHOUT_CORS
from streaming_construct.rules.checks.functions.layers import LAYER_VERSION_INVALID
from streaming_construct.rules.checks.functions.web_adapter import ADAPTER_INVOKE_MODE
from streaming_construct.rules.checks.integrations import INTEGRATION_HTTP_METHOD
from streaming_construct.rules.checks.throttling import METHOD_SETTING_UNMATCHED
from streaming_construct.rules.checks.timeouts import (
    INTEGRATION_TIMEOUT_DEFAULT,
    TIMEOUT_OUT_OF_RANGE,
)
from streaming_construct.rules.checks.transfer_modes import (
    SAM_TRANSFER_MODE_IGNORED,
    TRANSFER_MODE_INVALID,
    TRANSFER_MODE_MISMATCH,
)
from streaming_construct.rules.rule import Finding, Rule

Fix = Callable[[Finding, FixContext], list[TextEdit]]

FIXES: Final[Mapping[Rule, Fix]] = {
    SAM_TRANSFER_MODE_IGNORED: fix_sam_transfer_mode,
    TRANSFER_MODE_INVALID: fix_invalid_transfer_mode,
    TRANSFER_MODE_MISMATCH: fix_mode_and_uri,
    INTEGRATION_HTTP_METHOD: fix_http_method,
    ADAPTER_INVOKE_MODE: fix_invoke_mode,
    LAYER_VERSION_INVALID: fix_layer_version,
    INTEGRATION_TIMEOUT_DEFAULT: fix_missing_timeout,
    TIMEOUT_OUT_OF_RANGE: fix_long_timeout,
    GATEWAY_RESPONSES_WITHOUT_CORS: fix_gateway_responses,
    METHOD_SETTING_UNMATCHED: fix_method_setting,
}
"""The fix of each rule that has one."""


def list_edits(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Return the edits that fix a finding; none if there is more than one possible fix."""
    fix = FIXES.get(finding.rule)
    if fix is None or finding.location.file is None:
        return []
    try:
        return fix(finding, context)
    except EditError:
        return []

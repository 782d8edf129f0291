"""The rules that only synth or only `lint` checks, with the reasons, for `docs/lint.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streaming_construct.rules.checks.access.authorizers import (
    AUTHORIZATION_NOT_APPLIED,
    AUTHORIZER_UNUSED,
)
from streaming_construct.rules.checks.access.resource_policies import RESOURCE_POLICY_DENIES_ALL
from streaming_construct.rules.checks.cors import (
    CORS_EXTENSION_IGNORED,
    CORS_INCOMPLETE,
    GATEWAY_RESPONSES_WITHOUT_CORS,
)
from streaming_construct.rules.checks.deployments import (
    API_WITHOUT_METHODS,
    DEPLOYMENT_MISSING_DEPENDS_ON,
    DEPLOYMENT_NOT_UPDATED,
    DUPLICATE_STAGE,
    STAGE_MISSING,
    STAGE_REFERENCE_UNORDERED,
    STAGE_WITHOUT_DEPLOYMENT,
)
from streaming_construct.rules.checks.endpoint import (
    ENDPOINT_TYPE_INVALID,
    INTEGRATION_TIMEOUT_QUOTA_INVALID,
)
from streaming_construct.rules.checks.functions.function_streaming import (
    FUNCTION_DOES_NOT_STREAM,
    RUNTIME_CONFIG_MISMATCH,
)
from streaming_construct.rules.checks.functions.layers import (
    LAYER_ARCHITECTURE,
    LAYER_QUOTA_EXCEEDED,
    LAYER_REGION,
    LAYER_VERSION_INVALID,
)
from streaming_construct.rules.checks.functions.web_adapter import (
    ADAPTER_INVOKE_MODE,
    ADAPTER_LAYER_MISSING,
    ADAPTER_WRAPPER_MISSING,
    HANDLER_LINE_ENDINGS,
    HANDLER_NOT_EXECUTABLE,
)
from streaming_construct.rules.checks.http_apis import HTTP_API_CANNOT_STREAM
from streaming_construct.rules.checks.integrations import (
    INTEGRATION_MISSING,
    STAGE_VARIABLE_MISSING,
)
from streaming_construct.rules.checks.logging import (
    ACCESS_LOG_DISABLED,
    ACCESS_LOG_MISSING_FIELDS,
    CLOUDWATCH_ROLE_NOT_RETAINED,
)
from streaming_construct.rules.checks.openapi_version import OPENAPI_VERSION
from streaming_construct.rules.checks.paths import PATH_CHANGED
from streaming_construct.rules.checks.permissions import (
    OVERLY_PERMISSIVE_GRANT,
    PERMISSION_DENIED,
    PERMISSION_MISSING,
    PERMISSION_OVERWRITTEN,
    PERMISSION_SOURCE_MISMATCH,
)
from streaming_construct.rules.checks.response_headers import WWW_AUTHENTICATE_RENAMED
from streaming_construct.rules.checks.templates import INCLUDE_SHORT_FORM, SAM_TRANSFORM_MISSING
from streaming_construct.rules.checks.throttling import (
    METHOD_SETTING_UNMATCHED,
    RESERVED_CONCURRENCY_ZERO,
    THROTTLING_NOT_CONFIGURED,
)
from streaming_construct.rules.checks.timeouts import INTEGRATION_TIMEOUT_DEFAULT
from streaming_construct.rules.checks.transfer_modes import (
    SAM_TRANSFER_MODE_IGNORED,
    STREAM_INTEGRATION_TYPE,
    TRANSFER_MODE_INVALID,
    TRANSFER_MODE_MISMATCH,
)
from streaming_construct.rules.checks.unsupported_features import (
    STREAM_CACHED,
    STREAM_CONTENT_HANDLING,
    STREAM_TEMPLATE,
)
from streaming_construct.rules.registry import RULES, list_phases
from streaming_construct.rules.rule import Rule
from streaming_construct.rules.suppression import SUPPRESSION_WITHOUT_REASON
from streaming_construct.rules.synth.access import (
    AUTHORIZER_CONFLICT,
    GRANT_INVALID,
    RESOURCE_POLICY_INVALID,
    TENANT_ID_INVALID,
)
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE, UNRESOLVED_TOKEN
from streaming_construct.rules.synth.endpoint import (
    GATEWAY_RESPONSE_INVALID,
    OAUTH_RESOURCE_INVALID,
    STAGE_OPTION_UNSUPPORTED,
)
from streaming_construct.rules.synth.functions import (
    BASE_PATH_CONFLICT,
    CORS_CONFLICT,
    DECORATED_GENERATOR,
    HANDLER_INVALID,
    HANDLER_RETURNS_LIST,
    SOURCE_NOT_PARSED,
    UNPINNED_REQUIREMENTS,
)
from streaming_construct.rules.synth.monitoring import (
    ACCESS_LOG_INVALID,
    FUNCTION_LOG_INVALID,
    STREAM_METRIC_INVALID,
)
from streaming_construct.rules.synth.openapi import (
    OPENAPI_DROPPED,
    OPENAPI_EXTENSION_INVALID,
    OPENAPI_REJECTED,
    OVERRIDE_INVALID,
)

_ARGUMENT: Final = "The rule is about an argument of a construct, which a template does not have."
_BUILD: Final = "The rule is about files that only synthesis reads or builds."
_CONVERSION: Final = "The rule is about the conversion, which is complete when a template exists."
_METRIC: Final = "The rule is about a metric, alarm or query that the code asks for."
_TWO_APIS: Final = "The rule is about one function of two APIs, which the construct configures."
_SET_BY_CONSTRUCT: Final = "The construct writes this part itself."
_FUNCTION: Final = "CDK does not expose this part of a function before the template exists."
_CALLER: Final = "The construct adds this part, unless the caller decides otherwise."
_TEMPLATE: Final = "The rule is about a template that is not from CDK."

NOT_IN_LINT: Final[Mapping[Rule, str]] = {
    ACCESS_LOG_INVALID: _ARGUMENT,
    ARGUMENT_TYPE: _ARGUMENT,
    AUTHORIZER_CONFLICT: _ARGUMENT,
    BASE_PATH_CONFLICT: _TWO_APIS,
    CORS_CONFLICT: _TWO_APIS,
    DECORATED_GENERATOR: _BUILD,
    FUNCTION_LOG_INVALID: _METRIC,
    GATEWAY_RESPONSE_INVALID: _ARGUMENT,
    GRANT_INVALID: _ARGUMENT,
    HANDLER_INVALID: _ARGUMENT,
    HANDLER_RETURNS_LIST: _BUILD,
    INTEGRATION_TIMEOUT_QUOTA_INVALID: _ARGUMENT,
    OPENAPI_DROPPED: _CONVERSION,
    OPENAPI_EXTENSION_INVALID: _CONVERSION,
    OAUTH_RESOURCE_INVALID: _ARGUMENT,
    OPENAPI_REJECTED: _CONVERSION,
    OVERRIDE_INVALID: _ARGUMENT,
    RESOURCE_POLICY_INVALID: _ARGUMENT,
    SOURCE_NOT_PARSED: _BUILD,
    STAGE_OPTION_UNSUPPORTED: _ARGUMENT,
    STREAM_METRIC_INVALID: _METRIC,
    TENANT_ID_INVALID: _ARGUMENT,
    UNPINNED_REQUIREMENTS: _BUILD,
    UNRESOLVED_TOKEN: _ARGUMENT,
}
"""The rules that only synth checks, each with the reason."""

NOT_AT_SYNTH: Final[Mapping[Rule, str]] = {
    ACCESS_LOG_DISABLED: _CALLER,
    ACCESS_LOG_MISSING_FIELDS: _SET_BY_CONSTRUCT,
    ADAPTER_INVOKE_MODE: _FUNCTION,
    ADAPTER_LAYER_MISSING: _FUNCTION,
    ADAPTER_WRAPPER_MISSING: _FUNCTION,
    API_WITHOUT_METHODS: _SET_BY_CONSTRUCT,
    AUTHORIZATION_NOT_APPLIED: _CALLER,
    AUTHORIZER_UNUSED: _CALLER,
    CLOUDWATCH_ROLE_NOT_RETAINED: _CALLER,
    CORS_EXTENSION_IGNORED: _SET_BY_CONSTRUCT,
    CORS_INCOMPLETE: _CALLER,
    DEPLOYMENT_MISSING_DEPENDS_ON: _SET_BY_CONSTRUCT,
    DEPLOYMENT_NOT_UPDATED: _SET_BY_CONSTRUCT,
    DUPLICATE_STAGE: _SET_BY_CONSTRUCT,
    ENDPOINT_TYPE_INVALID: _SET_BY_CONSTRUCT,
    FUNCTION_DOES_NOT_STREAM: _FUNCTION,
    GATEWAY_RESPONSES_WITHOUT_CORS: _SET_BY_CONSTRUCT,
    HANDLER_LINE_ENDINGS: _FUNCTION,
    HANDLER_NOT_EXECUTABLE: _FUNCTION,
    HTTP_API_CANNOT_STREAM: _TEMPLATE,
    INCLUDE_SHORT_FORM: _TEMPLATE,
    INTEGRATION_MISSING: _SET_BY_CONSTRUCT,
    INTEGRATION_TIMEOUT_DEFAULT: _SET_BY_CONSTRUCT,
    LAYER_ARCHITECTURE: _FUNCTION,
    LAYER_QUOTA_EXCEEDED: _FUNCTION,
    LAYER_REGION: _FUNCTION,
    LAYER_VERSION_INVALID: _FUNCTION,
    METHOD_SETTING_UNMATCHED: _SET_BY_CONSTRUCT,
    OPENAPI_VERSION: _TEMPLATE,
    OVERLY_PERMISSIVE_GRANT: _SET_BY_CONSTRUCT,
    PATH_CHANGED: _SET_BY_CONSTRUCT,
    PERMISSION_DENIED: _SET_BY_CONSTRUCT,
    PERMISSION_MISSING: _SET_BY_CONSTRUCT,
    PERMISSION_OVERWRITTEN: _SET_BY_CONSTRUCT,
    PERMISSION_SOURCE_MISMATCH: _SET_BY_CONSTRUCT,
    RESERVED_CONCURRENCY_ZERO: _FUNCTION,
    RUNTIME_CONFIG_MISMATCH: _FUNCTION,
    RESOURCE_POLICY_DENIES_ALL: _CALLER,
    SAM_TRANSFER_MODE_IGNORED: _TEMPLATE,
    SAM_TRANSFORM_MISSING: _TEMPLATE,
    STAGE_MISSING: _SET_BY_CONSTRUCT,
    STAGE_REFERENCE_UNORDERED: _SET_BY_CONSTRUCT,
    STAGE_VARIABLE_MISSING: _SET_BY_CONSTRUCT,
    STAGE_WITHOUT_DEPLOYMENT: _SET_BY_CONSTRUCT,
    STREAM_CACHED: _SET_BY_CONSTRUCT,
    STREAM_CONTENT_HANDLING: _SET_BY_CONSTRUCT,
    STREAM_INTEGRATION_TYPE: _SET_BY_CONSTRUCT,
    STREAM_TEMPLATE: _SET_BY_CONSTRUCT,
    THROTTLING_NOT_CONFIGURED: _CALLER,
    TRANSFER_MODE_INVALID: _SET_BY_CONSTRUCT,
    WWW_AUTHENTICATE_RENAMED: _FUNCTION,
    TRANSFER_MODE_MISMATCH: _SET_BY_CONSTRUCT,
    SUPPRESSION_WITHOUT_REASON: "Acknowledgements of CDK have reasons.",
}
"""The rules that only `lint` checks, each with the reason."""


def format_parity() -> str:
    """Return a Markdown table: each rule that is checked by only one of both, and the reason."""
    rows = ["| rule | synth | lint | reason |", "| --- | --- | --- | --- |"]
    for rule in sorted(RULES, key=lambda rule: rule.id):
        reason = NOT_AT_SYNTH.get(rule) or NOT_IN_LINT.get(rule)
        if reason is not None:
            checked = ("yes" if phase in list_phases(rule) else "no" for phase in ("synth", "lint"))
            rows.append(f"| [`{rule.id}`](rules.md#{rule.id}) | {' | '.join(checked)} | {reason} |")
    return "\n".join(rows)

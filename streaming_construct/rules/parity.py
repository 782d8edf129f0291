"""Reasons why a rule is checked only at synth, or only by `lint`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ARGUMENT: Final = "It is about an argument of a construct, which a template does not have."
_BUILD: Final = "It is about files that only synthesis reads or builds."
_CONVERSION: Final = "It is about the conversion, which is complete when a template exists."
_METRIC: Final = "It is about a metric, alarm or query that the code asks for."
_TWO_APIS: Final = "It is about one function of two APIs, which the construct configures."
_WRITTEN: Final = "The construct writes this part itself."
_FUNCTION: Final = "CDK does not expose this part of a function before the template exists."
_CALLER: Final = "The construct adds this part, unless the caller decides otherwise."
_TEMPLATE: Final = "It is about a template that is not from CDK."

NOT_IN_LINT: Final[Mapping[str, str]] = {
    "access-log-invalid": _ARGUMENT,
    "argument-type": _ARGUMENT,
    "authorizer-conflict": _ARGUMENT,
    "base-path-conflict": _TWO_APIS,
    "cors-conflict": _TWO_APIS,
    "decorated-generator": _BUILD,
    "function-log-invalid": _METRIC,
    "gateway-response-invalid": _ARGUMENT,
    "grant-invalid": _ARGUMENT,
    "handler-invalid": _ARGUMENT,
    "handler-returns-list": _BUILD,
    "integration-timeout-quota-invalid": _ARGUMENT,
    "openapi-dropped": _CONVERSION,
    "openapi-extension-invalid": _CONVERSION,
    "oauth-resource-invalid": _ARGUMENT,
    "openapi-refused": _CONVERSION,
    "override-invalid": _ARGUMENT,
    "resource-policy-invalid": _ARGUMENT,
    "source-not-parsed": _BUILD,
    "stage-option-unsupported": _ARGUMENT,
    "stream-metric-invalid": _METRIC,
    "tenant-id-invalid": _ARGUMENT,
    "unpinned-requirements": _BUILD,
    "unresolved-token": _ARGUMENT,
}
"""The rules that synth has and `lint` has not, each with the reason."""

NOT_AT_SYNTH: Final[Mapping[str, str]] = {
    "access-log-disabled": _CALLER,
    "access-log-missing-fields": _WRITTEN,
    "adapter-invoke-mode": _FUNCTION,
    "adapter-layer-missing": _FUNCTION,
    "adapter-wrapper-missing": _FUNCTION,
    "api-without-methods": _WRITTEN,
    "authorization-not-applied": _CALLER,
    "authorizer-unused": _CALLER,
    "cloudwatch-role-not-retained": _CALLER,
    "cors-extension-ignored": _WRITTEN,
    "cors-incomplete": _CALLER,
    "deployment-missing-depends-on": _WRITTEN,
    "deployment-not-updated": _WRITTEN,
    "duplicate-stage": _WRITTEN,
    "endpoint-type-invalid": _WRITTEN,
    "function-does-not-stream": _FUNCTION,
    "gateway-responses-without-cors": _WRITTEN,
    "handler-line-endings": _FUNCTION,
    "handler-not-executable": _FUNCTION,
    "http-api-cannot-stream": _TEMPLATE,
    "include-short-form": _TEMPLATE,
    "integration-missing": _WRITTEN,
    "integration-timeout-default": _WRITTEN,
    "layer-architecture": _FUNCTION,
    "layer-quota-exceeded": _FUNCTION,
    "layer-region": _FUNCTION,
    "layer-version-invalid": _FUNCTION,
    "method-setting-unmatched": _WRITTEN,
    "openapi-version": _TEMPLATE,
    "overly-permissive-grant": _WRITTEN,
    "path-changed": _WRITTEN,
    "permission-denied": _WRITTEN,
    "permission-missing": _WRITTEN,
    "permission-overwritten": _WRITTEN,
    "permission-source-mismatch": _WRITTEN,
    "reserved-concurrency-zero": _FUNCTION,
    "runtime-config-mismatch": _FUNCTION,
    "resource-policy-denies-all": _CALLER,
    "sam-transfer-mode-ignored": _TEMPLATE,
    "sam-transform-missing": _TEMPLATE,
    "stage-missing": _WRITTEN,
    "stage-reference-unordered": _WRITTEN,
    "stage-variable-missing": _WRITTEN,
    "stage-without-deployment": _WRITTEN,
    "stream-cached": _WRITTEN,
    "stream-compressed": _WRITTEN,
    "stream-content-handling": _WRITTEN,
    "stream-integration-type": _WRITTEN,
    "stream-template": _WRITTEN,
    "throttling-not-configured": _CALLER,
    "transfer-mode-invalid": _WRITTEN,
    "www-authenticate-renamed": _FUNCTION,
    "transfer-mode-mismatch": _WRITTEN,
    "suppression-without-reason": "Acknowledgements of CDK have reasons.",
}
"""The rules that `lint` has and synth has not, each with the reason."""

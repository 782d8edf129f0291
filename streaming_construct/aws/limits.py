"""Limits of API Gateway and Lambda that streaming meets, each with its unit and its source page.

The construct, the checks and the local gateway read them from this module.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
STREAM_MAX_SECONDS: Final = 900
STREAM_IDLE_SECONDS_REGIONAL: Final = 300
STREAM_IDLE_SECONDS_EDGE: Final = 30
STREAM_UNTHROTTLED_BYTES: Final = 10 * MIB
STREAM_BYTES_PER_SECOND: Final = 2 * MIB

# The API's error: "Timeout should be between 50 ms and 900000 ms"
# (hashicorp/terraform-provider-aws pull request 45482).
TIMEOUT_MIN_MS: Final = 50
STREAM_TIMEOUT_MAX_MS: Final = 900_000
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BUFFERED_TIMEOUT_MAX_MS: Final = 29_000
REQUEST_MAX_BYTES: Final = 10 * MIB
REQUEST_HEADERS_MAX_BYTES: Final = 10_240
REQUEST_HEADERS_MAX_BYTES_PRIVATE: Final = 8_000
METHOD_ARN_MAX_BYTES: Final = 1_600
ACCESS_LOG_FORMAT_MAX_BYTES: Final = 3 * KIB
RESOURCES_PER_API: Final = 300
BODY_MAX_BYTES: Final = 6 * MIB
MODEL_MAX_BYTES: Final = 400 * KIB
# CloudFormation's error: "Template may not exceed 1000000 bytes in size"
# (aws/serverless-application-model issue 2058).
TEMPLATE_MAX_BYTES: Final = 1_000_000
# Beyond it an integer changes on its way through JavaScript, and so through CDK.
EXACT_INTEGER_MAX: Final = 2**53

# API Gateway's default for an integration without a timeout, streamed or not
# (the TimeoutInMillis default in the service's API model).
INTEGRATION_TIMEOUT_DEFAULT_MS: Final = 29_000

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
PRELUDE_MAX_BYTES: Final = 16 * KIB
PRELUDE_DELIMITER: Final = b"\0" * 8

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
FUNCTION_TIMEOUT_DEFAULT_SECONDS: Final = 3
# The maximum of UpdateFunctionConfiguration's Timeout in the service's API model of November 2026.
# Lambda Managed Instances take more. No invocation through API Gateway runs on them.
FUNCTION_TIMEOUT_MAX_SECONDS: Final = 1_800
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
FUNCTION_STREAM_MAX_BYTES: Final = 200 * MIB
FUNCTION_STREAM_UNTHROTTLED_BYTES: Final = 6 * MIB
FUNCTION_STREAM_BYTES_PER_SECOND: Final = 2 * MIB
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FUNCTION_PAYLOAD_MAX_BYTES: Final = 6 * MIB
FUNCTION_OPEN_FILES: Final = 1024
FUNCTION_MEMORY_MIN_MB: Final = 128
FUNCTION_UNZIPPED_MAX_BYTES: Final = 250 * MIB
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
FUNCTION_INIT_SECONDS: Final = 10
FUNCTION_SHUTDOWN_SECONDS: Final = 2
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
FUNCTION_MEMORY_DEFAULT_MB: Final = 128
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
FUNCTION_STORAGE_DEFAULT_MB: Final = 512
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
ACCOUNT_CONCURRENCY_DEFAULT: Final = 1_000

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
ACCOUNT_RATE_PER_SECOND: Final = 10_000
ACCOUNT_BURST: Final = 5_000

# https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html
AUTHORIZER_TTL_DEFAULT_SECONDS: Final = 300
AUTHORIZER_TTL_MAX_SECONDS: Final = 3_600

# https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
SAMPLING_RULE_NAME_MAX: Final = 32
SAMPLING_RULE_PRIORITY_MAX: Final = 9_999

# Letters and digits of an API key's value.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
API_KEY_CHARACTERS: Final = (20, 128)

# Characters of a resource policy, by default.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
RESOURCE_POLICY_CHARACTERS: Final = 8_192

# Requests of one address in five minutes, as a rate-based rule takes them.
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
WAF_RATE_MIN: Final = 10

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html: what always stays unreserved
UNRESERVED_CONCURRENCY_LOW: Final = 100
# The rule CheckBootstrapVersion that the CDK writes into every template.
BOOTSTRAP_VERSION_MIN: Final = 6

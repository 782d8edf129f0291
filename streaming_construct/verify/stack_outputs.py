"""Names that the stack and its readers share: outputs, route settings, and the stack's options."""

from __future__ import annotations

from typing import Final

# The outputs of the stack.
API_URL: Final = "ApiUrl"
API_ID: Final = "ApiId"
ACCESS_LOG_GROUP: Final = "AccessLogGroup"
USER_POOL_ID: Final = "UserPoolId"
USER_POOL_CLIENT_ID: Final = "UserPoolClientId"
API_KEY_ID: Final = "ApiKeyId"
QUOTA_API_KEY_ID: Final = "QuotaApiKeyId"

# The id of the stack in the CDK app, so that `cdk deploy` can name it.
STACK_ID: Final = "Verification"
DEFAULT_NAME_PREFIX: Final = "streaming-construct-verify"

# The path of the app for `cdk --app`: `python -m APP_MODULE [options]`.
APP_MODULE: Final = "streaming_construct.constructs.verification"

SHORT_TIMEOUT_SECONDS: Final = 3
"""The integration timeout of `/short`, and the function timeout of `/function-timeout`."""

THROTTLE_BURST: Final = 2
"""The burst limit of `/throttled`, whose rate is one request a second."""

QUOTA_REQUESTS: Final = 2
"""The requests a day of the API key with a quota."""

CORS_ORIGIN: Final = "https://app.example"

TOKEN_SCOPE: Final = "aws.cognito.signin.user.admin"  # noqa: S105 - the name of a scope
"""The scope of the access tokens that a user pool returns to a signed-in user."""

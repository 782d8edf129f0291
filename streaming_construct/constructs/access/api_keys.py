"""The API keys of an API: what API Gateway accepts as a value, and their construct.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import SecretValue, Token
from aws_cdk.aws_apigateway import ApiKey
from constructs import Construct

from streaming_construct.aws.limits import API_KEY_CHARACTERS
from streaming_construct.constructs.cdk.validation import check_argument_types, raise_for_errors
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.access.usage_plans import USAGE_PLAN_INVALID
from streaming_construct.rules.rule import Finding


def create_api_key(
    api: Construct,
    key_id: str,
    *,
    value: SecretValue | None,
    name: str | None,
    description: str | None,
) -> ApiKey:
    """Create an API key.

    Raises:
        ValueError: The value is not a `SecretValue`, or API Gateway rejects it.
    """
    raise_for_errors(
        api,
        check_argument_types(
            Subject("API key", str(key_id)),
            key_id=(key_id, str),
            value=(value, SecretValue),
            name=(name, str),
            description=(description, str),
        ),
        otherwise="the key was not made",
    )
    # In the template it is a reference to the secret.
    text = None if value is None else value.unsafe_unwrap()
    raise_for_errors(api, _check_value(text, key_id), otherwise="the key was not made")
    return ApiKey(api, key_id, api_key_name=name, description=description, value=text)


def _check_value(value: str | None, key_id: str) -> Iterator[Finding]:
    """Yield a finding where API Gateway rejects a value that is known at synthesis."""
    shortest, longest = API_KEY_CHARACTERS
    if value is None or Token.is_unresolved(value) or value.startswith("{{resolve:"):
        return
    if not (value.isascii() and value.isalnum() and shortest <= len(value) <= longest):
        yield USAGE_PLAN_INVALID.at(
            Subject("API key", str(key_id)),
            f"the value does not have {shortest} to {longest} letters and digits",
            fix="Remove the value. API Gateway then generates one.",
        )

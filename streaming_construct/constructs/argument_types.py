"""What is said to an argument of the wrong type, before anything fails on it from inside."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, error


def type_findings(where: str, **arguments: tuple[object, type]) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, whose value is neither None nor of its type."""
    for name, (value, kind) in arguments.items():
        if value is not None and not isinstance(value, kind):
            article = "an" if kind.__name__[0] in "AEIOU" else "a"
            yield error(
                "argument-type",
                where,
                f"{name} is {value!r}, not {article} {kind.__name__}",
                f"pass one of aws_cdk's own, as in {_EXAMPLES[kind.__name__]}",
            )


_EXAMPLES = {
    "AccessLogFormat": "AccessLogFormat.custom(...)",
    "ApiKeySourceType": "ApiKeySourceType.AUTHORIZER",
    "CorsOptions": "CorsOptions(allow_origins=[...])",
    "DomainNameOptions": "DomainNameOptions(domain_name='api.example.com', certificate=...)",
    "Duration": "Duration.minutes(5)",
    "EndpointAccessMode": "EndpointAccessMode.STRICT",
    "EndpointType": "EndpointType.REGIONAL",
    "MethodLoggingLevel": "MethodLoggingLevel.ERROR",
    "PolicyDocument": "PolicyDocument(statements=[...]), or a ResourcePolicy",
    "QuotaSettings": "QuotaSettings(limit=1000, period=Period.DAY)",
    "RequestValidatorOptions": "RequestValidatorOptions(validate_request_body=True)",
    "ResponseTransferMode": "ResponseTransferMode.STREAM",
    "SecretValue": "secret.secret_value",
    "SecurityPolicy": "SecurityPolicy.TLS13_1_3_2025_09",
    "ThrottleSettings": "ThrottleSettings(rate_limit=5, burst_limit=10)",
}

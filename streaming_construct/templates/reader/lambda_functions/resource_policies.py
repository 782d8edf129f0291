"""The policies of buckets, queues, topics, secrets and tables of a template.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from streaming_construct.model.execution_role import PolicyValue, ResourceBasedPolicy, UnknownValue
from streaming_construct.templates.reader.lambda_functions.policy_statements import (
    read_resource_statements,
    read_values,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin

_QUEUE_URL: Final = re.compile(r"https?://[^/]+/(?P<account>[^/]+)/(?P<name>[^/?]+)")
# The trust policy of a role, and the policy of an API, are no policies of what functions call.
_NOT_CALLED: Final = frozenset(
    {
        "AWS::ApiGateway::RestApi",
        "AWS::IAM::Role",
        "AWS::Lambda::ResourcePolicy",
        "AWS::Serverless::Api",
    }
)


def _list_bucket_patterns(bucket: str) -> tuple[str, ...]:
    arn = bucket if bucket.startswith("arn:") else f"arn:*:s3:::{bucket}"
    return arn, f"{arn}/*"


def _list_queue_patterns(queue: str) -> tuple[str, ...]:
    match = _QUEUE_URL.match(queue)
    account, name = (match["account"], match["name"]) if match else ("*", queue)
    return (f"arn:*:sqs:*:{account}:{name}",)


def _list_topic_patterns(topic: str) -> tuple[str, ...]:
    return (topic,)


def _list_secret_patterns(secret: str) -> tuple[str, ...]:
    arn = secret if secret.startswith("arn:") else f"arn:*:secretsmanager:*:*:secret:{secret}"
    # AWS adds a hyphen and six characters to the name of a secret.
    return arn, f"{arn}-??????"


def _list_table_patterns(table: str) -> tuple[str, ...]:
    arn = f"arn:*:dynamodb:*:*:table/{table}"
    return arn, f"{arn}/index/*"


# The property with the resources, the property with the document, and the patterns of a resource.
_KINDS: Final[Mapping[str, tuple[str, str, Callable[[str], tuple[str, ...]]]]] = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument", _list_bucket_patterns),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "PolicyDocument", _list_topic_patterns),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument", _list_topic_patterns),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "PolicyDocument", _list_queue_patterns),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument", _list_queue_patterns),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy", _list_secret_patterns),
}
_TABLES: Final = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


def read_resource_policies(resolver: Resolver) -> Iterator[ResourceBasedPolicy]:
    """Yield the policies of a stack whose services the local gateway evaluates."""
    for kind, (target, member, patterns) in _KINDS.items():
        for logical_id, resource in resolver.list_resources(kind):
            properties = resolver.properties(resource)
            targets = read_values(properties.get(target))
            yield _read_policy(resolver, logical_id, properties.get(member), targets, patterns)
    for kind in _TABLES:
        for logical_id, resource in resolver.list_resources(kind):
            properties = resolver.properties(resource)
            name = read_values(resolver.ref(logical_id))
            for table in (properties, *map(as_mapping, as_list(properties.get("Replicas")))):
                if "ResourcePolicy" in table:
                    document = as_mapping(table["ResourcePolicy"]).get("PolicyDocument")
                    yield _read_policy(resolver, logical_id, document, name, _list_table_patterns)


def _read_policy(
    resolver: Resolver,
    logical_id: str,
    document: object,
    targets: tuple[PolicyValue, ...],
    patterns: Callable[[str], tuple[str, ...]],
) -> ResourceBasedPolicy:
    name = find_origin(resolver.stack, logical_id).display_name
    resources: list[PolicyValue] = []
    for target in targets:
        resources += [target] if isinstance(target, UnknownValue) else patterns(target)
    return ResourceBasedPolicy(
        name=name,
        resources=tuple(resources),
        statements=tuple(read_resource_statements(name, document)),
    )


def list_ignored_policies(resolver: Resolver) -> Iterator[str]:
    """Yield a description of each other policy with principals, such as that of a key."""
    for logical_id, resource in resolver.section("Resources").items():
        kind = str(as_mapping(resource).get("Type"))
        if kind in _KINDS or kind in _TABLES or kind in _NOT_CALLED:
            continue
        for name, value in as_mapping(as_mapping(resource).get("Properties")).items():
            if _has_principals(as_mapping(value)):
                yield f"the {name} of {find_origin(resolver.stack, logical_id).display_name}"


def _has_principals(document: Mapping[str, Any]) -> bool:
    return any(
        not {"Principal", "NotPrincipal"}.isdisjoint(as_mapping(statement))
        for statement in as_list(document.get("Statement"))
    )

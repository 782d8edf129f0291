"""The permissions of calls of Amazon S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from streaming_construct.local.execution_role.aws_call import (
    AwsCall,
    SignedRequest,
    create_permission,
)
from streaming_construct.local.execution_role.policy_evaluation import Permission

# The action of a method with a parameter of the query that selects an operation.
_OBJECT_ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("DELETE", ""): "DeleteObject",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "versionId"): "DeleteObjectVersion",
    ("GET", ""): "GetObject",
    ("GET", "acl"): "GetObjectAcl",
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", ""): "GetObject",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("POST", "uploadId"): "PutObject",
    ("POST", "uploads"): "PutObject",
    ("PUT", ""): "PutObject",
    ("PUT", "acl"): "PutObjectAcl",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "uploadId"): "PutObject",
}
_BUCKET_ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("DELETE", ""): "DeleteBucket",
    ("GET", ""): "ListBucket",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versions"): "ListBucketVersions",
    ("HEAD", ""): "ListBucket",
    ("PUT", ""): "CreateBucket",
}
_SELECTORS: Final = frozenset(
    {
        *(name for _, name in (*_OBJECT_ACTIONS, *_BUCKET_ACTIONS)),
        *("accelerate", "analytics", "attributes", "cors", "delete", "encryption", "inventory"),
        *("legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock"),
        *("ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication"),
        *("requestPayment", "restore", "retention", "select", "torrent", "versioning", "website"),
    }
)
_LIST_KEYS: Final = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}


def read_s3_call(request: SignedRequest) -> AwsCall:
    """Return the call of a request whose path starts with the bucket."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not bucket:
        return _call("ListAllMyBuckets")
    name = request.resolve_name(bucket) or bucket
    # An access point is named by its ARN.
    arn = name if name.startswith("arn:") else f"arn:{request.partition}:s3:::{name}"
    selectors = sorted(_SELECTORS & request.query.keys())
    selector = selectors[0] if selectors else ""
    if not key:
        return _create_bucket_call(request, arn, selector)
    action = _OBJECT_ACTIONS.get((request.method, selector))
    if action is None or len(selectors) > 1:
        return _create_unknown_call(request)
    source = _copy_source(request)
    return _call(action, f"{arn}/{key}", source)


def _create_bucket_call(request: SignedRequest, arn: str, selector: str) -> AwsCall:
    if (request.method, selector) == ("POST", "delete"):
        keys = _read_deleted_keys(request.body)
        return AwsCall(
            operation="s3:DeleteObject",
            permissions=tuple(create_permission("s3:DeleteObject", f"{arn}/{key}") for key in keys),
            not_evaluated=None if keys else "the objects are not known",
        )
    action = _BUCKET_ACTIONS.get((request.method, selector))
    if action is None:
        return _create_unknown_call(request)
    context = {}
    if action in ("ListBucket", "ListBucketVersions") and request.method == "GET":
        context = {
            key: (request.query[name],) if request.query.get(name) else ()
            for key, name in _LIST_KEYS.items()
        }
    required = Permission(action=f"s3:{action}", resources=(arn,), context=context)
    return AwsCall(operation=f"s3:{action}", permissions=(required,))


def _copy_source(request: SignedRequest) -> Permission | None:
    """Return the permission to read the source of a copy."""
    source = unquote(request.headers.get("x-amz-copy-source", "")).lstrip("/")
    if not source:
        return None
    path, _, version = source.partition("?versionId=")
    bucket, _, key = path.partition("/")
    arn = f"arn:{request.partition}:s3:::{request.resolve_name(bucket)}/{key}"
    return create_permission("s3:GetObjectVersion" if version else "s3:GetObject", arn)


def _read_deleted_keys(body: bytes) -> list[str]:
    try:
        root = ET.fromstring(body)  # noqa: S314 - the function of the user writes it
    except ET.ParseError:
        return []
    return [element.text or "" for element in root.iter() if element.tag.endswith("}Key")] or [
        element.text or "" for element in root.iter("Key")
    ]


def _call(action: str, resource: str = "*", other: Permission | None = None) -> AwsCall:
    name = f"s3:{action}"
    permissions = (create_permission(name, resource), *([other] if other else []))
    return AwsCall(operation=name, permissions=permissions)


def _create_unknown_call(request: SignedRequest) -> AwsCall:
    selectors = "&".join(sorted(_SELECTORS & request.query.keys()))
    return AwsCall(
        operation=f"s3:{request.method} {request.path}{'?' if selectors else ''}{selectors}",
        not_evaluated="the operation is not evaluated",
    )

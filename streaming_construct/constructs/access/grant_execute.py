"""Letting principals call routes that ask for AWS signatures.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from aws_cdk.aws_apigateway import SpecRestApi
from aws_cdk.aws_iam import Grant, IGrantable

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import GRANT_INVALID

_VARIABLE: Final = re.compile(r"\{[^}]*\}")


def check_grant(methods: object, path: object) -> Iterator[Finding]:
    """Yield a finding for each problem of the methods and the path of a grant."""
    method_names = methods if isinstance(methods, list | tuple) else ()
    is_valid = bool(method_names) and all(
        str(method).upper() in {ANY, "*", *HTTP_METHODS} for method in method_names
    )
    if methods is not None and not is_valid:
        yield GRANT_INVALID.at(
            Subject("grant"),
            f"methods is {methods!r}, not a list of HTTP methods",
            fix='Write methods=["GET"], or leave it out for any method.',
        )
    if path is not None and not (isinstance(path, str) and path.startswith("/")):
        yield GRANT_INVALID.at(
            Subject("grant"),
            f"the path is {path!r}",
            fix="Write it as the route has it, '/jobs/{id}', or leave it out for all.",
        )


def grant_execute(
    grantee: IGrantable,
    api: SpecRestApi,
    stage: str,
    methods: Sequence[str] | None,
    path: str | None,
) -> Grant:
    """Allow `execute-api:Invoke` on these methods of this path, variables standing for anything."""
    requested = {str(method).upper() for method in methods or [ANY]}
    has_any = bool(requested & {ANY, "*"})
    pattern = "/*" if path is None else _VARIABLE.sub("*", path)
    return Grant.add_to_principal(
        grantee=grantee,
        actions=["execute-api:Invoke"],
        resource_arns=[
            api.arn_for_execute_api(method, pattern, stage)
            for method in (["*"] if has_any else sorted(requested))
        ],
    )

"""Grants to call routes that IAM authorizes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Stack, aws_iam

from streaming_construct import Authorizer, StreamingRestApi
from tests.constructs.access.authorized_api import api_with
from tests.support.synthesis import new_function, resources, synthesize


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        ({}, ["/prod/*/*"]),
        ({"path": "/jobs/{id}"}, ["/prod/*/jobs/*"]),
        ({"path": "/files/{rest+}", "methods": ["get"]}, ["/prod/GET/files/*"]),
        ({"path": "/", "methods": ["POST", "GET"]}, ["/prod/GET/", "/prod/POST/"]),
        ({"methods": ["GET", "ANY"]}, ["/prod/*/*"]),
    ],
)
def test_a_principal_may_call_the_granted_routes(
    stack: Stack, options: dict[str, Any], ends: list[str]
) -> None:
    """The grant is for this stage. Path variables match any text."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), authorizer=Authorizer.iam())
    caller = aws_iam.User(stack, "Caller")

    grant = api.grant_execute(caller, **options)

    (policy,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in resources(synthesize(stack), "AWS::IAM::Policy").values()
        if "Caller" in json.dumps(policy)
    )
    listed = policy[0]["Resource"]
    listed = listed if isinstance(listed, list) else [listed]
    assert grant.success
    assert policy[0]["Action"] == "execute-api:Invoke"
    assert [arn["Fn::Join"][1][-1] for arn in listed] == ends


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": "GET"}, "methods is 'GET', not a list"),
        ({"methods": []}, "methods is [], not a list"),
        ({"methods": ["TRACE"]}, "methods is ['TRACE']"),
        ({"path": "jobs"}, "the path is 'jobs'"),
    ],
)
def test_an_empty_grant_is_an_error(stack: Stack, options: dict[str, Any], words: str) -> None:
    """No policy changes."""
    api = api_with(stack, authorizer=Authorizer.iam())

    with pytest.raises(ValueError, match="nothing was granted") as rejected:
        api.grant_execute(aws_iam.User(stack, "Caller"), **options)

    assert words in str(rejected.value)

"""Function ARNs, and texts that only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.function_arn import FunctionArn, parse_function_arn

PARTITIONS = {
    "aws": "eu-west-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-eusc": "eusc-de-east-1",
}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_function_arn_is_read_in_every_partition(partition: str) -> None:
    """It has the Region, which the URI of an integration needs, and the account."""
    region = PARTITIONS[partition]

    assert parse_function_arn(f"arn:{partition}:lambda:{region}:111122223333:function:chat") == (
        FunctionArn(partition=partition, region=region, account="111122223333", name="chat")
    )


@pytest.mark.parametrize("qualifier", ["live", "7", "$LATEST", "blue_green-2"])
def test_a_version_or_alias_is_its_qualifier(qualifier: str) -> None:
    """`$LATEST` is a qualifier, too."""
    parsed = parse_function_arn(f"arn:aws:lambda:eu-west-1:111122223333:function:chat:{qualifier}")

    assert parsed is not None
    assert parsed.qualifier == qualifier


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "chat",
        "111122223333:function:chat",
        "arn:aws:s3:::bucket",
        "arn:aws:lambda:eu-west-1:111122223333:layer:chat:1",
        "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:chat",
        "arn:aws:lambda:eu-west-1:111122223333:function:",
        "arn:aws:lambda:eu-west-1:111122223333:function:chat:",
        "arn:aws:lambda:eu-west-1:111122223333:function:chat:live:more",
        "arn:aws:lambda:eu-west-1:111122223333:function:chat/live",
        "arn:aws:lambda:eu-west-1:111122223333:function:" + "a" * 141,
        "https://abc.lambda-url.eu-west-1.on.aws/",
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/x/invocations",
    ],
)
def test_other_arns_and_names_are_not_function_arns(arn: str) -> None:
    """Other resources, function URLs, integration URIs, names, and partial ARNs."""
    assert parse_function_arn(arn) is None


NAME = st.from_regex(r"[A-Za-z0-9_-]{1,140}", fullmatch=True)
QUALIFIER = st.none() | st.just("$LATEST") | st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True)


@given(name=NAME, qualifier=QUALIFIER)
def test_every_legal_name_and_qualifier_is_read_back(name: str, qualifier: str | None) -> None:
    """The names of functions, versions and aliases that Lambda allows."""
    arn = f"arn:aws:lambda:eu-west-1:111122223333:function:{name}"
    parsed = parse_function_arn(arn if qualifier is None else f"{arn}:{qualifier}")

    assert parsed is not None
    assert (parsed.name, parsed.qualifier) == (name, qualifier)

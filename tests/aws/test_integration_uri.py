"""The URI of a Lambda integration has the transfer mode twice, and both must agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.integration_uri import (
    IntegrationUri,
    TransferMode,
    parse_integration_uri,
)

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:chat:live"
STREAMED = (
    f"arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{ARN}"
    "/response-streaming-invocations"
)
BUFFERED = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ARN}/invocations"


@pytest.mark.parametrize(
    ("mode", "text"),
    [(TransferMode.STREAM, STREAMED), (TransferMode.BUFFERED, BUFFERED)],
)
def test_a_uri_is_written_as_aws_documents_it(mode: TransferMode, text: str) -> None:
    """API version and action follow from the transfer mode."""
    uri = IntegrationUri(partition="aws", region="eu-west-1", function_arn=ARN, transfer_mode=mode)

    assert str(uri) == text


NO_SEPARATOR = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)


@given(
    partition=NO_SEPARATOR,
    region=NO_SEPARATOR,
    name=st.from_regex(r"[A-Za-z0-9_-]{1,140}(:[A-Za-z0-9_$-]{1,20})?", fullmatch=True),
    mode=st.sampled_from(TransferMode),
)
def test_a_written_uri_is_read_back(
    partition: str, region: str, name: str, mode: TransferMode
) -> None:
    """The test covers every partition, Region, function and mode."""
    uri = IntegrationUri(
        partition=partition,
        region=region,
        function_arn=f"arn:{partition}:lambda:{region}:111122223333:function:{name}",
        transfer_mode=mode,
    )

    assert parse_integration_uri(str(uri)) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        ARN,
        STREAMED.replace("2021-11-15", "2015-03-31"),
        BUFFERED.replace("2015-03-31", "2021-11-15"),
        STREAMED + "/",
        STREAMED.replace(ARN, ""),
        STREAMED.replace(":lambda:path", ":s3:path"),
        f"arn:aws:apigateway:eu-west-1:lambda:action/Invoke&FunctionName={ARN}",
        "https://app.example/stream",
    ],
)
def test_another_version_or_action_is_not_an_integration_uri(uri: str) -> None:
    """The 2015 version does not stream, and the 2021 version only streams."""
    assert parse_integration_uri(uri) is None

"""A function of this library is told of an API's CORS; any other is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct import PythonWebFunction, StreamingRestApi
from tests.support.synthesis import new_function, resources, synthesize

CORS = CorsOptions(allow_origins=["https://app.example"], allow_credentials=True)


@pytest.fixture
def ours(stack: Stack, tmp_path: Path) -> PythonWebFunction:
    """A web function without requirements, so that nothing is installed."""
    (tmp_path / "app.py").write_text("app = None\n")
    return PythonWebFunction(
        stack, "Web", entry=tmp_path, command=["python", "-m", "http.server", "$AWS_LWA_PORT"]
    )


def environment(stack: Stack) -> dict[str, Any]:
    (function,) = resources(synthesize(stack), "AWS::Lambda::Function").values()
    found: dict[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return {name: value for name, value in found.items() if name.startswith("CORS_")}


def test_a_web_function_is_told(stack: Stack, ours: PythonWebFunction) -> None:
    """What the preflight says, its environment says."""
    StreamingRestApi(stack, "Api", handler=ours, cors=CORS)

    found = environment(stack)
    assert found["CORS_ALLOW_ORIGINS"] == "https://app.example"
    assert found["CORS_ALLOW_CREDENTIALS"] == "true"


def test_it_is_told_through_its_alias(stack: Stack, ours: PythonWebFunction) -> None:
    """The version behind an alias has the environment of its function."""
    StreamingRestApi(stack, "Api", handler=ours.add_alias("live"), cors=CORS)

    assert environment(stack)["CORS_ALLOW_ORIGINS"] == "https://app.example"


def test_a_function_of_another_kind_is_left_alone(stack: Stack) -> None:
    """Its environment belongs to the caller."""
    StreamingRestApi(stack, "Api", handler=new_function(stack), cors=CORS)

    assert environment(stack) == {}


def test_two_apis_may_share_it_if_they_agree(stack: Stack, ours: PythonWebFunction) -> None:
    """The environment says the same for both."""
    StreamingRestApi(stack, "One", handler=ours, cors=CORS)
    StreamingRestApi(stack, "Other", handler=ours, cors=CORS, cloud_watch_role=False)

    assert environment(stack)["CORS_ALLOW_ORIGINS"] == "https://app.example"


def test_two_apis_that_disagree_are_refused(stack: Stack, ours: PythonWebFunction) -> None:
    """It can answer as one of them only."""
    StreamingRestApi(stack, "One", handler=ours, cors=CORS)

    with pytest.raises(ValueError, match="another API with different cors has the same function"):
        StreamingRestApi(
            stack,
            "Other",
            handler=ours,
            cors=CorsOptions(allow_origins=["*"]),
            cloud_watch_role=False,
        )

    assert len(resources(synthesize(stack), "AWS::ApiGateway::RestApi")) == 1

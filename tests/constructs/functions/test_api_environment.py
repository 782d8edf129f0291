"""Functions of this library receive the CORS options of an API. Other functions do not."""

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
def web_function(stack: Stack, tmp_path: Path) -> PythonWebFunction:
    """A web function without requirements, so that nothing is installed."""
    (tmp_path / "app.py").write_text("app = None\n")
    return PythonWebFunction(
        stack, "Web", entry=tmp_path, command=["python", "-m", "http.server", "$AWS_LWA_PORT"]
    )


def environment(stack: Stack) -> dict[str, Any]:
    (function,) = resources(synthesize(stack), "AWS::Lambda::Function").values()
    variables: dict[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return {name: value for name, value in variables.items() if name.startswith("CORS_")}


def test_a_web_function_receives_the_cors_options(
    stack: Stack, web_function: PythonWebFunction
) -> None:
    """Its variables have the values of the preflight."""
    StreamingRestApi(stack, "Api", handler=web_function, cors=CORS)

    variables = environment(stack)
    assert variables["CORS_ALLOW_ORIGINS"] == "https://app.example"
    assert variables["CORS_ALLOW_CREDENTIALS"] == "true"


def test_a_function_behind_an_alias_receives_the_cors_options(
    stack: Stack, web_function: PythonWebFunction
) -> None:
    """A version has the environment of its function."""
    StreamingRestApi(stack, "Api", handler=web_function.add_alias("live"), cors=CORS)

    assert environment(stack)["CORS_ALLOW_ORIGINS"] == "https://app.example"


def test_a_function_of_another_kind_is_unchanged(stack: Stack) -> None:
    """Its environment belongs to the user."""
    StreamingRestApi(stack, "Api", handler=new_function(stack), cors=CORS)

    assert environment(stack) == {}


def test_two_apis_with_equal_cors_may_share_a_function(
    stack: Stack, web_function: PythonWebFunction
) -> None:
    """The variables have the same values for both."""
    StreamingRestApi(stack, "One", handler=web_function, cors=CORS)
    StreamingRestApi(stack, "Other", handler=web_function, cors=CORS, cloud_watch_role=False)

    assert environment(stack)["CORS_ALLOW_ORIGINS"] == "https://app.example"


def test_two_apis_with_different_cors_cannot_share_a_function(
    stack: Stack, web_function: PythonWebFunction
) -> None:
    """The function can respond for only one of them."""
    StreamingRestApi(stack, "One", handler=web_function, cors=CORS)

    with pytest.raises(ValueError, match="another API with different cors has the same function"):
        StreamingRestApi(
            stack,
            "Other",
            handler=web_function,
            cors=CorsOptions(allow_origins=["*"]),
            cloud_watch_role=False,
        )

    assert len(resources(synthesize(stack), "AWS::ApiGateway::RestApi")) == 1

"""A token is accepted where only CloudFormation needs the value, and is else an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk.aws_apigateway import CorsOptions, DomainNameOptions, StageOptions, ThrottleSettings
from aws_cdk.aws_certificatemanager import Certificate
from constructs import Construct

from streaming_construct import (
    ManagedWebAcl,
    ResourcePolicy,
    StreamingRestApi,
    TraceSampling,
    WebAdapter,
)
from tests.support.synthesis import new_function, only, synthesize

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/0f"


def text(scope: Construct) -> str:
    return CfnParameter(scope, "Text").value_as_string


def number(scope: Construct) -> int:
    value: Any = CfnParameter(scope, "Number", type="Number").value_as_number
    return value  # type: ignore[no-any-return] # jsii declares a number as either


def texts(scope: Construct) -> list[str]:
    return CfnParameter(scope, "Texts", type="CommaDelimitedList").value_as_list


def create_domain(stack: Stack) -> DomainNameOptions:
    certificate = Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    return DomainNameOptions(
        domain_name="api.example.com", certificate=certificate, base_path=text(stack)
    )


API_OPTIONS: dict[str, Callable[[Stack], dict[str, Any]]] = {
    "stage_name": lambda stack: {"deploy_options": StageOptions(stage_name=text(stack))},
    "base_path": lambda stack: {"domain_name": create_domain(stack)},
    "allow_origins": lambda stack: {"cors": CorsOptions(allow_origins=texts(stack))},
    "allow_methods": lambda stack: {
        "cors": CorsOptions(allow_origins=["*"], allow_methods=[text(stack)])
    },
    "allow_headers": lambda stack: {
        "cors": CorsOptions(allow_origins=["*"], allow_headers=[text(stack)])
    },
    "expose_headers": lambda stack: {
        "cors": CorsOptions(allow_origins=["*"], expose_headers=texts(stack))
    },
    "rate_limit": lambda stack: {"web_acl": ManagedWebAcl(rate_limit=number(stack))},
}


@pytest.mark.parametrize("option", API_OPTIONS)
def test_a_token_that_the_api_must_know_is_named(option: str, stack: Stack) -> None:
    """The message names the construct and the option, and not the text of the token."""
    with pytest.raises(ValueError, match="nothing was created") as error:
        StreamingRestApi(stack, "Api", handler=new_function(stack), **API_OPTIONS[option](stack))

    (problem,) = str(error.value).splitlines()[1:]
    assert f": {option} is a token." in problem
    assert "known at synth" in problem
    assert "Token[" not in problem


@pytest.mark.parametrize(
    ("option", "create"),
    [
        ("methods", lambda api: api.add_route("/x", methods=[text(api)])),
        (
            "rate_limit",
            lambda api: api.add_route(
                "/x", throttle=ThrottleSettings(rate_limit=number(api), burst_limit=1)
            ),
        ),
        ("fixed_rate", lambda api: TraceSampling(api, "S", api=api, fixed_rate=number(api))),
        ("priority", lambda api: TraceSampling(api, "S", api=api, priority=number(api))),
        ("port", lambda api: WebAdapter(port=number(api))),
        ("readiness_check_path", lambda api: WebAdapter(readiness_check_path=text(api))),
        ("remove_base_path", lambda api: WebAdapter(remove_base_path=text(api))),
    ],
)
def test_a_token_that_a_route_or_a_companion_must_know_is_named(
    option: str, create: Callable[[StreamingRestApi], object], stack: Stack
) -> None:
    """The range of a token is unknown, and so is a path that begins with it."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))

    with pytest.raises(ValueError, match=f"{option} is a token") as error:
        create(api)

    assert len(str(error.value).splitlines()) == 2
    assert "e+289" not in str(error.value)


def test_a_list_of_a_parameter_is_a_source(stack: Stack) -> None:
    """CloudFormation resolves it to a list of addresses."""
    StreamingRestApi(
        stack, "Api", handler=new_function(stack), policy=ResourcePolicy(source_ips=texts(stack))
    )

    _, denial = only(synthesize(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert denial["Condition"] == {"NotIpAddress": {"aws:SourceIp": {"Ref": "Texts"}}}

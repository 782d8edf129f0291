"""A custom domain name: certificate, base path, DNS record, mutual TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as Annotated
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import (
    DomainNameOptions,
    EndpointAccessMode,
    EndpointConfiguration,
    EndpointType,
    MTLSConfig,
    SecurityPolicy,
)
from aws_cdk.aws_certificatemanager import Certificate, ICertificate
from aws_cdk.aws_route53 import HostedZone, IHostedZone
from aws_cdk.aws_s3 import Bucket

from streaming_construct import (
    PythonStreamingFunction,
    StreamingRestApi,
    WebAdapter,
)
from tests.support.synthesis import new_function, new_stack, only, resources, synthesize

DOMAIN = "AWS::ApiGateway::DomainName"
STRIPPED = "AWS_LWA_REMOVE_BASE_PATH"


@pytest.fixture
def stack() -> Stack:
    """A stack whose Region is known."""
    return new_stack(account="111122223333", region="eu-west-1")


def certificate(stack: Stack, region: str = "eu-west-1") -> ICertificate:
    arn = f"arn:aws:acm:{region}:111122223333:certificate/0f"
    return Certificate.from_certificate_arn(stack, "Certificate", arn)


def domain(stack: Stack, **more: Any) -> DomainNameOptions:
    arguments = {"domain_name": "api.example.com", **more}
    return DomainNameOptions(
        certificate=arguments.pop("certificate", certificate(stack)), **arguments
    )


def zone(stack: Stack, name: str = "example.com") -> IHostedZone:
    return HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z1", zone_name=name
    )


def trust_store(stack: Stack) -> MTLSConfig:
    bucket = Bucket.from_bucket_name(stack, "Trust", "trust")
    return MTLSConfig(bucket=bucket, key="clients.pem", version="v7")


def api(stack: Stack, **options: Any) -> StreamingRestApi:
    handler = options.pop("handler", None) or new_function(stack)
    return StreamingRestApi(stack, "Api", handler=handler, **options)


def test_the_domain_name_is_regional_and_maps_to_the_stage(stack: Stack) -> None:
    """It requires TLS 1.2, and the URLs of the construct have it."""
    rest_api = api(stack, domain_name=domain(stack, base_path="v1"))

    template = synthesize(stack)
    domain_name = only(template, DOMAIN)
    assert domain_name["SecurityPolicy"] == "TLS_1_2"
    assert domain_name["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    mapping = only(template, "AWS::ApiGateway::BasePathMapping")
    assert mapping["BasePath"] == "v1"
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    assert mapping["Stage"] == {"Ref": stage}
    assert rest_api.url == "https://api.example.com/v1/"
    assert rest_api.url_for_path("/chat") == "https://api.example.com/v1/chat"


def test_without_a_base_path_the_url_is_that_of_the_domain_name(stack: Stack) -> None:
    """Functions receive paths unchanged."""
    rest_api = api(stack, domain_name=domain(stack))

    assert rest_api.url == "https://api.example.com/"
    assert rest_api.url_for_path("/chat") == "https://api.example.com/chat"
    with pytest.raises(ValueError, match="must begin with a slash"):
        rest_api.url_for_path("chat")


def test_a_hosted_zone_gets_an_alias_record(stack: Stack) -> None:
    """It points to the target of the domain name, with the full name."""
    api(stack, domain_name=domain(stack), hosted_zone=zone(stack))

    template = synthesize(stack)
    record = only(template, "AWS::Route53::RecordSet")
    (logical_id,) = resources(template, DOMAIN)
    assert (record["Name"], record["Type"]) == ("api.example.com.", "A")
    assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": [logical_id, "RegionalDomainName"]}


def test_mutual_tls_disables_the_execute_api_endpoint(stack: Stack) -> None:
    """This endpoint would accept callers without a certificate."""
    api(stack, domain_name=domain(stack, mtls=trust_store(stack)))

    template = synthesize(stack)
    assert only(template, DOMAIN)["MutualTlsAuthentication"] == {
        "TruststoreUri": "s3://trust/clients.pem",
        "TruststoreVersion": "v7",
    }
    assert only(template, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True


def test_an_execute_api_endpoint_beside_mutual_tls_gets_a_warning(stack: Stack) -> None:
    """Its id can be acknowledged."""
    rest_api = api(
        stack,
        domain_name=domain(stack, mtls=trust_store(stack)),
        disable_execute_api_endpoint=False,
    )

    Annotated.from_stack(stack).has_warning("/Stack/Api", Match.string_like_regexp("certificate"))
    Annotations.of(rest_api).acknowledge_warning(
        "streaming-construct:mutual-tls-bypassed", "moving"
    )


def test_the_execute_api_endpoint_can_be_disabled_without_mutual_tls(stack: Stack) -> None:
    """By default it is not set."""
    api(stack, domain_name=domain(stack), disable_execute_api_endpoint=True)
    open_one = new_stack()
    api(open_one)

    closed = only(synthesize(stack), "AWS::ApiGateway::RestApi")
    assert closed["DisableExecuteApiEndpoint"] is True
    assert "DisableExecuteApiEndpoint" not in only(synthesize(open_one), "AWS::ApiGateway::RestApi")


def test_enhanced_security_policies_apply_to_the_domain_and_the_api(stack: Stack) -> None:
    """They have API Gateway's names, each with its access mode."""
    newer = {
        "security_policy": SecurityPolicy.TLS13_1_3_2025_09,
        "endpoint_access_mode": EndpointAccessMode.STRICT,
    }
    api(stack, domain_name=domain(stack, **newer), **newer)

    template = synthesize(stack)
    for kind in (DOMAIN, "AWS::ApiGateway::RestApi"):
        properties = only(template, kind)
        assert properties["SecurityPolicy"] == "SecurityPolicy_TLS13_1_3_2025_09"
        assert properties["EndpointAccessMode"] == "STRICT"


@pytest.mark.parametrize(
    ("region", "policy"),
    [
        ("eu-west-1", SecurityPolicy.TLS_1_2),
        ("eu-west-1", SecurityPolicy.TLS13_1_2_PQ_2025_09),
    ],
)
def test_a_security_policy_is_written_as_api_gateway_names_it(
    region: str, policy: SecurityPolicy
) -> None:
    """The older names have no prefix."""
    stack = new_stack(region=region)
    mode = None if policy is SecurityPolicy.TLS_1_2 else EndpointAccessMode.BASIC
    api(stack, security_policy=policy, endpoint_access_mode=mode)

    security_policy = only(synthesize(stack), "AWS::ApiGateway::RestApi")["SecurityPolicy"]
    assert security_policy == ("" if mode is None else "SecurityPolicy_") + policy.value


NEWER = SecurityPolicy.TLS13_1_3_2025_09
STRICT = EndpointAccessMode.STRICT
REJECTED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"domain_name": "API.example.com"}, {}, "not a name that API Gateway takes"),
    ({"domain_name": "https://example.com"}, {}, "not a name that API Gateway takes"),
    ({"base_path": "/v1"}, {}, "'/v1' is not a base path"),
    ({"base_path": "v1/"}, {}, "'v1/' is not a base path"),
    ({"base_path": ""}, {}, "'' is not a base path"),
    ({"base_path": "a//b"}, {}, "'a//b' is not a base path"),
    ({"base_path": "a b"}, {}, "'a b' is not a base path"),
    ({"endpoint_type": EndpointType.EDGE}, {}, "certificate is in eu-west-1.* in us-east-1"),
    ({"base_path": "a/b", "endpoint_type": EndpointType.EDGE}, {}, "has several levels"),
    ({"security_policy": NEWER}, {}, "the domain name: .* needs an endpoint access mode"),
    ({"endpoint_access_mode": STRICT}, {}, "an endpoint access mode requires a policy"),
    (
        {"security_policy": SecurityPolicy.TLS13_2025_EDGE, "endpoint_access_mode": STRICT},
        {},
        "SecurityPolicy_TLS13_2025_EDGE is not for an endpoint of type REGIONAL",
    ),
    (
        {},
        {"endpoint_configuration": EndpointConfiguration(types=[EndpointType.PRIVATE])},
        "a private API cannot be mapped",
    ),
    ({}, {"security_policy": NEWER}, "the API: .* needs an endpoint access mode"),
    (
        {},
        {
            "endpoint_configuration": EndpointConfiguration(types=[EndpointType.EDGE]),
            "security_policy": NEWER,
        },
        "is not for an endpoint of type EDGE",
    ),
    (
        {"security_policy": NEWER, "endpoint_access_mode": STRICT},
        {"endpoint_configuration": EndpointConfiguration(types=[EndpointType.EDGE])},
        "STRICT rejects requests",
    ),
]


@pytest.mark.parametrize(("of_domain", "of_api", "message"), REJECTED)
def test_options_that_api_gateway_rejects_are_an_error(
    stack: Stack, of_domain: dict[str, Any], of_api: dict[str, Any], message: str
) -> None:
    """No resource is created."""
    with pytest.raises(ValueError, match=message):
        api(stack, domain_name=domain(stack, **of_domain), **of_api)

    assert resources(synthesize(stack), DOMAIN) == {}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"security_policy": NEWER, "endpoint_access_mode": STRICT}, "cannot be combined"),
        ({"endpoint_type": EndpointType.EDGE}, "needs a Regional domain name"),
    ],
)
def test_mutual_tls_has_conditions(stack: Stack, more: dict[str, Any], message: str) -> None:
    """It requires a Regional domain name, and no enhanced policy."""
    with pytest.raises(ValueError, match=message):
        api(stack, domain_name=domain(stack, mtls=trust_store(stack), **more))


def test_the_hosted_zone_must_contain_the_domain_name(stack: Stack) -> None:
    """No client would find a record in another zone."""
    with pytest.raises(ValueError, match="is not within the hosted zone"):
        api(stack, domain_name=domain(stack), hosted_zone=zone(stack, "example.org"))


def test_a_hosted_zone_without_a_domain_name_is_an_error(stack: Stack) -> None:
    """No record would be created."""
    with pytest.raises(ValueError, match="no name to put into it"):
        api(stack, hosted_zone=zone(stack))


def test_a_certificate_of_the_stack_is_in_its_region(stack: Stack) -> None:
    """Its ARN is a token. Its Region is that of its stack."""
    stack_certificate = Certificate(stack, "Own", domain_name="api.example.com")

    api(stack, domain_name=domain(stack, certificate=stack_certificate))

    assert only(synthesize(stack), DOMAIN)["RegionalCertificateArn"]


class TestBasePath:
    def test_the_web_adapter_removes_the_base_path(self, stack: Stack) -> None:
        """The function that it is attached to does not matter."""
        function = adapted(stack)
        api(stack, handler=function, domain_name=domain(stack, base_path="chat/v1"))

        assert variables(stack)[STRIPPED] == "/chat/v1"

    def test_an_equal_base_path_of_the_adapter_is_no_conflict(self, stack: Stack) -> None:
        """A value that is set already stays."""
        function = adapted(stack, remove_base_path="/v1")
        api(stack, handler=function, domain_name=domain(stack, base_path="v1"))

        assert variables(stack)[STRIPPED] == "/v1"

    def test_two_base_paths_of_one_adapter_are_an_error(self, stack: Stack) -> None:
        """A function with two base paths would receive one of them."""
        function = adapted(stack)
        api(stack, handler=function, domain_name=domain(stack, base_path="v1"))

        with pytest.raises(ValueError, match="the function has AWS_LWA_REMOVE_BASE_PATH=/v1"):
            StreamingRestApi(
                stack,
                "Other",
                handler=function,
                domain_name=DomainNameOptions(
                    domain_name="other.example.com",
                    base_path="v2",
                    certificate=Certificate.from_certificate_arn(
                        stack, "Two", "arn:aws:acm:eu-west-1:111122223333:certificate/0e"
                    ),
                ),
            )

    def test_a_function_without_the_adapter_is_unchanged(self, stack: Stack) -> None:
        """Its handler reads the path from the event."""
        api(stack, domain_name=domain(stack, base_path="v1"))

        (function,) = resources(synthesize(stack), "AWS::Lambda::Function").values()
        assert "Environment" not in function["Properties"]

    def test_the_streaming_runtime_receives_the_base_path(
        self, stack: Stack, tmp_path: Path
    ) -> None:
        """It mounts the app there."""
        (tmp_path / "app.py").write_text("app = None\n")
        function = PythonStreamingFunction(stack, "Web", entry=tmp_path, handler="app:app")
        api(stack, handler=function, domain_name=domain(stack, base_path="v1"))

        assert variables(stack)["STREAMING_BASE_PATH"] == "/v1"

    def test_an_equal_base_path_of_the_streaming_runtime_is_no_conflict(
        self, stack: Stack, tmp_path: Path
    ) -> None:
        """Slashes do not matter. Another path is a conflict."""
        (tmp_path / "index.py").write_text("def handler(event, context): yield\n")
        environment = {"STREAMING_BASE_PATH": "v1"}
        function = PythonStreamingFunction(stack, "Words", entry=tmp_path, environment=environment)
        api(stack, handler=function, domain_name=domain(stack, base_path="v1"))

        assert variables(stack)["STREAMING_BASE_PATH"] == "v1"


def adapted(stack: Stack, **settings: Any) -> lambda_.Function:
    function = new_function(stack)
    WebAdapter(**settings).attach(function)
    return function


def variables(stack: Stack) -> dict[str, str]:
    environment_variables: dict[str, str] = only(synthesize(stack), "AWS::Lambda::Function")[
        "Environment"
    ]["Variables"]
    return environment_variables

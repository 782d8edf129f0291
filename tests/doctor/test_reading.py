"""A deployed API is read like its template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.deployed.client import AwsClient
from streaming_construct.doctor.target import DeployedTarget, resolve_target
from streaming_construct.model.api import EndpointType
from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.usage_plans import Quota, QuotaPeriod, Throttle
from tests.doctor.live_api import ACCOUNT, LiveApi, function_arn
from tests.support.emulator import REGION, Emulator

POOL = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_pool"


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> AwsClient:
    """The emulator's account."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, emulator.environment[name])
    return AwsClient(region=REGION)


def read(aws: AwsClient, live: LiveApi) -> DeployedTarget:
    return resolve_target(aws, api=live.api_id, stack=None, stage=None, seconds=60)


def test_a_streamed_route_is_read_with_its_function(aws: AwsClient, live: LiveApi) -> None:
    """It has every property of the integration."""
    model = read(aws, live).declaration.api

    (route,) = model.routes
    assert str(route) == "POST /chat"
    assert route.integration.transfer_mode is TransferMode.STREAM
    assert route.integration.timeout_ms == 300_000
    assert route.integration.credentials == live.role
    assert route.integration.function == live.name
    assert model.endpoint_type is EndpointType.REGIONAL
    assert model.stage.name == "prod"
    assert model.stage.throttle == Throttle(rate=100, burst=50)
    assert '"$context.integration.responseTransferMode"' in str(model.stage.access_log_format)


def test_a_function_is_read_with_its_configuration(aws: AwsClient, live: LiveApi) -> None:
    """Environment and layers are included."""
    layer = f"arn:aws:lambda:{REGION}:753240598075:layer:LambdaAdapterLayerArm64:30"
    client = live.emulator.client("lambda")
    client.update_function_configuration(
        FunctionName=live.name,
        Environment={"Variables": {"AWS_LWA_INVOKE_MODE": "response_stream"}},
        Layers=[layer],
    )
    client.put_function_concurrency(FunctionName=live.name, ReservedConcurrentExecutions=7)

    function = read(aws, live).declaration.api.functions[live.name]

    assert function.arn == function_arn(live.name)
    assert function.origin.arn == function_arn(live.name)
    assert function.runtime == "nodejs24.x"
    assert function.architecture == "arm64"
    assert (function.timeout_seconds, function.memory_mb) == (300, 256)
    assert function.environment == {"AWS_LWA_INVOKE_MODE": "response_stream"}
    assert [layer.arn for layer in function.layers] == [layer]
    assert function.reserved_concurrency == 7


def test_authorizers_and_api_keys_are_read(aws: AwsClient, live: LiveApi) -> None:
    """An authorizer has its pool. An API key has its plan, but not its value."""
    gateway = live.emulator.client("apigateway")
    authorizer = gateway.create_authorizer(
        restApiId=live.api_id,
        name="users",
        type="COGNITO_USER_POOLS",
        providerARNs=[POOL],
        identitySource="method.request.header.Authorization",
    )["id"]
    gateway.update_method(
        restApiId=live.api_id,
        resourceId=live.chat_id,
        httpMethod="POST",
        patchOperations=[
            {"op": "replace", "path": "/authorizationType", "value": "COGNITO_USER_POOLS"},
            {"op": "replace", "path": "/authorizerId", "value": authorizer},
        ],
    )
    plan = gateway.create_usage_plan(
        name="free",
        apiStages=[{"apiId": live.api_id, "stage": "prod"}],
        throttle={"rateLimit": 5, "burstLimit": 2},
        quota={"limit": 100, "period": "DAY"},
    )["id"]
    key = gateway.create_api_key(name="somebody", enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")

    model = read(aws, live).declaration.api

    access = model.routes[0].access
    assert access.authorizer is not None
    assert access.authorizer.type is AuthorizerType.COGNITO
    assert access.authorizer.user_pools == (POOL,)
    assert access.authorizer.unresolved == {}
    (usage_plan,) = model.usage_plans
    assert usage_plan.throttle == Throttle(rate=5, burst=2)
    assert usage_plan.quota == Quota(limit=100, period=QuotaPeriod.DAY)
    assert [(api_key.name, api_key.value) for api_key in usage_plan.api_keys] == [
        ("somebody", None)
    ]


def test_customized_gateway_responses_are_read(aws: AwsClient, live: LiveApi) -> None:
    """The defaults of every API are not."""
    live.emulator.client("apigateway").put_gateway_response(
        restApiId=live.api_id,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )

    (kind,) = (responses := read(aws, live).declaration.api.gateway_responses)

    assert kind == "DEFAULT_5XX"
    assert responses[kind].headers == {"Access-Control-Allow-Origin": "'*'"}


def permissions(patient: DeployedTarget) -> list[Mapping[str, Any]]:
    resources = patient.deployed.stack.template["Resources"].values()
    return [
        resource["Properties"]
        for resource in resources
        if resource["Type"] == "AWS::Lambda::Permission"
    ]


def test_permissions_of_a_function_are_read(aws: AwsClient, live: LiveApi) -> None:
    """Each statement of its resource policy, with its conditions."""
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{live.api_id}/prod/POST/chat"
    live.emulator.client("lambda").add_permission(
        FunctionName=live.name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )

    (permission,) = permissions(read(aws, live))

    assert permission == {
        "FunctionName": function_arn(live.name),
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }


def test_an_alias_is_read_with_its_published_version(aws: AwsClient, live: LiveApi) -> None:
    """A later change of the function does not matter."""
    client = live.emulator.client("lambda")
    version = client.publish_version(FunctionName=live.name)["Version"]
    client.create_alias(FunctionName=live.name, Name="live", FunctionVersion=version)
    client.update_function_configuration(FunctionName=live.name, Timeout=60)
    live.update_integration(uri=live.uri.replace(live.name, f"{live.name}:live"))

    model = read(aws, live).declaration.api

    assert model.routes[0].integration.qualifier == "live"
    assert model.functions[live.name].timeout_seconds == 300

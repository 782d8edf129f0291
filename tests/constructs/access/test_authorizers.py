"""Authorizers, API keys, usage plans and request validation in the template of a construct."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import (
    Acknowledgment,
    Duration,
    SecretValue,
    Stack,
    Validations,
    aws_cognito,
    aws_iam,
    aws_secretsmanager,
)
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as AnnotationsFound
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import (
    ApiKeySourceType,
    CorsOptions,
    IdentitySource,
    Period,
    QuotaSettings,
    RequestValidatorOptions,
    ThrottleSettings,
)

from streaming_construct import Authorizer, OpenApi, OpenApiOptions, RouteOptions, StreamingRestApi
from streaming_construct.constructs.rest_api.shared_operations import MIN_OCCURRENCES
from tests.constructs.rest_api.test_jsii_calls import count_calls
from tests.openapi.conversion.import_rules import findings as import_findings
from tests.support.synthesis import (
    Template,
    body_of,
    new_function,
    new_stack,
    only,
    resources,
    synthesize,
)

ANY = "x-amazon-apigateway-any-method"
AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTHTYPE = "x-amazon-apigateway-authtype"
VALIDATOR = "x-amazon-apigateway-request-validator"
ROOT = Path(__file__).parents[3]
POOL_ARN = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"
BODY_AND_PARAMETERS = RequestValidatorOptions(
    validate_request_body=True, validate_request_parameters=True
)


@pytest.fixture(scope="module")
def several() -> Template:
    """The template of an API with a route for each kind of authorization."""
    return synthesize_several()


def synthesize_several() -> Template:
    """Synthesize a stack whose API has a route for each authorizer."""
    stack = new_stack()
    guard = new_function(stack, "Guard")
    users = aws_cognito.UserPool(stack, "Users")
    signed_in = Authorizer.cognito(users)
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        authorizer=signed_in,
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    api.add_route("/same", methods=["GET"], authorizer=signed_in)
    api.add_route(
        "/scoped", methods=["GET"], authorizer=Authorizer.cognito(users, scopes=["chat/read"])
    )
    api.add_route("/open", methods=["GET"], authorizer=Authorizer.none())
    api.add_route("/signed/{id}", methods=["GET", "OPTIONS"], authorizer=Authorizer.iam())
    api.add_route("/own-preflight", methods=["GET", "OPTIONS"])
    api.add_route(
        "/token",
        methods=["GET"],
        authorizer=Authorizer.token(
            guard, validation_regex="^Bearer .+$", results_cache_ttl=Duration.minutes(1)
        ),
    )
    api.add_route(
        "/request",
        methods=["GET"],
        authorizer=Authorizer.request(
            guard.current_version,
            identity_sources=[IdentitySource.header("X-T"), IdentitySource.query_string("q")],
        ),
    )
    api.add_route("/metered", methods=["GET"], api_key_required=True)
    secret = aws_secretsmanager.Secret(stack, "Secret")
    api.add_usage_plan(
        "Plan",
        api_keys=[
            api.add_api_key("Made"),
            api.add_api_key("FromSecret", value=secret.secret_value),
            apigateway.ApiKey.from_api_key_id(stack, "Imported", "abcdef0123"),
        ],
        throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
        quota=QuotaSettings(limit=1000, period=Period.MONTH),
        route_throttles={
            "GET /metered": ThrottleSettings(rate_limit=1, burst_limit=2),
            "POST /": ThrottleSettings(rate_limit=3),
        },
    )
    return synthesize(stack)


def security_of(template: Template, path: str, method: str = "get") -> Any:
    return body_of(template)["paths"][path][method].get("security")


def scheme(template: Template, name: str) -> dict[str, Any]:
    definition: dict[str, Any] = body_of(template)["components"]["securitySchemes"][name]
    return definition


class TestAuthorizers:
    def test_an_authorizer_is_one_security_scheme_for_all_its_routes(
        self, several: Template
    ) -> None:
        """Its name has the path of the pool or function. Scopes do not change it."""
        names = body_of(several)["components"]["securitySchemes"].keys()

        assert names == {
            "ApiKey",
            "CognitoUsers",
            "Iam",
            "RequestGuardCurrentVersion",
            "TokenGuard",
        }

    @pytest.mark.parametrize(
        ("path", "method", "security"),
        [
            ("/", ANY, [{"CognitoUsers": []}]),
            ("/{proxy+}", ANY, [{"CognitoUsers": []}]),
            ("/same", "get", [{"CognitoUsers": []}]),
            ("/scoped", "get", [{"CognitoUsers": ["chat/read"]}]),
            ("/open", "get", None),
            ("/signed/{id}", "get", [{"Iam": []}]),
            ("/token", "get", [{"TokenGuard": []}]),
            ("/request", "get", [{"RequestGuardCurrentVersion": []}]),
            ("/metered", "get", [{"CognitoUsers": []}, {"ApiKey": []}]),
        ],
    )
    def test_a_route_has_its_authorizer_or_that_of_the_api(
        self, several: Template, path: str, method: str, security: Any
    ) -> None:
        """`Authorizer.none()` removes it."""
        assert security_of(several, path, method) == security

    @pytest.mark.parametrize("path", ["/", "/{proxy+}", "/metered", "/token", "/own-preflight"])
    def test_no_preflight_is_authorized(self, several: Template, path: str) -> None:
        """Neither that of CORS, nor the OPTIONS route of a function below an API with an
        authorizer."""
        assert security_of(several, path, "options") is None

    def test_an_options_route_may_have_an_authorizer(self, several: Template) -> None:
        """The route names it."""
        assert security_of(several, "/signed/{id}", "options") == [{"Iam": []}]

    def test_iam_is_a_scheme_without_an_authorizer(self, several: Template) -> None:
        """Only the type of the scheme names it."""
        assert scheme(several, "Iam") == {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            AUTHTYPE: "awsSigv4",
        }

    def test_cognito_names_its_pools(self, several: Template) -> None:
        """The scheme has their ARNs, and needs no role."""
        (pool,) = resources(several, "AWS::Cognito::UserPool")

        assert scheme(several, "CognitoUsers") == {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            AUTHTYPE: "cognito_user_pools",
            AUTHORIZER: {
                "type": "cognito_user_pools",
                "providerARNs": [{"Fn::GetAtt": [pool, "Arn"]}],
            },
        }

    def test_a_token_authorizer_is_invoked_by_a_role(self, several: Template) -> None:
        """The scheme has the validation expression and the TTL of cached results."""
        definition = scheme(several, "TokenGuard")[AUTHORIZER]
        uri = definition.pop("authorizerUri")["Fn::Join"][1]

        assert uri[-3] == ":lambda:path/2015-03-31/functions/"
        assert uri[-1] == "/invocations"
        assert definition == {
            "type": "token",
            "authorizerCredentials": {"Fn::GetAtt": [role_id(several), "Arn"]},
            "identityValidationExpression": "^Bearer .+$",
            "authorizerResultTtlInSeconds": 60,
        }

    def test_a_request_authorizer_names_its_sources(self, several: Template) -> None:
        """The identity sources are in order."""
        definition = scheme(several, "RequestGuardCurrentVersion")

        assert definition["name"] == "Unused"
        assert (
            definition[AUTHORIZER]["identitySource"]
            == "method.request.header.X-T, method.request.querystring.q"
        )

    def test_the_role_may_invoke_exactly_the_authorizers(self, several: Template) -> None:
        """The policy names the function and the version. The invoke role of the API names
        neither."""
        functions = [n for n in resources(several, "AWS::Lambda::Function") if "Guard" in n]
        (version,) = resources(several, "AWS::Lambda::Version")
        role = several["Resources"][role_id(several)]["Properties"]
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        integration_role = next(n for n in several["Resources"] if n.startswith("ApiRole"))

        assert statement["Action"] == "lambda:InvokeFunction"
        assert sorted(statement["Resource"], key=str) == [
            {"Fn::GetAtt": [functions[0], "Arn"]},
            {"Ref": version},
        ]
        assert "Guard" not in json.dumps(several["Resources"][integration_role])

    def test_the_body_keeps_to_the_rules_of_the_import(self, several: Template) -> None:
        """Intrinsic functions are replaced by values first."""
        assert import_findings(as_deployed(body_of(several))) == []

    def test_an_api_without_authorizers_has_no_schemes_and_no_role(self, stack: Stack) -> None:
        """Neither schemes nor a role."""
        StreamingRestApi(stack, "Api", handler=new_function(stack))
        template = synthesize(stack)

        assert "components" not in body_of(template)
        assert not [name for name in template["Resources"] if "AuthorizerRole" in name]

    def test_a_given_role_is_assumed(self, stack: Stack) -> None:
        """The role receives the permission to invoke the function."""
        role = aws_iam.Role(
            stack, "Mine", assumed_by=aws_iam.ServicePrincipal("apigateway.amazonaws.com")
        )
        guard = new_function(stack, "Guard")
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            authorizer=Authorizer.token(guard, assume_role=role),
        )
        template = synthesize(stack)
        (mine,) = (name for name in resources(template, "AWS::IAM::Role") if "Mine" in name)
        policies = json.dumps(resources(template, "AWS::IAM::Policy"))

        assert scheme(template, "TokenGuard")[AUTHORIZER]["authorizerCredentials"] == {
            "Fn::GetAtt": [mine, "Arn"]
        }
        assert '"lambda:InvokeFunction"' in policies
        assert not [name for name in template["Resources"] if "AuthorizerRole" in name]

    def test_imported_pools_and_functions_authorize_too(self, stack: Stack) -> None:
        """Their ARNs are unchanged."""
        arn = "arn:aws:lambda:eu-west-1:111122223333:function:guard:live"
        guard = lambda_.Function.from_function_arn(stack, "Guard", arn)
        pool = aws_cognito.UserPool.from_user_pool_arn(stack, "Users", POOL_ARN)
        api = StreamingRestApi(
            stack, "Api", handler=new_function(stack), authorizer=Authorizer.cognito(pool)
        )
        api.add_route("/guarded", authorizer=Authorizer.token(guard))
        template = synthesize(stack)

        assert scheme(template, "CognitoUsers")[AUTHORIZER]["providerARNs"] == [POOL_ARN]
        role = template["Resources"][role_id(template)]["Properties"]
        (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
        assert statement["Resource"] == [arn]

    def test_a_route_added_after_a_synthesis_has_its_authorizer(self, stack: Stack) -> None:
        """Reading the policy of the role before does not matter."""
        first, second = (new_function(stack, name) for name in ("First", "Second"))
        api = StreamingRestApi(
            stack, "Api", handler=new_function(stack), authorizer=Authorizer.token(first)
        )
        synthesize(stack)

        api.add_route("/late", authorizer=Authorizer.token(second))

        template = synthesize(stack)
        role = template["Resources"][role_id(template)]["Properties"]
        (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
        assert len(statement["Resource"]) == 2
        assert security_of(template, "/late", ANY) == [{"TokenSecond": []}]


def role_id(template: Template) -> str:
    role_ids: list[str] = [
        name for name in template["Resources"] if name.startswith("ApiAuthorizer")
    ]
    assert len(role_ids) == 1
    return role_ids[0]


def as_deployed(value: Any) -> Any:
    """Return a body as CloudFormation passes it on: intrinsic functions become values."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return "value"
        return {name: as_deployed(item) for name, item in value.items()}
    return [as_deployed(item) for item in value] if isinstance(value, list) else value


class TestGrantExecute:
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
        self, stack: Stack, options: dict[str, Any], ends: list[str]
    ) -> None:
        """The grant is for this stage. Path variables match any text."""
        api = StreamingRestApi(
            stack, "Api", handler=new_function(stack), authorizer=Authorizer.iam()
        )
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


class TestUsagePlans:
    def test_the_usage_plan_applies_to_the_stage(self, several: Template) -> None:
        """It has its throttle, its quota, and the throttles of routes, the root included."""
        (api,) = resources(several, "AWS::ApiGateway::RestApi")
        (stage,) = resources(several, "AWS::ApiGateway::Stage")

        assert only(several, "AWS::ApiGateway::UsagePlan") == {
            "ApiStages": [
                {
                    "ApiId": {"Ref": api},
                    "Stage": {"Ref": stage},
                    "Throttle": {
                        "/metered/GET": {"RateLimit": 1, "BurstLimit": 2},
                        "//POST": {"RateLimit": 3},
                    },
                }
            ],
            "Quota": {"Limit": 1000, "Period": "MONTH"},
            "Throttle": {"BurstLimit": 10, "RateLimit": 5},
        }

    def test_api_keys_are_created_imported_or_from_a_secret(self, several: Template) -> None:
        """No template contains the value of a secret."""
        keys = resources(several, "AWS::ApiGateway::ApiKey")
        values = [key["Properties"].get("Value") for key in keys.values()]
        members = resources(several, "AWS::ApiGateway::UsagePlanKey").values()

        assert values[0] is None
        assert values[1]["Fn::Join"][1][0] == "{{resolve:secretsmanager:"
        assert [member["Properties"]["KeyId"] for member in members] == [
            *({"Ref": name} for name in keys),
            "abcdef0123",
        ]

    def test_the_api_key_is_in_the_header_by_default(self, several: Template) -> None:
        """The body does not name the source."""
        assert "x-amazon-apigateway-api-key-source" not in body_of(several)

    def test_an_authorizer_may_return_the_api_key(self, stack: Stack) -> None:
        """All routes can require a key."""
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            authorizer=Authorizer.token(new_function(stack, "Guard")),
            api_key_required=True,
            api_key_source_type=ApiKeySourceType.AUTHORIZER,
        )
        api.add_route("/open", methods=["GET"], api_key_required=False)
        api.add_usage_plan("Plan")
        template = synthesize(stack)

        assert body_of(template)["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
        assert security_of(template, "/", ANY) == [{"TokenGuard": []}, {"ApiKey": []}]
        assert security_of(template, "/open") == [{"TokenGuard": []}]

    def test_an_api_key_that_no_authorizer_returns_is_an_error(self, stack: Stack) -> None:
        """On the API's routes, and on an added one."""
        message = "the API takes API keys from authorizers, but the route has no authorizer"
        function = new_function(stack)
        from_authorizer = ApiKeySourceType.AUTHORIZER
        with pytest.raises(ValueError, match=message):
            StreamingRestApi(
                stack,
                "Refused",
                handler=function,
                api_key_required=True,
                api_key_source_type=from_authorizer,
            )
        api = StreamingRestApi(
            stack,
            "Api",
            handler=function,
            proxy=False,
            api_key_required=True,
            api_key_source_type=from_authorizer,
        )
        with pytest.raises(ValueError, match=f"route GET /chat: {message}"):
            api.add_route("/chat", methods=["GET"])

        api.add_route("/chat", authorizer=Authorizer.token(new_function(stack, "Guard")))

    def test_a_document_may_set_the_source_of_the_api_key(self, stack: Stack) -> None:
        """The authorizer of an operation in a document is unknown, and not judged."""
        guard = {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            AUTHORIZER: {"type": "token", "authorizerUri": "arn:aws:apigateway:elsewhere"},
        }
        guarded = {**OPERATION, "security": [{"Guard": []}]}
        document = {
            "openapi": "3.0.1",
            "info": {"title": "Chat", "version": "1"},
            "components": {"securitySchemes": {"Guard": guard}},
            "paths": {"/open": {"get": OPERATION}, "/chat": {"get": guarded}},
        }

        with pytest.raises(ValueError, match="has no authorizer") as refused:
            StreamingRestApi(
                stack,
                "Api",
                handler=new_function(stack),
                openapi=OpenApi.from_dict(document),
                api_key_required=True,
                api_key_source_type=ApiKeySourceType.AUTHORIZER,
            )

        assert "1 problem" in str(refused.value)
        assert "route GET /open" in str(refused.value)

    def test_a_required_key_without_a_usage_plan_fails_the_synthesis(self, stack: Stack) -> None:
        """A plan may be added before."""
        StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)

        with pytest.raises(RuntimeError, match="the app has no usage plan"):
            synthesize(stack)

    @pytest.mark.parametrize("place", ["api", "stack"])
    def test_a_plan_in_another_app_is_acknowledged(self, stack: Stack, place: str) -> None:
        """The construct cannot know of it."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
        acknowledgment = Acknowledgment(
            id="streaming-construct:usage-plan-missing", reason="the plan is in the billing app"
        )
        Validations.of(api if place == "api" else stack).acknowledge(acknowledgment)

        assert security_of(synthesize(stack), "/", ANY) == [{"ApiKey": []}]

    def test_the_acknowledgement_of_another_rule_does_not_count(self, stack: Stack) -> None:
        """Each finding has its id."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
        acknowledgment = Acknowledgment(
            id="streaming-construct:edge-idle-timeout", reason="heartbeats"
        )
        Validations.of(api).acknowledge(acknowledgment)

        with pytest.raises(RuntimeError, match="usage-plan-missing"):
            synthesize(stack)

    def test_a_usage_plan_of_cdk_is_enough(self, stack: Stack) -> None:
        """The plan need not come from this construct."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
        plan = apigateway.UsagePlan(stack, "Plan")
        plan.add_api_stage(api=api.rest_api, stage=api.stage)

        assert security_of(synthesize(stack), "/", ANY) == [{"ApiKey": []}]


OPERATION = {"responses": {"200": {"description": "fine"}}}
PROMPT = {
    **OPERATION,
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "required": ["text"]}}},
    },
}
SEARCH = {**OPERATION, "parameters": [{"name": "q", "in": "query", "required": True}]}


def document(paths: dict[str, Any], **members: Any) -> OpenApi:
    return OpenApi.from_dict(
        {"openapi": "3.0.1", "info": {"title": "Chat", "version": "1"}, "paths": paths, **members}
    )


class TestDocuments:
    def test_the_authorizer_of_the_api_applies_to_other_operations(self, stack: Stack) -> None:
        """A document's authorizer stays, and an override applies to an operation without one."""
        document_scheme = {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            AUTHTYPE: "awsSigv4",
        }
        paths = {
            "/theirs": {"get": {**OPERATION, "security": [{"theirs": []}]}},
            "/auth": {"get": {**OPERATION, "x-amazon-apigateway-auth": {"type": "NONE"}}},
            "/plain": {"get": OPERATION, "options": OPERATION},
            "/empty": {"get": {**OPERATION, "security": []}},
            "/open": {"get": OPERATION},
            "/keyed": {"get": {**OPERATION, "security": [{"theirs": []}]}},
        }
        openapi_document = document(
            paths, components={"securitySchemes": {"theirs": document_scheme}}
        )
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            openapi=OpenApiOptions(
                document=openapi_document,
                operation_overrides={
                    "GET /open": RouteOptions(authorizer=Authorizer.none()),
                    "GET /keyed": RouteOptions(api_key_required=True),
                },
            ),
            authorizer=Authorizer.token(new_function(stack, "Guard")),
        )
        api.add_usage_plan("Plan")
        template = synthesize(stack)

        assert security_of(template, "/theirs") == [{"theirs": []}]
        assert security_of(template, "/auth") is None
        assert security_of(template, "/plain") == [{"TokenGuard": []}]
        assert security_of(template, "/plain", "options") is None
        assert security_of(template, "/empty") == [{"TokenGuard": []}]
        assert security_of(template, "/open") is None
        assert security_of(template, "/keyed") == [{"theirs": []}, {"ApiKey": []}]
        assert scheme(template, "theirs") == document_scheme
        assert import_findings(as_deployed(body_of(template))) == []

    def test_one_argument_enables_validation(self, stack: Stack) -> None:
        """It applies to every other operation. The response to an invalid body names the
        problem."""
        paths = {
            "/prompts": {"post": PROMPT},
            "/search": {"get": SEARCH},
            "/theirs": {"get": {**SEARCH, VALIDATOR: "mine"}},
            "/unchecked": {"get": SEARCH},
        }
        mine = {"mine": {"validateRequestBody": False, "validateRequestParameters": True}}
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            openapi=OpenApiOptions(
                document=document(paths, **{f"{VALIDATOR}s": mine}),
                operation_overrides={
                    "GET /search": RouteOptions(
                        request_validator_options=RequestValidatorOptions(
                            validate_request_parameters=True, request_validator_name="present"
                        )
                    ),
                    "GET /unchecked": RouteOptions(
                        request_validator_options=RequestValidatorOptions()
                    ),
                },
            ),
            request_validator_options=BODY_AND_PARAMETERS,
            cors=CorsOptions(allow_origins=["https://app.example"]),
        )
        body = body_of(synthesize(stack))
        operations = {path: next(iter(item.values())) for path, item in body["paths"].items()}
        validators = {path: operation.get(VALIDATOR) for path, operation in operations.items()}

        assert validators == {
            "/prompts": "bodyAndParameters",
            "/search": "present",
            "/theirs": "mine",
            "/unchecked": "nothing",
        }
        assert body[f"{VALIDATOR}s"] == {
            **mine,
            "bodyAndParameters": {"validateRequestBody": True, "validateRequestParameters": True},
            "nothing": {"validateRequestBody": False, "validateRequestParameters": False},
            "present": {"validateRequestBody": False, "validateRequestParameters": True},
        }
        response = body["x-amazon-apigateway-gateway-responses"]["BAD_REQUEST_BODY"]
        template = response["responseTemplates"]["application/json"]
        assert "$context.error.validationErrorString" in template
        assert response["responseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'",
            "gatewayresponse.header.Vary": "'Origin'",
        }
        assert import_findings(as_deployed(body)) == []

    def test_the_gateway_response_of_a_document_is_kept(self, stack: Stack) -> None:
        """The document has a gateway response for an invalid body."""
        gateway_response = {"statusCode": "422", "responseTemplates": {"application/json": "{}"}}
        extension = "x-amazon-apigateway-gateway-responses"
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            openapi=document(
                {"/": {"post": PROMPT}}, **{extension: {"BAD_REQUEST_BODY": gateway_response}}
            ),
            request_validator_options=BODY_AND_PARAMETERS,
        )

        response = body_of(synthesize(stack))[extension]["BAD_REQUEST_BODY"]
        assert {**response, "responseParameters": {}} == {
            **gateway_response,
            "responseParameters": {},
        }


def test_the_calls_of_jsii_do_not_grow_with_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An authorizer is read once for all its routes."""

    def trips(routes: int) -> int:
        with count_calls(monkeypatch) as calls:
            stack = new_stack()
            guard = new_function(stack, "Guard")
            signed_in = Authorizer.token(guard)
            api = StreamingRestApi(stack, "Api", handler=guard, authorizer=Authorizer.iam())
            for number in range(routes):
                api.add_route(f"/r{number}", methods=["GET"], authorizer=signed_in)
            synthesize(stack)
        return len(calls)

    # Fewer routes share no operation, which saves the call that creates the shared one.
    assert trips(MIN_OCCURRENCES) == trips(30)


def api_with(stack: Stack, **options: Any) -> StreamingRestApi:
    return StreamingRestApi(stack, "Api", **{"handler": new_function(stack), **options})


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (lambda _: {"authorizer": Authorizer.cognito()}, "authorizer Cognito: it has no user"),
            (lambda _: {"authorizer": Authorizer.none()}, "Authorizer.none() as its authorizer"),
            (lambda _: {"authorizer": "IAM"}, "its authorizer is 'IAM'. Write Authorizer.cognito"),
            (
                lambda stack: {"authorizer": Authorizer.cognito(new_function(stack, "Not"))},  # type: ignore[arg-type] # on purpose
                "among its user pools. Pass the user pool itself",
            ),
            (
                lambda _: {"authorizer": Authorizer.token("arn")},  # type: ignore[arg-type] # on purpose
                "authorizer of the API: the handler is the text 'arn'",
            ),
            (
                lambda stack: {
                    "authorizer": Authorizer.token(
                        new_function(stack, "G"), results_cache_ttl=Duration.hours(2)
                    )
                },
                "cannot be cached for 7200 s",
            ),
            (
                lambda stack: {
                    "authorizer": Authorizer.token(
                        new_function(stack, "G"), identity_source=IdentitySource.query_string("t")
                    )
                },
                "not one header",
            ),
            (
                lambda stack: {"authorizer": Authorizer.request(new_function(stack, "G"))},
                "it has no identity source as the key of the cache",
            ),
            (
                lambda stack: {
                    "authorizer": Authorizer.token(new_function(stack, "G"), assume_role="arn")  # type: ignore[arg-type] # on purpose
                },
                "role is 'arn', not a role",
            ),
            (
                lambda stack: {
                    "authorizer": Authorizer.token(
                        new_function(stack, "G"), authorizer_name="the guard"
                    )
                },
                "its authorizer's name 'the guard'",
            ),
            (lambda _: {"api_key_source_type": "HEADER"}, "not an ApiKeySourceType"),
            (lambda _: {"request_validator_options": True}, "not a RequestValidatorOptions"),
        ],
    )
    def test_an_api_that_cannot_work_is_an_error(
        self, stack: Stack, options: Any, words: str
    ) -> None:
        """No resource is created."""
        arguments = options(stack)

        with pytest.raises(ValueError, match=r"^Stack/Api: 1 problem, nothing") as refused:
            api_with(stack, **arguments)

        assert words in str(refused.value)
        assert not resources(synthesize(stack), "AWS::ApiGateway::RestApi")

    def test_a_function_of_another_account_gets_a_warning(self) -> None:
        """The warning names the policy that the function needs."""
        stack = new_stack(account="111122223333", region="eu-west-1")
        arn = "arn:aws:lambda:eu-west-1:444455556666:function:guard"
        guard = lambda_.Function.from_function_arn(stack, "Guard", arn)
        api_with(stack, authorizer=Authorizer.token(guard))

        AnnotationsFound.from_stack(stack).has_warning(
            "/Stack/Api", Match.string_like_regexp("belongs to account 444455556666")
        )

    def test_a_function_that_streams_cannot_authorize(self, stack: Stack, tmp_path: Path) -> None:
        """The authorizer of the API cannot stream, either."""
        from streaming_construct import PythonStreamingFunction

        (tmp_path / "app.py").write_text("async def app(scope, receive, send): ...\n")
        web = PythonStreamingFunction(stack, "Web", entry=tmp_path, handler="app.app")

        with pytest.raises(ValueError, match="its function Stack/Web streams"):
            StreamingRestApi(stack, "Api", handler=web, authorizer=Authorizer.token(web))

    def test_two_authorizers_with_one_name_are_an_error(self, stack: Stack) -> None:
        """The route is not added. With another name it is."""
        guard = new_function(stack, "Guard")
        api = api_with(stack, authorizer=Authorizer.token(guard))
        ttl = Duration.seconds(0)

        with pytest.raises(ValueError, match="the API has another authorizer TokenGuard"):
            api.add_route("/a", authorizer=Authorizer.token(guard, results_cache_ttl=ttl))

        second = Authorizer.token(guard, results_cache_ttl=ttl, authorizer_name="Other")
        api.add_route("/a", authorizer=second)
        assert security_of(synthesize(stack), "/a", ANY) == [{"Other": []}]

    def test_the_name_of_the_api_key_scheme_is_reserved(self, stack: Stack) -> None:
        """An authorizer with this name would replace it."""
        guard = Authorizer.token(new_function(stack, "Guard"), authorizer_name="ApiKey")

        with pytest.raises(ValueError, match="ApiKey is the name of the security scheme"):
            api_with(stack, authorizer=guard)

    def test_an_invalid_authorizer_of_many_operations_is_reported_once(self, stack: Stack) -> None:
        """The error names the override."""
        paths = {f"/{n}": {"get": {**OPERATION, "tags": ["all"]}} for n in range(3)}

        with pytest.raises(ValueError, match="1 problem") as refused:
            api_with(
                stack,
                openapi=OpenApiOptions(
                    document=document(paths),
                    operation_overrides={
                        "all": RouteOptions(authorizer=Authorizer.cognito("pool"))  # type: ignore[arg-type] # on purpose
                    },
                ),
            )

        assert "override all: its authorizer has 'pool'" in str(refused.value)

    def test_an_override_with_another_value_as_authorizer_is_an_error(self, stack: Stack) -> None:
        """The error names the override."""
        paths = {"/": {"get": OPERATION}}

        with pytest.raises(ValueError, match="override GET /: its authorizer is 'IAM'"):
            api_with(
                stack,
                openapi=OpenApiOptions(
                    document=document(paths),
                    operation_overrides={"GET /": RouteOptions(authorizer="IAM")},  # type: ignore[arg-type] # on purpose
                ),
            )

    def test_a_document_and_an_override_cannot_both_authorize(self, stack: Stack) -> None:
        """They cannot define a scheme with the same name, either."""
        iam = {"type": "apiKey", "name": "Authorization", "in": "header", AUTHTYPE: "awsSigv4"}
        paths = {
            "/": {"get": {**OPERATION, "security": [{"TokenGuard": []}]}},
            "/b": {"get": OPERATION},
        }
        openapi_document = document(paths, components={"securitySchemes": {"TokenGuard": iam}})
        guard = Authorizer.token(new_function(stack, "Guard"))

        with pytest.raises(ValueError, match="2 problems") as refused:
            api_with(
                stack,
                openapi=OpenApiOptions(
                    document=openapi_document,
                    operation_overrides={
                        "GET /": RouteOptions(authorizer=guard),
                        "GET /b": RouteOptions(authorizer=guard),
                    },
                ),
            )

        assert "both the document and an override have an authorizer for it" in str(refused.value)
        assert "the document has another security scheme TokenGuard" in str(refused.value)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"quota": QuotaSettings(limit=10)}, "its quota lacks a period, or a limit"),
            ({"quota": QuotaSettings(limit=-1, period=Period.DAY)}, "a quota of -1 requests"),
            ({"quota": 10}, "quota is 10, not a QuotaSettings"),
            ({"throttle": ThrottleSettings(rate_limit=-1)}, "a rate of -1"),
            ({"api_keys": ["value"]}, "'value' is not an API key"),
            (
                {"route_throttles": {"GET /nowhere": ThrottleSettings(rate_limit=1)}},
                "route_throttles has 'GET /nowhere', but the API has no such route",
            ),
        ],
    )
    def test_a_usage_plan_that_cannot_work_is_an_error(
        self, stack: Stack, options: dict[str, Any], words: str
    ) -> None:
        """It is not created."""
        api = api_with(stack, proxy=False)
        api.add_route("/chat", methods=["GET"])

        with pytest.raises(ValueError, match="the usage plan was not created") as refused:
            api.add_usage_plan("Plan", **options)

        assert words in str(refused.value)
        assert not resources(synthesize(stack), "AWS::ApiGateway::UsagePlan")

    def test_a_key_that_is_twice_in_a_plan_is_an_error(self, stack: Stack) -> None:
        """CDK would fail after it has created the plan."""
        api = api_with(stack)
        key = api.add_api_key("Key")

        with pytest.raises(ValueError, match="it has an API key twice"):
            api.add_usage_plan("Plan", api_keys=[key, key])

    def test_a_key_value_in_plain_text_is_an_error(self, stack: Stack) -> None:
        """The template would contain it."""
        with pytest.raises(ValueError, match="not a SecretValue"):
            api_with(stack).add_api_key("Key", value="a-value-of-20-characters")  # type: ignore[arg-type] # on purpose

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"methods": "GET"}, "methods is 'GET', not a list"),
            ({"methods": []}, "methods is [], not a list"),
            ({"methods": ["TRACE"]}, "methods is ['TRACE']"),
            ({"path": "jobs"}, "the path is 'jobs'"),
        ],
    )
    def test_an_empty_grant_is_an_error(
        self, stack: Stack, options: dict[str, Any], words: str
    ) -> None:
        """No policy changes."""
        api = api_with(stack, authorizer=Authorizer.iam())

        with pytest.raises(ValueError, match="nothing was granted") as refused:
            api.grant_execute(aws_iam.User(stack, "Caller"), **options)

        assert words in str(refused.value)


@pytest.mark.parametrize("value", ["a" * 19, "a" * 129, "a" * 20 + "-"])
def test_an_invalid_value_of_a_key_is_an_error(stack: Stack, value: str) -> None:
    """The value must be known. The deployment would fail."""
    api = api_with(stack)

    with pytest.raises(ValueError, match="not of 20 to 128 letters and digits"):
        api.add_api_key("Key", value=SecretValue.unsafe_plain_text(value))


def test_a_text_in_place_of_a_list_is_an_error(stack: Stack) -> None:
    """Each letter would be a scope or a source, and no request would be accepted."""
    pool = aws_cognito.UserPool(stack, "Users")
    with pytest.raises(TypeError, match="scopes is the text 'chat/read', not a list"):
        Authorizer.cognito(pool, scopes="chat/read")
    with pytest.raises(TypeError, match="identity_sources is the text"):
        Authorizer.request(new_function(stack), identity_sources=IdentitySource.header("X-Tenant"))


def test_a_secret_value_is_accepted(stack: Stack) -> None:
    """The secret may be known only by its name."""
    api = api_with(stack)
    api.add_api_key("Key", value=SecretValue.secrets_manager("team/key"))

    assert only(synthesize(stack), "AWS::ApiGateway::ApiKey")["Value"] == (
        "{{resolve:secretsmanager:team/key:SecretString:::}}"
    )

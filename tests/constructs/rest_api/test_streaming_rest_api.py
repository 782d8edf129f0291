"""`StreamingRestApi` and its template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack, aws_ec2, aws_iam, aws_kms, aws_logs
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    CorsOptions,
    EndpointConfiguration,
    EndpointType,
    IpAddressType,
    MethodLoggingLevel,
    ResponseTransferMode,
    StageOptions,
    ThrottleSettings,
)

from streaming_construct import AccessLog, StreamingRestApi
from tests.support.synthesis import (
    Template,
    body_of,
    integration,
    new_function,
    new_stack,
    only,
    resources,
    synthesize,
)

STREAMING_URI = [
    "arn:",
    {"Ref": "AWS::Partition"},
    ":apigateway:",
    {"Ref": "AWS::Region"},
    ":lambda:path/2021-11-15/functions/",
]


@pytest.fixture(scope="module")
def minimal() -> Template:
    """The template of the smallest API."""
    stack = new_stack()
    StreamingRestApi(stack, "Api", handler=new_function(stack))
    return synthesize(stack)


@pytest.fixture(scope="module")
def several() -> Template:
    """The template of an API with routes of several functions, streamed and buffered."""
    stack = new_stack()
    chat, health = new_function(stack, "Chat"), new_function(stack, "Health")
    api = StreamingRestApi(
        stack,
        "Api",
        handler=chat,
        deploy_options=StageOptions(throttling_rate_limit=100, throttling_burst_limit=50),
    )
    api.add_route(
        "/chat/{id}",
        methods=["post", "GET"],
        timeout=Duration.minutes(2),
        throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
    )
    api.add_route(
        "/health",
        methods=["GET"],
        handler=health,
        response_transfer_mode=ResponseTransferMode.BUFFERED,
    )
    api.add_route("/any", throttle=ThrottleSettings(rate_limit=1, burst_limit=1))
    return synthesize(stack)


@pytest.fixture(scope="module")
def one_origin() -> Template:
    """The template of an API that allows one other origin."""
    stack = new_stack()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        cors=CorsOptions(
            allow_origins=["https://app.example"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
            expose_headers=["X-Request-Id"],
            allow_credentials=True,
            max_age=Duration.hours(1),
        ),
    )
    api.add_route("/chat", methods=["POST"])
    return synthesize(stack)


def statements(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the role of the API."""
    role = next(
        r for name, r in resources(template, "AWS::IAM::Role").items() if name.startswith("ApiRole")
    )
    (policy,) = role["Properties"]["Policies"]
    policy_statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return policy_statements


class TestRoutes:
    def test_a_handler_serves_every_method_and_path(self, minimal: Template) -> None:
        """It is behind any method of the root and of all paths below it."""
        paths = body_of(minimal)["paths"]

        assert {
            path: [key for key in item if key != "parameters"] for path, item in paths.items()
        } == {
            "/": ["x-amazon-apigateway-any-method"],
            "/{proxy+}": ["x-amazon-apigateway-any-method"],
        }

    def test_routes_name_their_methods(self, several: Template) -> None:
        """A route has the given methods, in any case."""
        assert {"post", "get"} <= body_of(several)["paths"]["/chat/{id}"].keys()

    def test_path_variables_are_declared(self, several: Template) -> None:
        """A path variable is a required parameter of its path."""
        assert body_of(several)["paths"]["/chat/{id}"]["parameters"] == [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ]

    def test_an_added_route_replaces_the_default_of_its_path(self, stack: Stack) -> None:
        """Another function may serve `/{proxy+}`."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        other = new_function(stack, "Other")

        api.add_route("/{proxy+}", handler=other)

        uri = integration(synthesize(stack), "/{proxy+}")["uri"]["Fn::Join"][1]
        assert stack.resolve(other.function_arn) in uri

    def test_a_route_may_be_added_after_a_synthesis(self, stack: Stack) -> None:
        """Reading the template does not close the API."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        synthesize(stack)

        api.add_route(
            "/late", methods=["GET"], throttle=ThrottleSettings(rate_limit=1, burst_limit=1)
        )

        template = synthesize(stack)
        assert "get" in body_of(template)["paths"]["/late"]
        assert "/~1late" in {
            s["ResourcePath"] for s in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
        }

    def test_the_role_has_the_function_of_a_late_route(self, stack: Stack) -> None:
        """Reading the policy of the role before does not matter."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        synthesize(stack)
        other = new_function(stack, "Other")

        api.add_route("/late", handler=other)

        (statement,) = statements(synthesize(stack))
        assert stack.resolve(other.function_arn) in statement["Resource"]

    def test_without_proxy_only_added_routes_are_served(self, stack: Stack) -> None:
        """`proxy=False` limits the handler to the added routes."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), proxy=False)

        api.add_route("/jobs/{id}", methods=["GET"])

        assert list(body_of(synthesize(stack))["paths"]) == ["/jobs/{id}"]

    def test_an_api_may_have_no_handler(self, stack: Stack) -> None:
        """With `proxy=False`, each route may have its function."""
        api = StreamingRestApi(stack, "Api", proxy=False)

        api.add_route("/jobs", handler=new_function(stack))

        assert list(body_of(synthesize(stack))["paths"]) == ["/jobs"]


class TestIntegration:
    def test_a_streamed_route_has_mode_uri_role_and_timeout(self, several: Template) -> None:
        """A streamed route has the mode, the URI, the role and a timeout, all of them."""
        definition = integration(several, "/chat/{id}", "POST")
        (function,) = (
            n for n in resources(several, "AWS::Lambda::Function") if n.startswith("Chat")
        )

        assert definition == {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "responseTransferMode": "STREAM",
            "uri": {
                "Fn::Join": [
                    "",
                    [
                        *STREAMING_URI,
                        {"Fn::GetAtt": [function, "Arn"]},
                        "/response-streaming-invocations",
                    ],
                ]
            },
            "credentials": {
                "Fn::GetAtt": [
                    next(r for r in several["Resources"] if r.startswith("ApiRole")),
                    "Arn",
                ]
            },
            "timeoutInMillis": 120_000,
        }

    def test_a_buffered_route_has_its_uri_and_the_buffered_timeout(self, several: Template) -> None:
        """It invokes the function in the usual way, and waits no longer than API Gateway allows."""
        definition = integration(several, "/health", "GET")

        assert definition["responseTransferMode"] == "BUFFERED"
        assert definition["uri"]["Fn::Join"][1][4] == ":lambda:path/2015-03-31/functions/"
        assert definition["uri"]["Fn::Join"][1][-1] == "/invocations"
        assert definition["timeoutInMillis"] == 29_000

    def test_the_default_timeout_is_that_of_the_function(self, minimal: Template) -> None:
        """A route waits as long as its function may run."""
        assert integration(minimal, "/")["timeoutInMillis"] == 300_000

    def test_the_timeout_of_an_imported_function_is_15_minutes(self, stack: Stack) -> None:
        """CDK does not know its timeout."""
        handler = lambda_.Function.from_function_name(stack, "Imported", "chat")
        StreamingRestApi(stack, "Api", handler=handler)

        assert integration(synthesize(stack), "/")["timeoutInMillis"] == 900_000

    def test_a_raised_quota_allows_a_longer_buffered_timeout(self, stack: Stack) -> None:
        """An argument states that AWS raised the quota of the account."""
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            integration_timeout_quota=Duration.seconds(60),
        )
        api.add_route(
            "/slow",
            timeout=Duration.seconds(45),
            response_transfer_mode=ResponseTransferMode.BUFFERED,
        )
        api.add_route("/own", response_transfer_mode=ResponseTransferMode.BUFFERED)

        template = synthesize(stack)
        assert integration(template, "/slow")["timeoutInMillis"] == 45_000
        assert integration(template, "/own")["timeoutInMillis"] == 60_000

    @pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
    def test_the_template_works_in_every_partition(self, region: str) -> None:
        """The partition is never written as `aws`."""
        stack = new_stack(region=region, account="111122223333")
        StreamingRestApi(stack, "Api", handler=new_function(stack))

        assert integration(synthesize(stack), "/")["uri"]["Fn::Join"][1][:3] == [
            "arn:",
            {"Ref": "AWS::Partition"},
            f":apigateway:{region}:lambda:path/2021-11-15/functions/",
        ]


class TestRole:
    def test_the_role_may_invoke_exactly_the_integrated_functions(self, several: Template) -> None:
        """Both actions, the ARN of each function, no wildcard, and only named qualifiers."""
        functions = [
            {"Fn::GetAtt": [name, "Arn"]} for name in resources(several, "AWS::Lambda::Function")
        ]

        assert statements(several) == [
            {
                "Effect": "Allow",
                "Action": ["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"],
                "Resource": functions,
            }
        ]
        assert "*" not in json.dumps(statements(several))

    def test_a_function_that_no_route_names_is_not_granted(self, stack: Stack) -> None:
        """Other routes have replaced those of the API's handler."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        other = new_function(stack, "Other")
        for path in ("/", "/{proxy+}"):
            api.add_route(path, handler=other)

        (statement,) = statements(synthesize(stack))
        assert statement["Resource"] == [stack.resolve(other.function_arn)]

    def test_only_api_gateway_may_assume_the_role(self, minimal: Template) -> None:
        """A condition on the source account would fail every request."""
        role = next(
            r for n, r in resources(minimal, "AWS::IAM::Role").items() if n.startswith("ApiRole")
        )

        assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
            }
        ]

    def test_there_is_no_resource_policy_on_the_function(self, minimal: Template) -> None:
        """Only the role may invoke it."""
        assert not resources(minimal, "AWS::Lambda::Permission")

    def test_a_given_role_has_the_same_permissions(self, stack: Stack) -> None:
        """No role is created, and the given one receives the exact ARNs."""
        role = aws_iam.Role(
            stack, "Mine", assumed_by=aws_iam.ServicePrincipal("apigateway.amazonaws.com")
        )
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), credentials_role=role)
        api.add_route("/other", handler=new_function(stack, "Other"))

        template = synthesize(stack)
        (policy,) = resources(template, "AWS::IAM::Policy").values()
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert api.role is role
        assert not [name for name in template["Resources"] if name.startswith("ApiRole")]
        assert statement["Resource"] == [
            {"Fn::GetAtt": [name, "Arn"]} for name in resources(template, "AWS::Lambda::Function")
        ]
        assert integration(template, "/")["credentials"] == stack.resolve(role.role_arn)


class TestCors:
    def test_every_path_has_a_preflight(self, one_origin: Template) -> None:
        """API Gateway itself responds to OPTIONS, without an authorizer and without a function."""
        for path in ("/", "/{proxy+}", "/chat"):
            preflight = integration(one_origin, path, "OPTIONS")
            assert preflight["type"] == "mock"
            assert preflight["responses"]["default"] == {
                "statusCode": "204",
                "responseParameters": {
                    "method.response.header.Access-Control-Allow-Credentials": "'true'",
                    "method.response.header.Access-Control-Allow-Headers": "'Authorization'",
                    "method.response.header.Access-Control-Allow-Methods": "'GET,POST'",
                    "method.response.header.Access-Control-Allow-Origin": "'https://app.example'",
                    "method.response.header.Access-Control-Max-Age": "'3600'",
                    "method.response.header.Vary": "'Origin'",
                },
            }

    def test_errors_of_api_gateway_have_cors_headers(self, one_origin: Template) -> None:
        """Without them a browser hides a 403 or 504 from the page."""
        responses = body_of(one_origin)["x-amazon-apigateway-gateway-responses"]

        assert responses.keys() == {"DEFAULT_4XX", "DEFAULT_5XX"}
        for response in responses.values():
            assert response["responseParameters"] == {
                "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'",
                "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
                "gatewayresponse.header.Access-Control-Expose-Headers": "'X-Request-Id'",
                "gatewayresponse.header.Vary": "'Origin'",
            }

    def test_the_cors_environment_has_the_same_values(self, stack: Stack) -> None:
        """A user can pass it to another function."""
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
        )

        assert api.cors_environment["CORS_ALLOW_ORIGINS"] == "https://a.example,https://b.example"

    def test_several_origins_are_matched_by_the_preflight(self, stack: Stack) -> None:
        """A template returns the origin of the request, the only way in API Gateway."""
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
        )

        template = synthesize(stack)
        (response,) = integration(template, "/", "OPTIONS")["responses"].values()
        assert '$origin == "https://b.example"' in response["responseTemplates"]["application/json"]
        responses = body_of(template)["x-amazon-apigateway-gateway-responses"]
        assert (
            responses["DEFAULT_4XX"]["responseParameters"][
                "gatewayresponse.header.Access-Control-Allow-Origin"
            ]
            == "'*'"
        )

    def test_a_route_may_respond_to_preflights(self, stack: Stack) -> None:
        """An OPTIONS route of the user is unchanged."""
        api = StreamingRestApi(
            stack, "Api", handler=new_function(stack), cors=CorsOptions(allow_origins=["*"])
        )
        api.add_route("/own", methods=["OPTIONS", "GET"])

        assert integration(synthesize(stack), "/own", "OPTIONS")["type"] == "aws_proxy"

    def test_without_cors_there_is_no_preflight(self, minimal: Template) -> None:
        """There are no gateway responses, either."""
        assert "options" not in body_of(minimal)["paths"]["/"]
        assert "x-amazon-apigateway-gateway-responses" not in body_of(minimal)

    def test_binary_media_types_do_not_break_the_preflight(self, stack: Stack) -> None:
        """The mock receives text all the same."""
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            cors=CorsOptions(allow_origins=["*"]),
            binary_media_types=["*/*"],
        )

        template = synthesize(stack)
        assert integration(template, "/", "OPTIONS")["contentHandling"] == "CONVERT_TO_TEXT"
        assert only(template, "AWS::ApiGateway::RestApi")["BinaryMediaTypes"] == ["*/*"]


class TestThrottling:
    def settings(self, template: Template) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (s["ResourcePath"], s["HttpMethod"]): s
            for s in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
        }

    def test_the_stage_has_a_default_throttle(self, several: Template) -> None:
        """It applies to each method without a setting."""
        setting = self.settings(several)["/*", "*"]

        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (100, 50)

    def test_a_route_may_have_a_throttle(self, several: Template) -> None:
        """Each of its methods has an entry, with slashes as API Gateway writes them."""
        settings = self.settings(several)

        for method in ("GET", "POST"):
            setting = settings["/~1chat~1{id}", method]
            assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (5, 10)

    def test_a_route_of_any_method_has_a_throttle_for_each_method(self, several: Template) -> None:
        """API Gateway finds settings by the method of the request."""
        methods = {method for path, method in self.settings(several) if path == "/~1any"}

        assert methods == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

    def test_an_entry_of_a_route_keeps_logging_and_metrics(self, several: Template) -> None:
        """The entry of a method replaces the default entry, so it repeats the other settings."""
        for setting in self.settings(several).values():
            assert (setting["LoggingLevel"], setting["MetricsEnabled"]) == ("ERROR", True)

    def test_each_field_replaces_only_its_default(self, stack: Stack) -> None:
        """The other field keeps its default, as in StageOptions."""
        options = StageOptions(throttling_rate_limit=1000)
        StreamingRestApi(stack, "Api", handler=new_function(stack), deploy_options=options)

        setting = self.settings(synthesize(stack))["/*", "*"]
        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (1000, 200)


class TestAccessLog:
    def test_the_access_log_is_on_with_the_streaming_variables(self, minimal: Template) -> None:
        """It is JSON, with the three variables of response streaming."""
        setting = only(minimal, "AWS::ApiGateway::Stage")["AccessLogSetting"]
        line = json.loads(setting["Format"])

        assert line["responseTransferMode"] == "$context.integration.responseTransferMode"
        assert line["timeToAllHeaders"] == "$context.integration.timeToAllHeaders"
        assert line["timeToFirstContent"] == "$context.integration.timeToFirstContent"
        assert {
            "requestId",
            "extendedRequestId",
            "ip",
            "errorMessage",
            "integrationLatency",
        } <= set(line)
        (group,) = resources(minimal, "AWS::Logs::LogGroup")
        assert setting["DestinationArn"] == {"Fn::GetAtt": [group, "Arn"]}

    def test_the_log_group_retains_a_year(self, minimal: Template) -> None:
        """The group stays when the stack is deleted."""
        (group,) = resources(minimal, "AWS::Logs::LogGroup").values()

        assert group["Properties"]["RetentionInDays"] == 365
        assert group["DeletionPolicy"] == "Retain"

    def test_the_new_log_group_has_the_given_options(self, stack: Stack) -> None:
        """Retention, removal policy and key are arguments."""
        key = aws_kms.Key(stack, "Key")
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            access_log=AccessLog(
                retention=aws_logs.RetentionDays.ONE_WEEK,
                removal_policy=RemovalPolicy.DESTROY,
                encryption_key=key,
            ),
        )

        (group,) = resources(synthesize(stack), "AWS::Logs::LogGroup").values()
        assert group["Properties"]["RetentionInDays"] == 7
        assert group["DeletionPolicy"] == "Delete"
        assert group["Properties"]["KmsKeyId"] == stack.resolve(key.key_arn)
        policy = json.dumps(only(synthesize(stack), "AWS::KMS::Key")["KeyPolicy"])
        (statement,) = (
            statement
            for statement in only(synthesize(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
            if "Condition" in statement
        )
        context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert "logs." in policy
        assert "kms:Encrypt" in statement["Action"]
        assert ":logs:" in json.dumps(context)
        assert json.dumps(context).count("AWS::AccountId") == 1
        assert policy.count("kms:Decrypt") == 1  # no other statement for the service

    def test_a_log_group_and_a_format_may_be_given(self, stack: Stack) -> None:
        """No other group is created."""
        group = aws_logs.LogGroup(stack, "Mine")
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            access_log=AccessLog(format=AccessLogFormat.clf(), group=group),
        )

        template = synthesize(stack)
        assert api.access_log_group is group
        assert len(resources(template, "AWS::Logs::LogGroup")) == 1
        setting = only(template, "AWS::ApiGateway::Stage")["AccessLogSetting"]
        assert setting["Format"].startswith("$context.identity.sourceIp")

    def test_the_access_log_can_be_disabled(self, stack: Stack) -> None:
        """There is no log group and no setting."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), access_log=False)

        template = synthesize(stack)
        assert api.access_log_group is None
        assert not resources(template, "AWS::Logs::LogGroup")
        assert "AccessLogSetting" not in only(template, "AWS::ApiGateway::Stage")

    def test_the_cloudwatch_role_is_created_and_retained(self, minimal: Template) -> None:
        """A first deployment works. The deletion of the stack does not break other APIs."""
        (account,) = resources(minimal, "AWS::ApiGateway::Account").values()

        assert account["DeletionPolicy"] == "Retain"

    def test_the_cloudwatch_role_can_be_left_out(self, stack: Stack) -> None:
        """One argument does it, if another stack has created the role."""
        StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

        assert not resources(synthesize(stack), "AWS::ApiGateway::Account")


class TestStage:
    def test_the_defaults_of_the_stage(self, minimal: Template) -> None:
        """It is named prod, and has tracing, metrics and error logs."""
        stage = only(minimal, "AWS::ApiGateway::Stage")

        assert stage["StageName"] == "prod"
        assert stage["TracingEnabled"] is True
        assert stage["MethodSettings"] == [
            {
                "ResourcePath": "/*",
                "HttpMethod": "*",
                "LoggingLevel": "ERROR",
                "MetricsEnabled": True,
                "DataTraceEnabled": False,
                "ThrottlingRateLimit": 100,
                "ThrottlingBurstLimit": 200,
            }
        ]

    def test_each_option_of_the_stage_can_be_given(self, stack: Stack) -> None:
        """Name, description, variables, tracing, metrics and log level."""
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            rest_api_name="chat",
            description="Chat, streamed",
            deploy_options=StageOptions(
                stage_name="v1",
                description="The first",
                variables={"color": "blue"},
                tracing_enabled=False,
                metrics_enabled=False,
                logging_level=MethodLoggingLevel.OFF,
            ),
        )

        template = synthesize(stack)
        stage = only(template, "AWS::ApiGateway::Stage")
        assert stage["StageName"] == "v1"
        assert stage["Description"] == "The first"
        assert stage["Variables"] == {"color": "blue"}
        assert stage["TracingEnabled"] is False
        assert stage["MethodSettings"][0]["MetricsEnabled"] is False
        assert stage["MethodSettings"][0]["LoggingLevel"] == "OFF"
        api = only(template, "AWS::ApiGateway::RestApi")
        assert (api["Name"], api["Description"]) == ("chat", "Chat, streamed")


class TestEndpoint:
    def test_the_api_is_regional_and_has_a_readable_name(self, minimal: Template) -> None:
        """Regional streams may be silent for five minutes."""
        api = only(minimal, "AWS::ApiGateway::RestApi")

        assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
        assert api["Name"] == "Api"

    def test_the_ip_address_type_can_be_given(self, stack: Stack) -> None:
        """IPv6 is a field of CDK's class."""
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            endpoint_configuration=EndpointConfiguration(
                types=[EndpointType.REGIONAL], ip_address_type=IpAddressType.DUAL_STACK
            ),
        )

        api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
        assert api["EndpointConfiguration"] == {"IpAddressType": "dualstack", "Types": ["REGIONAL"]}

    def test_a_private_api_allows_only_its_vpc_endpoints(self, stack: Stack) -> None:
        """The API has the endpoints, and the policy denies all others."""
        endpoint = aws_ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            stack, "Endpoint", vpc_endpoint_id="vpce-0123456789abcdef0", port=443
        )
        StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            endpoint_configuration=EndpointConfiguration(
                types=[EndpointType.PRIVATE], vpc_endpoints=[endpoint]
            ),
        )

        api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
        assert api["EndpointConfiguration"] == {
            "Types": ["PRIVATE"],
            "VpcEndpointIds": ["vpce-0123456789abcdef0"],
        }
        effects = {s["Effect"]: s for s in api["Policy"]["Statement"]}
        assert effects["Deny"]["Condition"] == {
            "StringNotEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}
        }
        assert effects["Allow"]["Action"] == "execute-api:Invoke"

    def test_a_given_policy_is_unchanged(self, stack: Stack) -> None:
        """Nothing is added to it."""
        policy = aws_iam.PolicyDocument(
            statements=[
                aws_iam.PolicyStatement(
                    actions=["execute-api:Invoke"],
                    resources=["execute-api:/*"],
                    principals=[aws_iam.AccountPrincipal("111122223333")],
                )
            ]
        )
        StreamingRestApi(stack, "Api", handler=new_function(stack), policy=policy)

        api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
        assert len(api["Policy"]["Statement"]) == 1


class TestAttributes:
    def test_the_attributes_are_the_l2_constructs(self, stack: Stack) -> None:
        """The user can read their URL and metrics."""
        function = new_function(stack)
        api = StreamingRestApi(stack, "Api", handler=function)

        assert api.handler is function
        assert api.rest_api.deployment_stage.stage_name == api.stage.stage_name
        assert stack.resolve(api.url) == stack.resolve(api.rest_api.url)
        assert stack.resolve(api.url_for_path("/chat"))["Fn::Join"][1][-1] == "/chat"
        assert api.metric_server_error(period=Duration.minutes(1)).metric_name == "5XXError"
        arn = json.dumps(stack.resolve(api.arn_for_execute_api("POST", "/chat", "prod")))
        assert "/prod/POST/chat" in arn

    def test_the_l2_constructs_allow_overrides(self, stack: Stack) -> None:
        """A property that this construct does not have can be set on the resource."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))

        resource: Any = api.rest_api.node.default_child
        resource.add_property_override("DisableExecuteApiEndpoint", True)

        assert only(synthesize(stack), "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"]

    def test_logical_ids_do_not_change(self, minimal: Template) -> None:
        """A changed id replaces a resource of a deployed stack."""
        ids = {
            logical_id
            for logical_id, resource in minimal["Resources"].items()
            if logical_id.startswith("Api") and "Deployment" not in resource["Type"]
        }

        assert ids == {
            "Api9AF3637B",
            "ApiAccessLog713001CC",
            "ApiAccount91781BEA",
            "ApiCloudWatchRole95F89D2D",
            "ApiDeploymentStageprodB1EF9523",
            "ApiRoleDE7A08EC",
        }

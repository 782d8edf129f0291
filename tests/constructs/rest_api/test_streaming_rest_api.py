"""`StreamingRestApi` as its template shows it."""

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
    """The template of the smallest API there is."""
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
    """The template of an API that pages of one other origin may call."""
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
    """The statements of the API's own role."""
    role = next(
        r for name, r in resources(template, "AWS::IAM::Role").items() if name.startswith("ApiRole")
    )
    (policy,) = role["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


class TestRoutes:
    def test_a_handler_alone_serves_every_method_everywhere(self, minimal: Template) -> None:
        """The API's own handler is behind any method of the root and of all below it."""
        paths = body_of(minimal)["paths"]

        assert {
            path: [key for key in item if key != "parameters"] for path, item in paths.items()
        } == {
            "/": ["x-amazon-apigateway-any-method"],
            "/{proxy+}": ["x-amazon-apigateway-any-method"],
        }

    def test_routes_name_their_methods(self, several: Template) -> None:
        """A route is served for the methods given, in whatever case they were written."""
        assert {"post", "get"} <= body_of(several)["paths"]["/chat/{id}"].keys()

    def test_path_variables_are_declared(self, several: Template) -> None:
        """A path variable is a required parameter of its path."""
        assert body_of(several)["paths"]["/chat/{id}"]["parameters"] == [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ]

    def test_an_added_route_replaces_the_default_of_its_path(self, stack: Stack) -> None:
        """`/{proxy+}` may be given to another function."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        other = new_function(stack, "Other")

        api.add_route("/{proxy+}", handler=other)

        uri = integration(synthesize(stack), "/{proxy+}")["uri"]["Fn::Join"][1]
        assert stack.resolve(other.function_arn) in uri

    def test_a_route_that_is_added_after_a_first_synthesis_counts(self, stack: Stack) -> None:
        """Looking at the template does not close the API."""
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

    def test_a_late_route_brings_its_function_into_the_role(self, stack: Stack) -> None:
        """Also after the role's policy was looked at."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        synthesize(stack)
        other = new_function(stack, "Other")

        api.add_route("/late", handler=other)

        (statement,) = statements(synthesize(stack))
        assert stack.resolve(other.function_arn) in statement["Resource"]

    def test_without_proxy_only_added_routes_are_served(self, stack: Stack) -> None:
        """`proxy=False` leaves the handler to the routes that are added."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), proxy=False)

        api.add_route("/jobs/{id}", methods=["GET"])

        assert list(body_of(synthesize(stack))["paths"]) == ["/jobs/{id}"]

    def test_an_api_may_do_without_a_handler_of_its_own(self, stack: Stack) -> None:
        """With `proxy=False`, each route may bring its function."""
        api = StreamingRestApi(stack, "Api", proxy=False)

        api.add_route("/jobs", handler=new_function(stack))

        assert list(body_of(synthesize(stack))["paths"]) == ["/jobs"]


class TestIntegration:
    def test_a_streamed_route(self, several: Template) -> None:
        """A streamed route has the mode, the URI, the role and a timeout, all of them."""
        found = integration(several, "/chat/{id}", "POST")
        (function,) = (
            n for n in resources(several, "AWS::Lambda::Function") if n.startswith("Chat")
        )

        assert found == {
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

    def test_a_buffered_route(self, several: Template) -> None:
        """A buffered route invokes the ordinary way, and waits no longer than API Gateway may."""
        found = integration(several, "/health", "GET")

        assert found["responseTransferMode"] == "BUFFERED"
        assert found["uri"]["Fn::Join"][1][4] == ":lambda:path/2015-03-31/functions/"
        assert found["uri"]["Fn::Join"][1][-1] == "/invocations"
        assert found["timeoutInMillis"] == 29_000

    def test_the_timeout_is_the_functions_own_where_it_is_known(self, minimal: Template) -> None:
        """Without a timeout of its own a route waits as long as its function runs."""
        assert integration(minimal, "/")["timeoutInMillis"] == 300_000

    def test_the_timeout_is_15_minutes_where_nothing_is_known(self, stack: Stack) -> None:
        """Of an imported function CDK knows no timeout."""
        handler = lambda_.Function.from_function_name(stack, "Imported", "chat")
        StreamingRestApi(stack, "Api", handler=handler)

        assert integration(synthesize(stack), "/")["timeoutInMillis"] == 900_000

    def test_a_raised_quota_lets_a_buffered_route_wait_longer(self, stack: Stack) -> None:
        """The caller may say that AWS raised the account's quota."""
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
    def test_every_partition(self, region: str) -> None:
        """The partition is never written out as `aws`."""
        stack = new_stack(region=region, account="111122223333")
        StreamingRestApi(stack, "Api", handler=new_function(stack))

        assert integration(synthesize(stack), "/")["uri"]["Fn::Join"][1][:3] == [
            "arn:",
            {"Ref": "AWS::Partition"},
            f":apigateway:{region}:lambda:path/2021-11-15/functions/",
        ]


class TestRole:
    def test_it_may_invoke_exactly_the_integrated_functions(self, several: Template) -> None:
        """Both actions, each function's ARN, no wildcard and no qualifier that was not named."""
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
        """Where other routes took the place of the API's own handler."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))
        other = new_function(stack, "Other")
        for path in ("/", "/{proxy+}"):
            api.add_route(path, handler=other)

        (statement,) = statements(synthesize(stack))
        assert statement["Resource"] == [stack.resolve(other.function_arn)]

    def test_only_api_gateway_may_assume_it_without_conditions(self, minimal: Template) -> None:
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
        """The role is the only way in."""
        assert not resources(minimal, "AWS::Lambda::Permission")

    def test_a_role_of_the_callers_is_granted_the_same(self, stack: Stack) -> None:
        """No role is created, and the given one gets the exact ARNs."""
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
        """API Gateway itself answers OPTIONS, without an authorizer and without a function."""
        for path in ("/", "/{proxy+}", "/chat"):
            found = integration(one_origin, path, "OPTIONS")
            assert found["type"] == "mock"
            assert found["responses"]["default"] == {
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

    def test_api_gateways_own_errors_carry_the_headers(self, one_origin: Template) -> None:
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

    def test_the_environment_for_a_function_says_the_same(self, stack: Stack) -> None:
        """A function that is not ours can be handed what ours are told."""
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
        )

        assert api.cors_environment["CORS_ALLOW_ORIGINS"] == "https://a.example,https://b.example"

    def test_several_origins_are_matched_by_the_preflight(self, stack: Stack) -> None:
        """One of several origins is echoed by a template, the only way API Gateway has."""
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

    def test_a_route_may_answer_preflights_itself(self, stack: Stack) -> None:
        """An OPTIONS route of the caller's is left alone."""
        api = StreamingRestApi(
            stack, "Api", handler=new_function(stack), cors=CorsOptions(allow_origins=["*"])
        )
        api.add_route("/own", methods=["OPTIONS", "GET"])

        assert integration(synthesize(stack), "/own", "OPTIONS")["type"] == "aws_proxy"

    def test_without_cors_there_is_nothing_of_it(self, minimal: Template) -> None:
        """No preflight and no gateway responses that nobody asked for."""
        assert "options" not in body_of(minimal)["paths"]["/"]
        assert "x-amazon-apigateway-gateway-responses" not in body_of(minimal)

    def test_requests_as_bytes_do_not_break_the_preflight(self, stack: Stack) -> None:
        """With binary media types the mock must be handed text all the same."""
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

    def test_the_stage_has_a_default(self, several: Template) -> None:
        """It counts for each method that has no setting of its own."""
        setting = self.settings(several)["/*", "*"]

        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (100, 50)

    def test_a_route_has_its_own(self, several: Template) -> None:
        """Each of its methods has an entry, with slashes as API Gateway writes them."""
        settings = self.settings(several)

        for method in ("GET", "POST"):
            setting = settings["/~1chat~1{id}", method]
            assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (5, 10)

    def test_a_route_of_any_method_is_throttled_for_each(self, several: Template) -> None:
        """Settings are looked up by the request's own method."""
        methods = {method for path, method in self.settings(several) if path == "/~1any"}

        assert methods == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

    def test_an_entry_of_a_route_keeps_logging_and_metrics(self, several: Template) -> None:
        """An entry for one method replaces the entry for all, so it repeats the rest of it."""
        for setting in self.settings(several).values():
            assert (setting["LoggingLevel"], setting["MetricsEnabled"]) == ("ERROR", True)

    def test_each_field_replaces_its_default_alone(self, stack: Stack) -> None:
        """The other keeps its own, as the fields of StageOptions do."""
        options = StageOptions(throttling_rate_limit=1000)
        StreamingRestApi(stack, "Api", handler=new_function(stack), deploy_options=options)

        setting = self.settings(synthesize(stack))["/*", "*"]
        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (1000, 200)


class TestAccessLog:
    def test_it_is_on_and_knows_streaming(self, minimal: Template) -> None:
        """JSON, with the three variables of response streaming."""
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

    def test_its_group_is_kept_for_a_year(self, minimal: Template) -> None:
        """And stays when the stack goes."""
        (group,) = resources(minimal, "AWS::Logs::LogGroup").values()

        assert group["Properties"]["RetentionInDays"] == 365
        assert group["DeletionPolicy"] == "Retain"

    def test_the_new_group_is_the_callers_to_shape(self, stack: Stack) -> None:
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
            each
            for each in only(synthesize(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
            if "Condition" in each
        )
        context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert "logs." in policy
        assert "kms:Encrypt" in statement["Action"]
        assert ":logs:" in json.dumps(context)
        assert json.dumps(context).count("AWS::AccountId") == 1
        assert policy.count("kms:Decrypt") == 1  # no other statement for the service

    def test_a_group_and_a_format_of_the_callers(self, stack: Stack) -> None:
        """Nothing is created beside them."""
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

    def test_it_can_be_turned_off(self, stack: Stack) -> None:
        """No log group, no setting."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack), access_log=False)

        template = synthesize(stack)
        assert api.access_log_group is None
        assert not resources(template, "AWS::Logs::LogGroup")
        assert "AccessLogSetting" not in only(template, "AWS::ApiGateway::Stage")

    def test_the_accounts_role_for_logs_is_created_and_retained(self, minimal: Template) -> None:
        """A first deploy works, and deleting the stack does not break other APIs."""
        (account,) = resources(minimal, "AWS::ApiGateway::Account").values()

        assert account["DeletionPolicy"] == "Retain"

    def test_the_accounts_role_for_logs_can_be_left_alone(self, stack: Stack) -> None:
        """One argument, where another stack has set it."""
        StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

        assert not resources(synthesize(stack), "AWS::ApiGateway::Account")


class TestStage:
    def test_the_defaults(self, minimal: Template) -> None:
        """Named prod, traced, measured, errors logged."""
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

    def test_all_of_it_can_be_given(self, stack: Stack) -> None:
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
    def test_it_is_regional_and_has_a_readable_name(self, minimal: Template) -> None:
        """Regional streams may be silent for five minutes."""
        api = only(minimal, "AWS::ApiGateway::RestApi")

        assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
        assert api["Name"] == "Api"

    def test_the_ip_address_type_is_the_callers_to_choose(self, stack: Stack) -> None:
        """IPv6 as well, with one field of CDK's."""
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

    def test_a_private_api_admits_its_vpc_endpoints_alone(self, stack: Stack) -> None:
        """The endpoints are its own, and the policy refuses everybody else."""
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

    def test_a_policy_of_the_callers_is_taken_as_it_is(self, stack: Stack) -> None:
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


class TestReach:
    def test_the_attributes_are_the_l2s(self, stack: Stack) -> None:
        """What the construct made can be reached, and asked for its URL and metrics."""
        function = new_function(stack)
        api = StreamingRestApi(stack, "Api", handler=function)

        assert api.handler is function
        assert api.rest_api.deployment_stage.stage_name == api.stage.stage_name
        assert stack.resolve(api.url) == stack.resolve(api.rest_api.url)
        assert stack.resolve(api.url_for_path("/chat"))["Fn::Join"][1][-1] == "/chat"
        assert api.metric_server_error(period=Duration.minutes(1)).metric_name == "5XXError"
        arn = json.dumps(stack.resolve(api.arn_for_execute_api("POST", "/chat", "prod")))
        assert "/prod/POST/chat" in arn

    def test_the_l2s_are_a_way_out(self, stack: Stack) -> None:
        """A property this construct does not know can be set on the resource."""
        api = StreamingRestApi(stack, "Api", handler=new_function(stack))

        resource: Any = api.rest_api.node.default_child
        resource.add_property_override("DisableExecuteApiEndpoint", True)

        assert only(synthesize(stack), "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"]

    def test_logical_ids_are_a_contract(self, minimal: Template) -> None:
        """Changing one replaces a resource of a deployed stack."""
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

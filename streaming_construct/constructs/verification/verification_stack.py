"""`VerificationStack`: the API that the cases of `streaming-construct verify` run against."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigateway import (
    ApiKey,
    CfnRestApi,
    CorsOptions,
    IdentitySource,
    MethodLoggingLevel,
    Period,
    QuotaSettings,
    RequestValidatorOptions,
    ResponseTransferMode,
    StageOptions,
    ThrottleSettings,
)
from aws_cdk.aws_logs import RetentionDays
from constructs import Construct

from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.rest_api.streaming_rest_api import StreamingRestApi
from streaming_construct.constructs.stage.access_log import AccessLog
from streaming_construct.constructs.verification.verification_functions import (
    VerificationFunctions,
)
from streaming_construct.openapi import OpenApi
from streaming_construct.verify import stack_outputs

# Routes that add_route cannot describe: their requests are validated.
_DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.0.3",
    "info": {"title": "Verification", "version": "1"},
    "paths": {
        "/validated": {
            "post": {
                "operationId": "validated",
                "parameters": [
                    {"name": "mode", "in": "query", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "X-Required",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string"},
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "count": {"type": "integer", "minimum": 1},
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"description": "The event"}},
            }
        }
    },
}


class VerificationStack(Stack):
    """One streaming REST API with every kind of function, authorizer and limit.

    Everything is deleted with the stack. Only the role of CloudWatch Logs, which all APIs of an
    account and Region share, remains if the stack creates it.

    Attributes:
        api: The REST API.
        functions: Its functions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name_prefix: str = stack_outputs.DEFAULT_NAME_PREFIX,
        permissions_boundary: str | None = None,
        cloud_watch_role: bool = False,
        jwt_authorizers: bool = True,
    ) -> None:
        """Create the stack.

        Args:
            scope: The parent construct.
            construct_id: The id of the stack in the app.
            name_prefix: The name of the stack and of the API.
            permissions_boundary: The ARN of a managed policy that limits every role of the stack.
                Default: none.
            cloud_watch_role: Whether to create the role by which API Gateway writes logs. It
                remains when the stack is deleted. Default: the role of the account.
            jwt_authorizers: Whether to create the routes with JWT authorizers. AWS does not
                document their OpenAPI extension, so that a deployment can fail. Default: True.
        """
        super().__init__(scope, construct_id, stack_name=name_prefix)
        if permissions_boundary is not None:
            policy = iam.ManagedPolicy.from_managed_policy_arn(
                self, "PermissionsBoundary", permissions_boundary
            )
            iam.PermissionsBoundary.of(self).apply(policy)
        self.functions = VerificationFunctions(self, "Functions")
        self.api = StreamingRestApi(
            self,
            "Api",
            handler=self.functions.echo,
            openapi=OpenApi.from_dict(_DOCUMENT),
            request_validator_options=RequestValidatorOptions(
                validate_request_body=True, validate_request_parameters=True
            ),
            rest_api_name=name_prefix,
            cors=CorsOptions(
                allow_origins=[stack_outputs.CORS_ORIGIN], allow_methods=["GET", "POST"]
            ),
            deploy_options=StageOptions(
                logging_level=MethodLoggingLevel.OFF, tracing_enabled=False, metrics_enabled=False
            ),
            cloud_watch_role=cloud_watch_role,
            access_log=AccessLog(
                retention=RetentionDays.ONE_DAY, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        self._add_function_routes()
        self._add_routing_routes()
        user_pool, client = self._create_user_pool()
        self._add_authorized_routes(user_pool, client if jwt_authorizers else None)
        api_key, quota_api_key = self._add_limited_routes()
        outputs = {
            stack_outputs.API_URL: self.api.url,
            stack_outputs.API_ID: self.api.rest_api.rest_api_id,
            stack_outputs.USER_POOL_ID: user_pool.user_pool_id,
            stack_outputs.USER_POOL_CLIENT_ID: client.user_pool_client_id,
            stack_outputs.API_KEY_ID: api_key.key_id,
            stack_outputs.QUOTA_API_KEY_ID: quota_api_key.key_id,
        }
        if self.api.access_log_group is not None:
            outputs[stack_outputs.ACCESS_LOG_GROUP] = self.api.access_log_group.log_group_name
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _add_function_routes(self) -> None:
        """Add a route for each kind of function, transfer mode and timeout."""
        functions = self.functions
        self.api.add_route("/program", handler=functions.program)
        self.api.add_route(
            "/short",
            handler=functions.program,
            timeout=Duration.seconds(stack_outputs.SHORT_TIMEOUT_SECONDS),
        )
        self.api.add_route(
            "/function-timeout",
            handler=functions.short_program,
            timeout=Duration.seconds(20),
        )
        self._add_route_without_timeout()
        self.api.add_route("/generator", methods=["GET"], handler=functions.generator)
        self.api.add_route("/native", methods=["GET"], handler=functions.native)
        self.api.add_route("/web", methods=["GET"], handler=functions.web)
        # Two routes of the wrong transfer mode: the docs describe their results.
        for path, handler, mode in (
            ("/buffered", functions.buffered, ResponseTransferMode.BUFFERED),
            ("/buffered-program", functions.program, ResponseTransferMode.BUFFERED),
            ("/streamed-buffered", functions.buffered, ResponseTransferMode.STREAM),
        ):
            self.api.add_route(
                path,
                handler=handler,
                response_transfer_mode=mode,
                timeout=Duration.seconds(20),
            )

    def _add_route_without_timeout(self) -> None:
        """Add a route without `timeoutInMillis`, which the construct otherwise always writes."""
        self.api.add_route("/default-timeout", methods=["POST"], handler=self.functions.program)
        resource = self.api.rest_api.node.default_child
        assert isinstance(resource, CfnRestApi)  # noqa: S101 - the L1 resource of a SpecRestApi
        resource.add_property_deletion_override(
            "Body.paths./default-timeout.post.x-amazon-apigateway-integration.timeoutInMillis"
        )

    def _add_routing_routes(self) -> None:
        """Add routes that echo their event, for the cases about paths and methods."""
        self.api.add_route("/any")
        self.api.add_route("/methods", methods=["GET", "POST"])
        self.api.add_route("/items/{id}", methods=["GET"])
        self.api.add_route("/items/exact", methods=["GET"])
        self.api.add_route("/items/{id}/parts/{part}", methods=["GET"])
        self.api.add_route("/files/{path+}")
        self.api.add_route("/files/exact", methods=["GET"])

    def _create_user_pool(self) -> tuple[cognito.UserPool, cognito.UserPoolClient]:
        user_pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,
            removal_policy=RemovalPolicy.DESTROY,
        )
        client = user_pool.add_client(
            "Client", auth_flows=cognito.AuthFlow(admin_user_password=True)
        )
        return user_pool, client

    def _add_authorized_routes(
        self, user_pool: cognito.UserPool, jwt_client: cognito.UserPoolClient | None
    ) -> None:
        """Add a route for each authorizer, all with the echo function."""
        function = self.functions.authorizer
        no_cache = Duration.seconds(0)
        authorizers = {
            "iam": Authorizer.iam(),
            "cognito": Authorizer.cognito(user_pool, results_cache_ttl=no_cache),
            "cognito-scope": Authorizer.cognito(
                user_pool,
                scopes=[stack_outputs.TOKEN_SCOPE],
                results_cache_ttl=no_cache,
                authorizer_name="CognitoScope",
            ),
            "token": Authorizer.token(
                function,
                validation_regex="[a-z]+",
                results_cache_ttl=no_cache,
                authorizer_name="Token",
            ),
            "request": Authorizer.request(
                function,
                identity_sources=[IdentitySource.header("X-Token")],
                results_cache_ttl=no_cache,
                authorizer_name="Request",
            ),
        }
        if jwt_client is not None:
            for name, scopes in (("jwt", []), ("jwt-scope", [stack_outputs.TOKEN_SCOPE])):
                authorizers[name] = Authorizer.jwt(
                    issuer=user_pool.user_pool_provider_url,
                    audiences=[jwt_client.user_pool_client_id],
                    scopes=scopes,
                    authorizer_name="".join(map(str.title, name.split("-"))),
                )
        for name, authorizer in authorizers.items():
            self.api.add_route(f"/authorized/{name}", methods=["GET"], authorizer=authorizer)

    def _add_limited_routes(self) -> tuple[ApiKey, ApiKey]:
        """Add a route with a throttle, and one that needs an API key of two usage plans."""
        throttle = ThrottleSettings(rate_limit=1, burst_limit=stack_outputs.THROTTLE_BURST)
        self.api.add_route("/throttled", methods=["GET"], throttle=throttle)
        self.api.add_route("/authorized/key", methods=["GET"], api_key_required=True)
        api_key, quota_api_key = self.api.add_api_key("Key"), self.api.add_api_key("QuotaKey")
        self.api.add_usage_plan(
            "Plan",
            api_keys=[api_key],
            throttle=ThrottleSettings(rate_limit=50, burst_limit=50),
        )
        self.api.add_usage_plan(
            "QuotaPlan",
            api_keys=[quota_api_key],
            quota=QuotaSettings(limit=stack_outputs.QUOTA_REQUESTS, period=Period.DAY),
        )
        return api_key, quota_api_key

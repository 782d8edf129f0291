from aws_cdk import App, Duration, Environment, Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    AccessLogFormat,
    CorsOptions,
    EndpointConfiguration,
    EndpointType,
    IdentitySource,
    Period,
    QuotaSettings,
    RequestValidatorOptions,
    ResponseTransferMode,
    ResponseType,
    StageOptions,
    ThrottleSettings,
)
from aws_cdk.aws_logs import LogGroup, RetentionDays

from streaming_construct import (
    AccessLog,
    Authorizer,
    FunctionLogMetrics,
    OpenApi,
    OpenApiOptions,
    PythonStreamingFunction,
    PythonWebFunction,
    RouteOptions,
    StreamingRestApi,
    TenantId,
    TraceSampling,
)

stack = Stack(App(), "Chat", env=Environment(account="111122223333", region="eu-west-1"))
chat = lambda_.Function(
    stack,
    "Function",
    runtime=lambda_.Runtime.NODEJS_24_X,
    handler="index.handler",
    code=lambda_.Code.from_asset("lambda_src/node"),
    timeout=Duration.minutes(5),
)

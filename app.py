"""The sample: streams of a Python web app, a Node.js and a Python handler behind one REST API.

`python app.py` and `npx --yes aws-cdk@2 synth` both write `cdk.out`; `npx --yes aws-cdk@2 deploy`
deploys it. With `-c bedrockModelId=...` its chat is Amazon Bedrock's, with `-c mediaUrl=...` its
media are what that URL has.
"""

import os
import re
from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import CorsOptions, ResponseTransferMode, ThrottleSettings
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_logs import LogGroup, RetentionDays
from constructs import Construct

from streaming_construct import (
    AccessLog,
    PythonStreamingFunction,
    PythonWebFunction,
    StreamingDashboard,
    StreamingRestApi,
    WebAdapter,
    acknowledge_scanner_findings,
)

LAMBDA_SRC = Path(__file__).parent / "lambda_src"
BASIC_EXECUTION = (
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
    "AWSLambdaBasicExecutionRole]"
)


class StreamingSample(Stack):
    """A FastAPI app on every path, handlers that stream on `/node` and `/words`.

    The responses of `/buffered` and `/health` are buffered.

    Expensive routes have a separate throttle, so that one client cannot use up the quota of the
    account.

    Attributes:
        api: The REST API, for code that extends the sample.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        web = self._create_web_function()
        node = self._create_node_function()
        words = self._create_generator_function()
        health = self._create_buffered_function("Health", "health.handler", Duration.seconds(5))
        buffered = self._create_buffered_function(
            "Buffered", "buffered.handler", Duration.seconds(29)
        )

        self.api = self._create_api(web)
        self._add_web_routes()
        self.api.add_route("/node", methods=["GET"], handler=node)
        self.api.add_route("/words", methods=["GET"], handler=words)
        for path, function in (("/health", health), ("/buffered", buffered)):
            self.api.add_route(
                path,
                methods=["GET"],
                handler=function,
                response_transfer_mode=ResponseTransferMode.BUFFERED,
            )
        # The API sets these variables of functions of this library. Other functions need them, too.
        for function in (node, health, buffered):
            for name, value in self.api.cors_environment.items():
                function.add_environment(name, value)

        # AWS bills the 8 metrics of the dashboard for the hours in which they have data.
        functions = [web, node, words, health, buffered]
        StreamingDashboard(self, "Dashboard", api=self.api, functions=functions)
        self._acknowledge_findings(functions)

        CfnOutput(self, "Url", value=self.api.url, description="The URL of the API")
        CfnOutput(
            self,
            "StreamUrl",
            value=self.api.url_for_path("/stream"),
            description="A stream, for curl -N",
        )

    def _create_web_function(self) -> PythonWebFunction:
        """Return the FastAPI app, which the Web Adapter starts."""
        web = PythonWebFunction(
            self,
            "Web",
            entry=LAMBDA_SRC / "web",
            app="app:app",
            web_adapter=WebAdapter(readiness_check_path="/ready"),
            environment=self._read_settings(
                BEDROCK_MODEL_ID="bedrockModelId", MEDIA_URL="mediaUrl"
            ),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self._create_log_group("WebLog"),
        )
        if model_id := self.node.try_get_context("bedrockModelId"):
            for statement in self._create_model_statements(model_id):
                web.add_to_role_policy(statement)
        return web

    def _create_node_function(self) -> lambda_.Function:
        """Return the Node.js handler, which streams with `streamifyResponse`."""
        return lambda_.Function(
            self,
            "Node",
            runtime=lambda_.Runtime.NODEJS_24_X,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(LAMBDA_SRC / "node")),
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.minutes(5),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self._create_log_group("NodeLog"),
        )

    def _create_generator_function(self) -> PythonStreamingFunction:
        """Return the Python handler that yields its chunks, without an adapter."""
        return PythonStreamingFunction(
            self,
            "Words",
            entry=LAMBDA_SRC / "plain",
            handler="words.handler",
            memory_size=256,
            timeout=Duration.minutes(5),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self._create_log_group("WordsLog"),
        )

    def _create_api(self, handler: lambda_.IFunction) -> StreamingRestApi:
        """Return the API with one function on every path."""
        return StreamingRestApi(
            self,
            "Api",
            handler=handler,
            cors=CorsOptions(
                allow_origins=["*"],
                allow_methods=["GET", "POST", "OPTIONS"],
                # Clients send additional headers (OpenAI's X-Stainless-...). `*` means all headers
                # but Authorization: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name.
                allow_headers=["*", "Authorization"],
                expose_headers=["Content-Range", "ETag"],
            ),
            access_log=AccessLog(removal_policy=RemovalPolicy.DESTROY),
        )

    def _add_web_routes(self) -> None:
        """Give the routes of the web app that cost more a timeout and a throttle."""
        self.api.add_route(
            "/stream",
            methods=["GET"],
            timeout=Duration.minutes(10),
            throttle=ThrottleSettings(rate_limit=20, burst_limit=20),
        )
        # Tokens cost money, and a query or a computation keeps a function busy.
        self.api.add_route(
            "/v1/chat/completions",
            methods=["POST"],
            timeout=Duration.minutes(15),
            throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
        )
        self.api.add_route("/v1/models", methods=["GET"], timeout=Duration.seconds(29))
        for path, method in (("/export", "GET"), ("/jobs", "POST")):
            self.api.add_route(
                path,
                methods=[method],
                timeout=Duration.minutes(5),
                throttle=ThrottleSettings(rate_limit=2, burst_limit=5),
            )

    def _read_settings(self, **settings: str) -> dict[str, str]:
        """Return variables for the values in the context (`-c name=value`, or `cdk.json`)."""
        values = {variable: self.node.try_get_context(name) for variable, name in settings.items()}
        return {variable: str(value) for variable, value in values.items() if value}

    def _create_model_statements(self, model_id: str) -> list[PolicyStatement]:
        """Allow ConverseStream on one model, or on one inference profile and its model through it.

        https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html

        Raises:
            ValueError: The id is an ARN, which does not show the model behind it.
        """
        if model_id.startswith("arn:"):
            raise ValueError(
                f"{self.node.path}: bedrockModelId must be the id of a model or of an inference "
                f"profile, not an ARN, got {model_id!r}"
            )
        # This action authorizes ConverseStream, although its name differs.
        actions = ["bedrock:InvokeModelWithResponseStream"]
        model = re.fullmatch(r"(?P<geography>[a-z]{2}|apac|global|us-gov)\.(?P<model>.+)", model_id)
        if model is None:
            return [PolicyStatement(actions=actions, resources=[self._format_model_arn(model_id)])]
        profile = self.format_arn(
            service="bedrock", resource="inference-profile", resource_name=model_id
        )
        # A profile sends a request to a Region with free capacity.
        return [
            PolicyStatement(actions=actions, resources=[profile]),
            PolicyStatement(
                actions=actions,
                resources=[self._format_model_arn(model["model"], region="*")],
                conditions={"StringEquals": {"bedrock:InferenceProfileArn": profile}},
            ),
        ]

    def _format_model_arn(self, model_id: str, region: str | None = None) -> str:
        return self.format_arn(
            service="bedrock",
            region=region,
            account="",
            resource="foundation-model",
            resource_name=model_id,
        )

    def _create_buffered_function(
        self, construct_id: str, handler: str, timeout: Duration
    ) -> lambda_.Function:
        """Return an ordinary function, whose response API Gateway buffers."""
        return lambda_.Function(
            self,
            construct_id,
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler=handler,
            code=lambda_.Code.from_asset(
                str(LAMBDA_SRC / "plain"), exclude=["**/__pycache__", "words.py"]
            ),
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self._create_log_group(f"{construct_id}Log"),
        )

    def _create_log_group(self, construct_id: str) -> LogGroup:
        return LogGroup(
            self,
            construct_id,
            retention=RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _acknowledge_findings(self, functions: list[lambda_.Function]) -> None:
        """Acknowledge findings of cdk-nag and Checkov, each with its reason."""
        acknowledge_scanner_findings(
            self.api,
            {
                "AwsSolutions-APIG2": "the functions check query and body, and report all problems "
                "at once, which API Gateway does not",
                "AwsSolutions-APIG3": "the API is public and throttled; web_acl=ManagedWebAcl() "
                "adds AWS WAF, which costs money in a test account",
            },
        )
        for function in functions:
            acknowledge_scanner_findings(
                function,
                {
                    "CKV_AWS_116": "API Gateway invokes the function synchronously: the caller "
                    "receives the error, and a dead-letter queue would stay empty",
                    "CKV_AWS_117": "the function needs no resource in a VPC; vpc=... connects it",
                    "CKV_AWS_115": "the throttle of the stage limits concurrent requests; a "
                    "reservation would use the ten executions of a new account",
                    "CKV_AWS_173": "the variables contain no secret; environment_encryption=... "
                    "adds a key",
                },
            )
        for role in [function.role for function in functions if function.role]:
            acknowledge_scanner_findings(
                role,
                {
                    BASIC_EXECUTION: "the managed policy of Lambda that allows only to write logs",
                    "AwsSolutions-IAM5[Resource::*]": "X-Ray has no resource types for "
                    "PutTraceSegments and PutTelemetryRecords, the only two actions",
                },
            )
        groups = [self.api.access_log_group, *(function.log_group for function in functions)]
        for group in filter(None, groups):
            acknowledge_scanner_findings(
                group,
                {
                    "CKV_AWS_158": "CloudWatch Logs encrypts it with its key, which is enough for "
                    "lines without personal data; encryption_key=... sets another one"
                },
            )


if __name__ == "__main__":
    # The CDK CLI sets the folder that it reads. Without it, the program writes to the same folder.
    app = App(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    StreamingSample(app, "StreamingSample")
    app.synth()

"""`VerificationFunctions`: one function of every kind, with code from `verify/functions`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import LogGroup, RetentionDays
from constructs import Construct

from streaming_construct.constructs.functions.python_streaming_function import (
    PythonStreamingFunction,
)
from streaming_construct.constructs.functions.python_web_function import PythonWebFunction
from streaming_construct.verify.stack_outputs import SHORT_TIMEOUT_SECONDS

_CODE: Final = Path(__file__).parents[2] / "verify" / "functions"
_MEMORY_MB: Final = 256


class VerificationFunctions(Construct):
    """The functions of the stack. Their log groups are deleted with it.

    Attributes:
        program: Writes the bytes that the request describes (Node.js, streams).
        short_program: The same with a short function timeout.
        echo: Returns its event (Node.js, streams).
        buffered: Returns the result that the request describes, or its event (Node.js).
        authorizer: A Lambda authorizer. Its token names the result.
        generator: A handler that yields (Python).
        native: An ASGI app on the Python runtime of this library.
        web: The same app behind the Lambda Web Adapter.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.program = self._create_node_function("Program", "program", Duration.minutes(15))
        self.short_program = self._create_node_function(
            "ShortProgram", "program", Duration.seconds(SHORT_TIMEOUT_SECONDS)
        )
        self.echo = self._create_node_function("Echo", "echo", Duration.seconds(20))
        self.buffered = self._create_node_function("Buffered", "buffered", Duration.seconds(20))
        self.authorizer = self._create_node_function(
            "Authorizer", "authorizer", Duration.seconds(20)
        )
        self.generator = PythonStreamingFunction(
            self,
            "Generator",
            entry=_CODE / "generator",
            handler="index.handler",
            memory_size=_MEMORY_MB,
            timeout=Duration.minutes(1),
            log_group=self._create_log_group("Generator"),
        )
        self.native = PythonStreamingFunction(
            self,
            "Native",
            entry=_CODE / "asgi",
            handler="app:app",
            memory_size=_MEMORY_MB,
            timeout=Duration.minutes(1),
            log_group=self._create_log_group("Native"),
        )
        self.web = PythonWebFunction(
            self,
            "Web",
            entry=_CODE / "asgi",
            app="app:app",
            memory_size=_MEMORY_MB,
            timeout=Duration.minutes(1),
            log_group=self._create_log_group("Web"),
        )

    def _create_node_function(
        self, construct_id: str, module: str, timeout: Duration
    ) -> lambda_.Function:
        return lambda_.Function(
            self,
            construct_id,
            runtime=lambda_.Runtime.NODEJS_24_X,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"{module}.handler",
            code=lambda_.Code.from_asset(str(_CODE / "node")),
            memory_size=_MEMORY_MB,
            timeout=timeout,
            log_group=self._create_log_group(construct_id),
        )

    def _create_log_group(self, construct_id: str) -> LogGroup:
        return LogGroup(
            self,
            f"{construct_id}Log",
            retention=RetentionDays.ONE_DAY,
            removal_policy=RemovalPolicy.DESTROY,
        )

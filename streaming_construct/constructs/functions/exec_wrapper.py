"""Exec wrappers of other vendors: they start before the wrapper of the construct.

Lambda starts one wrapper. It gets the command of the runtime as its arguments, and executes it.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streaming_construct.aws.web_adapter import EXEC_WRAPPER_VARIABLE
from streaming_construct.packaging.run_script import CHAINED_WRAPPER_VARIABLE

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from streaming_construct.constructs.functions.function_options import FunctionOptions

# CDK accepts no other wrapper of the layer for a Python function.
# https://aws-otel.github.io/docs/getting-started/lambda/lambda-python
_ADOT_WRAPPER: Final = "/opt/otel-instrument"


def chain_exec_wrapper(function: lambda_.Function, wrapper: str, options: FunctionOptions) -> None:
    """Make `wrapper` the exec wrapper of a function, and start that of its options before it.

    The construct's wrapper or `run.sh` reads the path of the other one from
    `STREAMING_EXEC_WRAPPER`.
    """
    first = (options.get("environment") or {}).get(EXEC_WRAPPER_VARIABLE)
    if options.get("adot_instrumentation"):
        first = _ADOT_WRAPPER
    if first and first != wrapper:
        function.add_environment(CHAINED_WRAPPER_VARIABLE, first)
    function.add_environment(EXEC_WRAPPER_VARIABLE, wrapper)

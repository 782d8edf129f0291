"""Compile the modules of the first synthesis and of the gateway, while jsii unpacks its libraries.

The first synthesis of an environment would do one after the other, and the first start of the
gateway would compile its own modules.
"""

from __future__ import annotations

import compileall
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

# The modules of aws_cdk that app.py needs, the largest first.
CDK_MODULES: Final = (
    "aws_ec2",
    "aws_lambda",
    "aws_apigateway",
    "aws_cloudwatch",
    "aws_logs",
    "aws_iam",
    "interfaces/aws_ec2",
    "aws_applicationautoscaling",
    "cloud_assembly_schema",
    "aws_sns",
    "aws_sqs",
    "cx_api",
)
# An import compiles a module and what it imports.
GATEWAY_MODULES: Final = (
    "streaming_construct.cli",
    "streaming_construct.local.command",
    "streaming_construct.local.session",
)


def main() -> None:
    """Compile the modules that have no bytecode yet. The first import compiles the others."""
    spec = find_spec("aws_cdk")
    if spec is None or spec.origin is None:
        sys.exit("aws-cdk-lib is missing. Run `make install`.")
    folder = Path(spec.origin).parent
    for module in CDK_MODULES:
        compileall.compile_file(folder / module / "__init__.py", quiet=1)
    for module in GATEWAY_MODULES:
        import_module(module)


if __name__ == "__main__":
    main()

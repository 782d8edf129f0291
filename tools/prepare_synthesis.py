"""Do what the first synthesis of an environment does once, on two cores.

Python compiles the modules of CDK while jsii unpacks its libraries into its cache. The first
synthesis would do one after the other.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

# The modules that app.py needs and that take longest to compile.
MODULES: Final = (
    "aws_ec2",
    "aws_lambda",
    "aws_apigateway",
    "aws_cloudwatch",
    "aws_logs",
    "aws_iam",
    "aws_s3",
    "aws_certificatemanager",
    "interfaces/aws_ec2",
    "aws_applicationautoscaling",
    "aws_sns",
    "aws_sqs",
    "cx_api",
)


def main() -> None:
    """Start the compilation, and import CDK, which starts jsii."""
    spec = find_spec("aws_cdk")
    if spec is None or spec.origin is None:
        sys.exit("aws-cdk-lib is missing. Run `make install`.")
    folder = Path(spec.origin).parent
    modules = [str(folder / module / "__init__.py") for module in MODULES]
    command = [sys.executable, "-m", "compileall", "-q", *modules]
    with subprocess.Popen(command) as compilation:
        import_module("aws_cdk")
    if compilation.returncode:
        sys.exit(compilation.returncode)


if __name__ == "__main__":
    main()

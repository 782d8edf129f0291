"""SAM's translator is imported without boto3 and jsonschema, which it can still use later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "lint" / "corpus"


def run(program: str) -> str:
    """Run a program in a separate process; return its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()[-1]


def test_a_sam_template_is_read_without_boto3_and_jsonschema() -> None:
    """Their imports take longer than everything else. Other code may still import them."""
    file = CORPUS / "sam_fastapi_adapter.yaml"
    assert (
        run(
            "import os, sys\n"
            "from pathlib import Path\n"
            "from streaming_construct.lint.linter import read\n"
            f"(api,) = read(Path({str(file)!r}))[1]\n"
            "early = bool({'boto3', 'botocore', 'jsonschema'} & set(sys.modules))\n"
            "from samtranslator import region_configuration\n"
            "from samtranslator.translator import arn_generator, translator\n"
            "os.environ['AWS_DEFAULT_REGION'] = 'eu-west-1'\n"
            "region = arn_generator.boto3.session.Session().region_name\n"
            "import boto3, jsonschema\n"
            "jsonschema.validate(1, {'type': 'number'})\n"
            "is_real = isinstance(translator.Session(), boto3.Session)\n"
            "print(bool(api.api.routes), early, region, is_real)\n"
        )
        == "True False eu-west-1 True"
    )

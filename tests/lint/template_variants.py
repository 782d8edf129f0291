"""Variants of the template of an API without findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.document import read_document
from streaming_construct.lint.linter import LintResult
from tests.support.rule_examples import EXAMPLES, merge

BASE: Final = dict(read_document(EXAMPLES / "base.yaml").data)
INTEGRATION: Final = BASE["Resources"]["Api"]["Properties"]["Body"]["paths"]["/chat"]["post"][
    "x-amazon-apigateway-integration"
]
STREAM: Final = "2021-11-15/functions/${Chat.Arn}/response-streaming-invocations"


def write_variant(folder: Path, **resources: Any) -> Path:
    """Write the template without findings with changed resources; None removes one."""
    file = folder / "template.json"
    file.write_text(json.dumps(merge(BASE, {"Resources": resources})))
    (folder / "web").mkdir(exist_ok=True)
    (folder / "web" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "web" / "run.sh").chmod(0o755)
    return file


def integration(**members: Any) -> dict[str, Any]:
    """Change members of the integration."""
    operation = {"x-amazon-apigateway-integration": members}
    return {"Properties": {"Body": {"paths": {"/chat": {"post": operation}}}}}


def ids(result: LintResult) -> list[str]:
    return [finding.rule.id for finding in result.findings]


def method(**properties: Any) -> dict[str, Any]:
    """Declare the API by a method resource alone."""
    declared = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "MOCK"},
    }
    return {
        "Api": {"Properties": {"Body": None, "Name": "chat"}},
        "Method": {"Type": "AWS::ApiGateway::Method", "Properties": declared | properties},
        "Deployment20261122": {"DependsOn": "Method"},
    }

"""A value that only the deployment knows has no finding: a parameter may stand in any place.

SAM's translator is another matter: it needs values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.documents.document import read_document
from streaming_construct.lint.linter import lint_path
from tests.lint.template_variants import BASE
from tests.lint.test_damaged_files import paths_in, replace_at

CORPUS = Path(__file__).parent / "corpus"
FILES = (
    "cdk_lambda_integration.json",
    "cloudformation_binary_preflight.yaml",
    "cloudformation_body_with_role.yaml",
    "cloudformation_odata.yaml",
    "cloudformation_private_http_proxy.yaml",
)


def list_rules(file: Path, data: Any) -> list[str]:
    file.write_text(json.dumps(data))
    return [finding.rule.id for finding in lint_path(file).findings]


def list_places(data: Any) -> Iterator[tuple[Any, ...]]:
    """Yield each place below `Properties`, except the id of the API, which names another API."""
    for way in paths_in(data):
        is_property = way[0] == "Resources" and way[2:3] == ("Properties",) and len(way) > 3
        if is_property and "RestApiId" not in way:
            yield way


@pytest.mark.parametrize("name", ["base", *FILES])
def test_a_parameter_without_a_value_is_no_defect(name: str, tmp_path: Path) -> None:
    data = json.loads(json.dumps(BASE if name == "base" else read_document(CORPUS / name).data))
    data.setdefault("Parameters", {})["Unknown"] = {"Type": "String"}
    file = tmp_path / "template.json"
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "run.sh").touch(mode=0o755)
    declared = {*list_rules(file, data)}
    places = list(list_places(data))

    assert places
    for way in places:
        rules = list_rules(file, replace_at(data, way, {"Ref": "Unknown"}))
        assert {*rules} <= declared, way

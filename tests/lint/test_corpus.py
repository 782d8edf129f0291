"""Correct templates, documents and plans in common forms have no error.

Each file was written for this test after the shape that a tool or a public sample has.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.lint.linter import lint_path, read
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.rule import Severity

CORPUS = sorted(Path(__file__).parent.joinpath("corpus").iterdir())
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_a_working_input_has_no_error(file: Path) -> None:
    """Warnings are possible: most samples set no logs and no throttling."""
    findings = lint_path(file).findings

    assert [str(finding) for finding in findings if finding.rule.severity is Severity.ERROR] == []


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_routes_that_are_open_on_purpose_are_no_finding(file: Path) -> None:
    """SAM's value for an open route counts, and so do keys and IAM."""
    suspected = {"authorization-not-applied", "authorizer-unused", "authorizer-invalid"}

    assert not suspected & {finding.rule.id for finding in lint_path(file).findings}


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_every_route_was_read(file: Path) -> None:
    """The test above would be worthless without routes."""
    apis = read(file)[1]
    routes = [route for api in apis if isinstance(api, Declaration) for route in api.api.routes]

    assert routes
    assert not [route for route in routes if route.integration.type == "none"]
    streams = any(r.integration.transfer_mode is TransferMode.STREAM for r in routes)
    assert streams is (file.name != "sam_hello_world.yaml")


def test_an_api_without_streams_has_no_finding() -> None:
    """Its logs and limits do not matter to this tool."""
    assert lint_path(Path(__file__).parent / "corpus" / "sam_hello_world.yaml").findings == ()


def test_the_sample_has_no_finding() -> None:
    """The construct breaks no rule."""
    template = ROOT / "tests" / "sample" / "StreamingSample.template.json"

    (declaration,) = read(template)[1]
    assert isinstance(declaration, Declaration)
    assert declaration.api.routes
    assert lint_path(template).findings == ()

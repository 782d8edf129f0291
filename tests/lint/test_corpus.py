"""Templates, documents and plans as they are in circulation: what is right is not called wrong.

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
def test_what_works_has_no_error(file: Path) -> None:
    """There may be warnings: most samples leave logs and throttling to their reader."""
    found = lint_path(file).findings

    assert [str(finding) for finding in found if finding.rule.severity is Severity.ERROR] == []


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_what_is_protected_or_open_on_purpose_is_not_suspected(file: Path) -> None:
    """SAM's own word for an open route, and keys and IAM, which need no authorizer."""
    suspected = {"authorization-not-applied", "authorizer-unused", "authorizer-invalid"}

    assert not suspected & {finding.rule.id for finding in lint_path(file).findings}


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_every_route_was_read(file: Path) -> None:
    """No errors are worth nothing where nothing was looked at."""
    apis = read(file)[1]
    routes = [route for each in apis if isinstance(each, Declaration) for route in each.api.routes]

    assert routes
    assert not [route for route in routes if route.integration.type == "none"]
    streams = any(r.integration.transfer_mode is TransferMode.STREAM for r in routes)
    assert streams is (file.name != "sam_hello_world.yaml")


def test_an_api_that_does_not_stream_is_left_alone() -> None:
    """Its logs and limits are somebody else's subject."""
    assert lint_path(Path(__file__).parent / "corpus" / "sam_hello_world.yaml").findings == ()


def test_the_sample_has_no_finding_at_all() -> None:
    """What the construct makes breaks none of the rules that it knows."""
    template = ROOT / "tests" / "sample" / "StreamingSample.template.json"

    (declaration,) = read(template)[1]
    assert isinstance(declaration, Declaration)
    assert declaration.api.routes
    assert lint_path(template).findings == ()

"""The reasons for which the gateway serves no route are findings of lint, with the same
examples."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from streaming_construct.lint.linter import lint_path, read
from streaming_construct.local.gateway.route_errors import list_route_errors
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from tests.support.in_memory_functions import InMemoryFunctions, gateway, prelude
from tests.support.rule_examples import with_example, write_example

NAMES = [
    f"{rule_id}.{quality}.yaml" for rule_id in with_example("yaml") for quality in ("bad", "good")
]
STATUS = {
    "integration-http-method": 500,
    "integration-missing": 501,
    "integration-region-mismatch": 501,
    "integration-uri-invalid": 501,
    "mock-binary-media-type": 500,
    "path-parameter-unmapped": 500,
    "stage-variable-missing": 500,
    "transfer-mode-invalid": 501,
    "transfer-mode-mismatch": 501,
    "vpc-link-missing": 501,
}
"""As on AWS: 500 where each request fails; 501 where the deployment would."""


def statuses(api: ApiModel) -> list[int]:
    """Request each route of an API once; return the statuses."""

    async def scenario() -> list[int]:
        response = [prelude(statusCode=200), b"ok"]
        functions = InMemoryFunctions(dict.fromkeys(api.functions, response))
        async with gateway(api, functions) as running, httpx.AsyncClient() as client:
            return [
                (await client.request(*request(running.url, route))).status_code
                for route in api.routes
            ]

    return asyncio.run(scenario())


def request(url: object, route: Route) -> tuple[str, str]:
    assert callable(url)
    method = "GET" if route.method == "ANY" else route.method
    return method, url(re.sub(r"\{[^}]*\}", "x", route.path))


@pytest.mark.parametrize("name", NAMES)
def test_a_route_with_a_finding_is_not_served(name: str, tmp_path: Path) -> None:
    """The table of routes and the console have the id of the rule."""
    file = write_example(name, tmp_path)
    findings = {finding.rule.id for finding in lint_path(file).findings}
    for api in read(file)[1]:
        if not isinstance(api, Declaration):
            continue
        if api.problems:
            assert findings, api.problems
            continue
        reasons = [
            reason
            for errors in list_route_errors(api.api).values()
            for reason in (*errors.deployment, *errors.requests)
        ]
        assert {reason.rpartition("[")[2].rstrip("]") for reason in reasons} <= findings


@pytest.mark.parametrize("rule_id", STATUS)
def test_a_response_has_the_status_that_aws_returns(rule_id: str, tmp_path: Path) -> None:
    """The function serves the good example. The gateway does not serve `http_proxy`."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    bad = read(write_example(f"{rule_id}.bad.yaml", tmp_path / "bad"))[1][0]
    good = read(write_example(f"{rule_id}.good.yaml", tmp_path / "good"))[1][0]
    assert isinstance(bad, Declaration)
    assert isinstance(good, Declaration)

    assert STATUS[rule_id] in statuses(bad.api)
    assert STATUS[rule_id] not in statuses(good.api) or rule_id == "vpc-link-missing"


def test_a_member_beside_the_integration_is_ignored_as_on_aws(tmp_path: Path) -> None:
    """The route is buffered then, with a URI that streams."""
    name = "integration-member-misplaced.bad.yaml"
    (api,) = read(write_example(name, tmp_path))[1]
    assert isinstance(api, Declaration)

    assert statuses(api.api) == [501]

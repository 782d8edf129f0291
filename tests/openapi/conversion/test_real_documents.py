"""Published documents and applications convert by the rules of the import.

`pytest -rP` prints the time of each conversion.
"""

from __future__ import annotations

import copy
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.openapi import Conversion, OpenApi, OperationKey
from tests.openapi.conversion import import_rules, request_samples
from tests.openapi.conversion.published import (
    APPLICATIONS,
    DOCUMENTS,
    GITHUB,
    Application,
    Document,
    FetchError,
)
from tests.openapi.conversion.request_samples import resolved
from tests.openapi.conversion.routing import Router

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.recipe


def read(published: Document | Application) -> OpenApi:
    try:
        if isinstance(published, Application):
            return published.openapi()
        return OpenApi.from_file(published.file())
    except FetchError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("published", [*DOCUMENTS, *APPLICATIONS], ids=str)
def test_a_published_document_converts(published: Document | Application) -> None:
    """It breaks no rule of the import. The report has each omission."""
    source = read(published)
    conversion = convert(source)
    assert import_rules.findings(conversion.document) == []
    assert_all_accounted_for(source.document, conversion)


def test_the_largest_document_converts_with_a_higher_quota() -> None:
    """GitHub's document has too many resources and no other problem.

    test_converter.py shows the error without a higher quota.
    """
    source = read(GITHUB)
    conversion = source.convert(max_resources=1_000)
    (finding,) = import_rules.findings(conversion.document)
    assert finding.rule == "D05"
    assert re.fullmatch(r"\d{3} resources", finding.location)
    assert_all_accounted_for(source.document, conversion)


def convert(source: OpenApi) -> Conversion:
    """Return the conversion, which is idempotent and does not change its input."""
    before = copy.deepcopy(source.document)
    started = time.perf_counter()
    conversion = source.convert()
    seconds = time.perf_counter() - started
    assert source.document == before
    again = OpenApi.from_dict(conversion.document).convert()
    assert again.document == conversion.document
    megabytes = len(json.dumps(before)) / 1e6
    print(f"{source.name}: {megabytes:.3f} MB, {seconds:.3f} s, {seconds / megabytes:.2f} s/MB")
    return conversion


def assert_all_accounted_for(original: Any, conversion: Conversion) -> None:
    """Check that operations are reachable, bodies stay allowed, and omissions are reported."""
    authored = dict(operations(original))
    assert set(conversion.operations) == set(authored)
    resources = conversion.document["paths"]
    router = Router(resources)
    dropped: dict[str, list[str]] = {}
    for entry in conversion.dropped:
        dropped.setdefault(entry.subject, []).append(str(entry))
    for key, (item, operation) in authored.items():
        target = conversion.operations[key]
        served = resources[target.path][target.method.lower()]
        plain = re.sub(r"\{\?[^}]*\}|[?#].*$", "", key.path)
        assert router.route(re.sub(r"\{[^}]*\}", "0value", plain)) == target.path
        report = "\n".join(dropped.get(str(key), ()))
        assert list_unreported_parameters(original, item, operation, served, report) == []
        assert list_unreported_security(original, operation, served, report) == []
    count, rejected = request_samples.count_rejected_bodies(
        original, conversion.document, conversion.operations
    )
    print(f"{len(authored)} operations, {count} request bodies")
    assert rejected == []


def operations(document: Any) -> Iterator[tuple[OperationKey, tuple[Any, Any]]]:
    for path, item in document["paths"].items():
        for method in request_samples.METHODS:
            if method in item:
                yield OperationKey(method.upper(), path), (item, item[method])


def list_unreported_parameters(
    document: Any, item: Any, operation: Any, served: Any, report: str
) -> list[str]:
    """Return parameters that are neither in the operation nor in the report."""
    served_parameters = {
        (parameter_object["in"], parameter_object["name"])
        for parameter_object in served.get("parameters", [])
    }
    declared = [*item.get("parameters", []), *operation.get("parameters", [])]
    return [
        parameter_object["name"]
        for parameter_object in (resolved(document, parameter) for parameter in declared)
        if parameter_object["in"] in {"query", "header", "cookie"}
        and (parameter_object["in"], parameter_object["name"]) not in served_parameters
        and f"parameter {parameter_object['name']} ({parameter_object['in']})" not in report
    ]


def list_unreported_security(document: Any, operation: Any, served: Any, report: str) -> list[str]:
    """Return schemes that are neither applied nor reported, and those of an open operation."""
    alternatives = operation.get("security", document.get("security", []))
    applied = {name for requirement in served.get("security", []) for name in requirement}
    if not alternatives or {} in alternatives:
        return sorted(applied)
    schemes = {name for alternative in alternatives for name in alternative}
    return [
        name
        for name in schemes - applied
        if not re.search(rf"security: .*\b{re.escape(name)}\b", report)
    ]

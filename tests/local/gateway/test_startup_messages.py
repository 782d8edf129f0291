"""The messages that the gateway prints before it serves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import (
    format_route_table,
    list_base_path_messages,
    list_limitation_messages,
)
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import UsagePlan
from tests.support.in_memory_functions import api_model, route
from tests.support.models import new_api, new_route


def test_every_route_has_a_line_in_columns() -> None:
    """A line has method, path, mode, timeout and function. The default timeout is printed."""
    api = api_model(
        route("/{proxy+}", function="web", timeout_ms=900_000, qualifier="live"),
        route("/health", "GET", function="plain", mode=TransferMode.BUFFERED, timeout_ms=None),
        replace(route("/x", "OPTIONS"), integration=Integration(type="mock")),
        route("/broken", "GET", function="", unresolved={"Uri": "Fn is unknown"}),
    )

    assert list(format_route_table(api, {})) == [
        "ANY      /{proxy+}  STREAM      900 s  web:live",
        "GET      /health    BUFFERED    29 s   plain",
        "OPTIONS  /x         mock",
        "GET      /broken    not served         Uri: Fn is unknown",
    ]


def test_functions_that_cannot_run_and_unknown_values_are_named() -> None:
    """Each line has the construct path and the reason."""
    api = api_model(route("/"))
    function = Function(
        id="fn",
        origin=SourceLocation(construct_path="Chat/Fn"),
        unresolved={"Environment.Variables.URL": "it is unknown"},
    )
    api = replace(api, functions={"fn": function})
    lines = list(format_route_table(api, {"fn": "an image"}, ["a note"]))

    assert lines[1:] == [
        "Chat/Fn cannot run locally: an image",
        "Chat/Fn is not completely resolved: Environment.Variables.URL: it is unknown",
        "Pass --env 'Chat/Fn:URL=VALUE' to set the variable locally.",
        "a note",
    ]


def test_an_unresolved_part_of_a_usage_plan_is_named() -> None:
    """Its keys have no quota here."""
    origin = SourceLocation(construct_path="Chat/Plan")
    plan = UsagePlan(id="p", name="p", origin=origin, unresolved={"Quota": "it is unknown"})
    api = replace(api_model(route("/")), usage_plans=(plan,))

    assert list(list_limitation_messages(api, GatewayOptions())) == [
        "Chat/Plan is not completely resolved: Quota: it is unknown"
    ]


@pytest.mark.parametrize(
    ("served", "missing"), [(None, ["v1", "v2"]), ("v1", ["v2"]), ("other", ["v1", "v2"])]
)
def test_each_base_path_that_is_not_served_is_named(served: str | None, missing: list[str]) -> None:
    """The message has the option that serves it."""
    api = new_api(new_route(), base_paths=("v1", "v2"))

    messages = [
        message for message in list_base_path_messages(api, served) if "WARNING" not in message
    ]

    assert [message.partition("--base-path ")[2].split()[0] for message in messages] == missing


def test_an_api_without_base_paths_has_no_message() -> None:
    """Most APIs have no domain name."""
    assert not list(list_base_path_messages(new_api(new_route()), None))


def test_an_unknown_base_path_gets_a_warning() -> None:
    """It lists the base paths of the API. The root needs no mapping."""
    with_paths = new_api(new_route(), base_paths=("v1", "v2"))
    (warning, *_) = list_base_path_messages(with_paths, "v3")
    (without,) = list_base_path_messages(new_api(new_route()), "v3")

    assert "no custom domain name serves the API under /v3/" in warning
    assert "Its base paths: /v1/, /v2/." in warning
    assert "Its base paths: none." in without
    assert not list(list_base_path_messages(new_api(new_route()), ""))

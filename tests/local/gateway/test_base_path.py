"""The base paths of custom domain names are named until the gateway serves under them."""

from __future__ import annotations

import pytest

from streaming_construct.local.gateway.startup_messages import base_path_messages
from tests.support.models import new_api, new_route


@pytest.mark.parametrize(
    ("served", "named"), [(None, ["v1", "v2"]), ("v1", ["v2"]), ("other", ["v1", "v2"])]
)
def test_each_that_is_not_served_is_named(served: str | None, named: list[str]) -> None:
    """With the option that tries it out."""
    api = new_api(new_route(), base_paths=("v1", "v2"))

    messages = [each for each in base_path_messages(api, served) if "WARNING" not in each]

    assert [message.partition("--base-path ")[2].split()[0] for message in messages] == named


def test_an_api_without_any_has_nothing_to_tell() -> None:
    """Most have no domain name."""
    assert not list(base_path_messages(new_api(new_route()), None))


def test_a_base_path_that_the_api_does_not_have_is_warned_of() -> None:
    """With those that it has; the root needs no mapping that the gateway could miss."""
    with_paths = new_api(new_route(), base_paths=("v1", "v2"))
    (warning, *_) = base_path_messages(with_paths, "v3")
    (without,) = base_path_messages(new_api(new_route()), "v3")

    assert "no custom domain name serves the API under /v3/" in warning
    assert "Its base paths: /v1/, /v2/." in warning
    assert "Its base paths: none." in without
    assert not list(base_path_messages(new_api(new_route()), ""))

"""Paths become resources: siblings share one variable, and no resource is below a greedy one."""

from __future__ import annotations

import pytest

from streaming_construct.openapi.conversion.resource_paths import map_paths


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/", "/"),
        ("", "/"),
        ("pets", "/pets"),
        ("/pets/", "/pets"),
        ("//pets", "/pets"),
        ("/pets?beta=true", "/pets"),
        ("/pets#stream", "/pets"),
        ("/pets{?limit,page}", "/pets"),
        ("/pets:batch", "/pets:batch"),
        ("/a,b", "/{ab}"),
        ("/@me", "/{me}"),
        ("/~", "/{segment}"),
        ("/tiles/{y}.{format}", "/tiles/{y}"),
        ("/points/{lon},{lat}", "/points/{lon}"),
        ("/v{version}/x", "/{version}/x"),
        ("/{user id}", "/{user_id}"),
        ("/{id:[0-9]+}/x", "/{id}/x"),
        ("/{a}/{a}", "/{a}/{a2}"),
        ("/files/{path:path}", "/files/{path+}"),
        ("/files/{path:.*}", "/files/{path+}"),
        ("/files/**", "/files/{segment+}"),
        ("/files/**/meta", "/files/{segment+}"),
        ("/files/{*rest}", "/files/{rest+}"),
        ("/files/{**rest}", "/files/{rest+}"),
        ("/files/*", "/files/{segment+}"),
        ("/files/*rest", "/files/{rest+}"),
        ("/files/*/meta", "/files/{segment}/meta"),
        ("/$metadata", "/$metadata"),
        ("/files/{+path}", "/files/{path+}"),
        ("/files/{path*}", "/files/{path+}"),
        ("/files/{path+}/meta", "/files/{path+}"),
    ],
)
def test_a_path_becomes_a_resource(path: str, resource: str) -> None:
    """An element that a resource cannot express becomes a variable or is dropped."""
    assert map_paths([path]).resources == {path: resource}


def test_siblings_share_the_first_name() -> None:
    """A resource has one variable below it. A name of the document precedes a generated one."""
    paths = ["/users/@me/guilds", "/users/{user_id}", "/users/{id}/posts", "/users/all"]
    assert map_paths(paths).resources == {
        "/users/@me/guilds": "/users/{user_id}/guilds",
        "/users/{user_id}": "/users/{user_id}",
        "/users/{id}/posts": "/users/{user_id}/posts",
        "/users/all": "/users/all",
    }


def test_a_greedy_variable_replaces_its_siblings_and_paths_below() -> None:
    """A greedy and a plain variable are siblings, too."""
    paths = ["/f/{id}", "/f/{id}/meta", "/f/{rest}/x", "/f/list"]
    assert map_paths(paths, {("/f/{rest}/x", "rest")}).resources == {
        "/f/{id}": "/f/{id+}",
        "/f/{id}/meta": "/f/{id+}",
        "/f/{rest}/x": "/f/{id+}",
        "/f/list": "/f/list",
    }


def test_every_parent_is_a_resource() -> None:
    """The quota counts a resource for each segment, used or not."""
    assert map_paths(["/a/b/c", "/a/b/d", "/"]).count_resources() == 4

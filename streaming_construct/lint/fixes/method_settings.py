"""The fix of method settings whose path is not escaped."""

from __future__ import annotations

from streaming_construct.documents.text_edits import TextEdit, replace_scalar
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.rules.rule import Finding


def fix_method_setting(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Escape the slashes of a setting's path where the API has a route of that path."""
    edits = []
    for declaration in context.declarations:
        stage = declaration.api.stage
        if not any(context.is_at(finding, setting.origin) for setting in stage.unmatched_settings):
            continue
        paths = {route.path for route in declaration.api.routes}
        for pointer in (
            (*stage.origin.json_pointer, "Properties", "MethodSettings"),
            (*declaration.api.origin.json_pointer, "Properties", "MethodSettings"),
            ("Globals", "Api", "MethodSettings"),
        ):
            settings = context.tree.find_node(pointer)
            for item in settings.items if settings else ():
                member = item.find_member("ResourcePath")
                if member is not None and (path := _escape_path(member[1].value, paths)):
                    edits.append(replace_scalar(context.tree, member[1], path))
    return list(dict.fromkeys(edits))


def _escape_path(value: str, paths: set[str]) -> str | None:
    """Return how a method setting writes a path of the API; None if it is written so already."""
    path = "/" + value.replace("~1", "/").strip("/")
    escaped = "/" if path == "/" else "/" + path.replace("/", "~1")
    return escaped if path in paths and value != escaped else None

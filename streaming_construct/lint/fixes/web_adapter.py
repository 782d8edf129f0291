"""Fixes of the Lambda Web Adapter: its invoke mode, and the version of its layer."""

from __future__ import annotations

import re
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.web_adapter import (
    BUFFERED_INVOKE_MODE,
    INVOKE_MODE_VARIABLE,
    LAYER_VERSION,
    STREAMING_INVOKE_MODE,
)
from streaming_construct.documents.text_edits import TextEdit, add_path, replace_scalar
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.rules.rule import Finding

_ADAPTER_LAYER: Final = re.compile(
    r"(:753240598075:layer:LambdaAdapterLayer(?:X86|Arm64))(?::[A-Za-z$]*)?(?=[\"'\s,\]]|$)"
)
"""AWS's layer without a version number, or with a word in its place."""


def fix_invoke_mode(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Set the adapter's invoke mode of a function behind streamed routes only."""
    functions = list(context.list_functions(finding))
    modes = {
        route.integration.transfer_mode
        for declaration, function in functions
        for route in declaration.api.routes
        if route.integration.function == function.id
    }
    if modes != {TransferMode.STREAM}:
        return []
    declared = functions[0][1].environment.get(INVOKE_MODE_VARIABLE)
    properties = context.tree.find_node((*finding.location.json_pointer, "Properties"))
    path = ("Environment", "Variables", INVOKE_MODE_VARIABLE)
    node = context.tree.find_node((*finding.location.json_pointer, "Properties", *path))
    if declared is None and properties is not None:
        return [add_path(context.tree, properties, path, STREAMING_INVOKE_MODE)]
    if node is None or node.value.lower() == BUFFERED_INVOKE_MODE:
        return []
    return [replace_scalar(context.tree, node, STREAMING_INVOKE_MODE)]


def fix_layer_version(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Give AWS's layer of the Lambda Web Adapter the version that this library is tested with."""
    pointer = (*finding.location.json_pointer, "Properties", "Layers")
    for layers in (
        context.tree.find_node(pointer),
        context.tree.find_node(("Globals", "Function", "Layers")),
    ):
        if layers is not None:
            text = context.tree.text[layers.start : layers.end]
            return [
                TextEdit(
                    layers.start + match.start(),
                    layers.start + match.end(),
                    f"{match[1]}:{LAYER_VERSION}",
                )
                for match in _ADAPTER_LAYER.finditer(text)
            ]
    return []

"""Layers: whether their ARNs name one, and one that runs on the function's processor.

Source: https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streaming_construct.model.api import ApiModel
from streaming_construct.rules.finding import Finding, error

_LAYER: Final = re.compile(r":layer:(?P<name>[^:]+)(:(?P<version>.*))?$")
_ARCHITECTURES: Final = {
    "arm64": re.compile(r"arm64|aarch64", re.IGNORECASE),
    "x86_64": re.compile(r"x86|amd64", re.IGNORECASE),
}


def layer_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what keeps the functions of `api` from having the layers that they name."""
    for function in api.functions.values():
        where = f"function {function.origin.display_name}"
        for arn in (layer.arn for layer in function.layers if layer.arn):
            found = _LAYER.search(arn)
            if found is None:
                continue
            if not (found["version"] or "").isdecimal():
                yield error(
                    "layer-version-invalid",
                    where,
                    f"its layer {arn} has no version number at its end, and no other is known "
                    "('latest' neither)",
                    "name a version that is published",
                    function.origin,
                )
            built_for = _architecture(found["name"])
            if built_for and function.architecture and built_for != function.architecture:
                yield error(
                    "layer-architecture",
                    where,
                    f"its layer {found['name']} is built for {built_for}, and it runs on "
                    f"{function.architecture}",
                    f"use the layer for {function.architecture}, or let it run on {built_for}",
                    function.origin,
                )


def _architecture(layer_name: str) -> str | None:
    """Return what a layer is built for, where its name tells."""
    told = [name for name, pattern in _ARCHITECTURES.items() if pattern.search(layer_name)]
    return told[0] if len(told) == 1 else None

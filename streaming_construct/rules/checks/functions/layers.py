"""Layers: whether their ARNs name one, and one that runs on the function's processor.

Source: https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streaming_construct.model.api import ApiModel
from streaming_construct.model.functions import Function
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

LAYER_VERSION_INVALID: Final = Rule(
    id="layer-version-invalid",
    severity=Severity.ERROR,
    title="Layer ARN without a version number",
    what="The ARN of a layer does not end in a version number.",
    why=(
        "Lambda identifies a layer by its version number and has no `latest` version. The "
        "deployment fails."
    ),
    fix="Use the ARN of a published layer version.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html",
    tags=frozenset({"web-adapter", "lint", "doctor"}),
)

LAYER_ARCHITECTURE: Final = Rule(
    id="layer-architecture",
    severity=Severity.ERROR,
    title="Layer built for another architecture",
    what="The name of a layer indicates a different architecture than that of the function.",
    why="The binaries in the layer cannot run. A function without `Architectures` runs on x86_64.",
    fix="Change the layer or the architecture of the function.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
    tags=frozenset({"web-adapter", "lint", "doctor"}),
)

LAYER_REGION: Final = Rule(
    id="layer-region",
    severity=Severity.ERROR,
    title="Layer of another Region",
    what=(
        "A layer is in another Region than the function, or the layers of a function are in "
        "several Regions."
    ),
    why="Lambda rejects the function, because the layers must be in the same Region.",
    fix="Use the layer's ARN in the Region of the function (`${AWS::Region}`).",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html",
    tags=frozenset({"function", "lint"}),
)

LAYER_QUOTA_EXCEEDED: Final = Rule(
    id="layer-quota-exceeded",
    severity=Severity.ERROR,
    title="Too many layers",
    what="A function has more than five layers.",
    why="Lambda rejects the function. AWS does not raise this quota.",
    fix="Merge layers, or put their content into the code of the function.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html",
    tags=frozenset({"function", "lint"}),
)

_MAX_LAYERS: Final = 5
_LAYER: Final = re.compile(r":layer:(?P<name>[^:]+)(:(?P<version>.*))?$")
_ARCHITECTURES: Final = {
    "arm64": re.compile(r"arm64|aarch64", re.IGNORECASE),
    "x86_64": re.compile(r"x86|amd64", re.IGNORECASE),
}


def check_layers(api: ApiModel) -> Iterator[Finding]:
    """Yield a finding for each layer that a function of `api` cannot use."""
    for function in api.functions.values():
        subject = Subject("function", function.origin.display_name)
        known_layers = sum(layer.arn is not None for layer in function.layers)
        if known_layers > _MAX_LAYERS:
            yield LAYER_QUOTA_EXCEEDED.at(
                subject,
                f"the function has {known_layers} layers, and Lambda accepts at most {_MAX_LAYERS}",
                location=function.origin,
            )
        yield from _check_regions(function, subject)
        for arn in (layer.arn for layer in function.layers if layer.arn):
            match = _LAYER.search(arn)
            if match is None:
                continue
            if not (match["version"] or "").isdecimal():
                yield LAYER_VERSION_INVALID.at(
                    subject,
                    f"the layer {arn} does not end in a version number, which Lambda requires",
                    location=function.origin,
                )
            built_for = _find_architecture(match["name"])
            if built_for and function.architecture and built_for != function.architecture:
                yield LAYER_ARCHITECTURE.at(
                    subject,
                    f"the layer {match['name']} is built for {built_for}, but the function "
                    f"runs on {function.architecture}",
                    fix=(
                        f"Use the layer for {function.architecture}, or set the architecture of "
                        f"the function to {built_for}."
                    ),
                    location=function.origin,
                )


def _check_regions(function: Function, subject: Subject) -> Iterator[Finding]:
    regions = list(dict.fromkeys(layer.region for layer in function.layers if layer.region))
    if function.region is not None:
        other_regions = [region for region in regions if region != function.region]
        names = ", ".join(other_regions)
        problem = f"the function is in {function.region}, and it has a layer of {names}"
    else:
        other_regions = regions[1:]
        problem = f"the layers are in {' and '.join(regions)}"
    if other_regions:
        yield LAYER_REGION.at(subject, problem, location=function.origin)


def _find_architecture(layer_name: str) -> str | None:
    """Return the architecture in the name of a layer; None without one."""
    names = [name for name, pattern in _ARCHITECTURES.items() if pattern.search(layer_name)]
    return names[0] if len(names) == 1 else None

"""A path in, stacks out: what a cloud assembly, or one template file, holds.

Reads files and nothing else; what they mean is for `intrinsics` and `template`. Nothing outside the
folder of the assembly is ever read: an asset that points out of it is `Unresolved`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streaming_construct.sources.unresolved import Unresolved

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


class SourceError(ValueError):
    """What was given cannot be read as an API; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One template with what was written beside it.

    `names` are the ways a user may call it, the first being the one to show. `assets` maps the S3
    object key that the template names to the folder or file on this machine, `construct_paths` a
    logical id to the path of its construct.
    """

    names: tuple[str, ...]
    file: Path
    template: Mapping[str, Any]
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    assets: Mapping[str, Path | Unresolved] = field(default_factory=dict)
    construct_paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]


def read_stacks(path: Path) -> tuple[Stack, ...]:
    """Read every stack of a cloud assembly, or the one of a template file.

    A template inside an assembly is read with its assets.

    Raises:
        SourceError: There is nothing at `path`, or it is not what it should be.
    """
    if path.is_dir():
        if not (path / "manifest.json").is_file():
            raise SourceError(f"{path} holds no manifest.json: run `cdk synth` first")
        return tuple(_assembly(path, root=path.resolve()))
    if not path.is_file():
        raise SourceError(f"{path} does not exist: run `cdk synth` first, or name a template file")
    if (path.parent / "manifest.json").is_file():
        beside = read_stacks(path.parent)
        found = tuple(stack for stack in beside if stack.file.resolve() == path.resolve())
        if found:
            return found
    return (Stack(names=(path.name.split(".")[0],), file=path, template=_template(path)),)


def _assembly(folder: Path, *, root: Path) -> Iterator[Stack]:
    manifest = _json(folder / "manifest.json")
    for artifact_id, artifact in manifest.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact.get("type") == "cdk:cloud-assembly":
            nested = _inside(folder / properties["directoryName"], root=root)
            if isinstance(nested, Unresolved):
                raise SourceError(f"{folder / 'manifest.json'}: {nested}")
            yield from _assembly(nested, root=root)
        elif artifact.get("type") == "aws:cloudformation:stack":
            yield _stack(artifact_id, artifact, folder=folder, root=root)


def _stack(artifact_id: str, artifact: Mapping[str, Any], *, folder: Path, root: Path) -> Stack:
    properties = artifact.get("properties", {})
    file = _inside(folder / properties["templateFile"], root=root)
    if isinstance(file, Unresolved):
        raise SourceError(f"{folder / 'manifest.json'}: {file}")
    names = (artifact.get("displayName"), properties.get("stackName"), artifact_id)
    account, region = artifact.get("environment", "aws:///").removeprefix("aws://").split("/")
    return Stack(
        names=tuple(dict.fromkeys(name for name in names if name)),
        file=file,
        template=_template(file),
        account=account if account.isdigit() else DEFAULT_ACCOUNT,
        region=region if region and region != "unknown-region" else DEFAULT_REGION,
        assets=_assets(folder, artifact_id, root=root),
        construct_paths=_construct_paths(folder, artifact, root=root),
    )


def _construct_paths(folder: Path, artifact: Mapping[str, Any], *, root: Path) -> dict[str, str]:
    metadata: Mapping[str, Any] = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        file = _inside(folder / artifact["additionalMetadataFile"], root=root)
        metadata = metadata if isinstance(file, Unresolved) else {**metadata, **_json(file)}
    return {
        str(entry["data"]): path.strip("/").removesuffix("/Resource")
        for path, entries in metadata.items()
        for entry in entries
        if entry.get("type") == "aws:cdk:logicalId"
    }


def _assets(folder: Path, artifact_id: str, *, root: Path) -> dict[str, Path | Unresolved]:
    manifest = folder / f"{artifact_id}.assets.json"
    if not manifest.is_file():
        return {}
    return {
        # Absolute, since a function's process works in a folder of its own.
        destination["objectKey"]: _inside(folder.absolute() / asset["source"]["path"], root=root)
        for asset in _json(manifest).get("files", {}).values()
        if "path" in asset.get("source", {})
        for destination in asset.get("destinations", {}).values()
    }


def _inside(path: Path, *, root: Path) -> Path | Unresolved:
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        return Unresolved(f"{path} points out of the assembly {root}, where nothing is read")
    return path if resolved.exists() else Unresolved(f"{path} does not exist")


def _template(file: Path) -> Mapping[str, Any]:
    if file.suffix in {".yaml", ".yml"}:
        from streaming_construct.sources.yaml_template import parse_yaml

        template = parse_yaml(file)
    else:
        template = _json(file)
    if not isinstance(template.get("Resources"), dict):
        raise SourceError(f"{file} has no Resources: it is not a CloudFormation template")
    for logical_id, resource in template["Resources"].items():
        if not isinstance(resource, dict):
            raise SourceError(f"{file}: resource {logical_id} is not an object")
    return template


def _json(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise SourceError(f"{file} is not a JSON object")
    return content

"""A path in, stacks out: what a cloud assembly, or one template file, holds.

Reads files and nothing else; what they mean is for `intrinsics` and `template`. Nothing outside the
folder of an assembly is ever read: an asset that points out of it is `Unresolved`. A template by
hand names its files by paths relative to itself, which are followed as the SAM CLI follows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.files import read_document, read_json
from streaming_construct.model.declaration import IgnoredTransferMode
from streaming_construct.rules.suppression import CDK_WARNING_METADATA_TYPE
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.unresolved import Unresolved

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
CIRCULAR_REFERENCE = "Fn::ForEach::"
_CDK_WARNING = "aws:cdk:warning"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One template with what was written beside it.

    `names` are the ways a user may call it, the first being the one to show. `assets` maps the S3
    object key that the template names to the folder or file on this machine; a template by hand has
    none, but a `folder` where the relative paths in it start. `construct_paths` maps the paths of
    constructs to logical ids, those of nested stacks included. `acknowledged` are the warnings of
    this library's that somebody acknowledged in CDK: construct path, rule, and what it is about.
    `notes` are sentences on what the template says and hardly means; `ignored_transfer_modes` are
    those that a transform made buffered, by the logical id of the API. Where the template was made
    of something else, `pointers` say where its resources are in the file; one at the very top is an
    API's body.
    `events` say so of routes that a transform made: by logical id of the API, method and path.
    Of a stack that is deployed, `physical_ids` maps logical ids to what `Ref` answers there. `arns`
    maps logical ids to where a resource is found on AWS, where that is all there is to call it by.
    """

    names: tuple[str, ...]
    file: Path
    template: Mapping[str, Any]
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    assets: Mapping[str, Path | Unresolved] = field(default_factory=dict)
    folder: Path | None = None
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    cdk_acknowledgements: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    ignored_transfer_modes: Mapping[str, tuple[IgnoredTransferMode, ...]] = field(
        default_factory=dict
    )
    pointers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    physical_ids: Mapping[str, str] = field(default_factory=dict)
    arns: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]

    @cached_property
    def constructs(self) -> Mapping[str, str]:
        """The path of the construct of each logical id, without those of nested stacks."""
        nested = tuple(filter(None, map(nested_stack_prefix, self.construct_paths)))
        return {
            logical_id: path.removesuffix("/Resource")
            for path, logical_id in self.construct_paths.items()
            if not path.startswith(nested)
        }

    def resolve_asset(self, reference: str) -> Path | Unresolved:
        """Find what an S3 key or URL, or the relative path in a template by hand, names here."""
        for key, found in self.assets.items():
            if reference == key or reference.endswith(f"/{key}"):
                return found
        if self.folder is None:
            return Unresolved(f"{self.file.name} has no asset {reference} beside it")
        if "://" in reference:
            return Unresolved(f"{reference} is not on this machine")
        path = (self.folder / reference).absolute()
        return path if path.exists() else Unresolved(f"{path} does not exist")


def read_stacks(path: Path) -> tuple[Stack, ...]:
    """Read every stack of a cloud assembly, or the one of a template file.

    A template inside an assembly is read with its assets.

    Raises:
        SourceError: There is nothing at `path`, or it is not what it should be.
    """
    if path.is_dir():
        if not (path / "manifest.json").is_file():
            raise SourceError(
                f"{path} holds no manifest.json: run `cdk synth` first, or name a template file"
            )
        return tuple(_assembly(path, root=path.resolve()))
    if not path.is_file():
        raise SourceError(f"{path} does not exist: run `cdk synth` first, or name a template file")
    if (path.parent / "manifest.json").is_file():
        beside = read_stacks(path.parent)
        found = tuple(stack for stack in beside if stack.file.resolve() == path.resolve())
        if found:
            return found
    name = path.name.split(".")[0]
    return (Stack(names=(name,), file=path, template=read_template(path), folder=path.parent),)


def read_template(file: Path) -> Mapping[str, Any]:
    """Read a CloudFormation template.

    Raises:
        SourceError: The file cannot be read, or is something else.
    """
    template = read_document(file)
    if not isinstance(template.get("Resources"), dict):
        raise SourceError(f"{file} has no Resources: it is not a CloudFormation template")
    for logical_id, resource in template["Resources"].items():
        if not isinstance(resource, dict) and not logical_id.startswith(CIRCULAR_REFERENCE):
            raise SourceError(f"{file}: resource {logical_id} is not an object")
    return template


def nested_stack_prefix(path: str) -> str:
    """Return what the paths within a nested stack start with; nothing for another construct's path.

    CDK's `NestedStack` at `App/Jobs` is a resource at `App/Jobs.NestedStack/...`, its children at
    `App/Jobs/...`.
    """
    scope, found, _ = path.rpartition(".NestedStack/")
    return f"{scope}/" if found else ""


def _assembly(folder: Path, *, root: Path) -> Iterator[Stack]:
    manifest = folder / "manifest.json"
    try:
        for artifact_id, artifact in read_json(manifest).get("artifacts", {}).items():
            properties = artifact.get("properties", {})
            if artifact.get("type") == "cdk:cloud-assembly":
                nested = _resolve_inside_root(folder / properties["directoryName"], root=root)
                if isinstance(nested, Unresolved):
                    raise SourceError(f"{manifest}: {nested}")
                yield from _assembly(nested, root=root)
            elif artifact.get("type") == "aws:cloudformation:stack":
                yield _stack(artifact_id, artifact, folder=folder, root=root)
    except (AttributeError, KeyError, TypeError) as error:
        raise SourceError(f"{manifest} is not as `cdk synth` writes it: {error!r}") from error


def _stack(artifact_id: str, artifact: Mapping[str, Any], *, folder: Path, root: Path) -> Stack:
    properties = artifact.get("properties", {})
    file = _resolve_inside_root(folder / properties["templateFile"], root=root)
    if isinstance(file, Unresolved):
        raise SourceError(f"{folder / 'manifest.json'}: {file}")
    names = (artifact.get("displayName"), properties.get("stackName"), artifact_id)
    metadata = _metadata(folder, artifact, root=root)
    environment = artifact.get("environment", "aws:///").removeprefix("aws://")
    account, _, region = environment.partition("/")
    return Stack(
        names=tuple(dict.fromkeys(name for name in names if name)),
        file=file,
        template=read_template(file),
        account=account if account.isdigit() else DEFAULT_ACCOUNT,
        region=region if region and region != "unknown-region" else DEFAULT_REGION,
        assets=_assets(folder, artifact_id, root=root),
        construct_paths=_construct_paths(metadata),
        cdk_acknowledgements=tuple(_acknowledged(metadata)),
    )


def _metadata(folder: Path, artifact: Mapping[str, Any], *, root: Path) -> Mapping[str, Any]:
    metadata: Mapping[str, Any] = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        file = _resolve_inside_root(folder / artifact["additionalMetadataFile"], root=root)
        metadata = metadata if isinstance(file, Unresolved) else {**metadata, **read_json(file)}
    return metadata


def _acknowledged(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what a construct warned of, and what is no warning any more."""
    for path, entries in metadata.items():
        warnings = [str(entry["data"]) for entry in entries if entry.get("type") == _CDK_WARNING]
        for entry in entries:
            if entry.get("type") == CDK_WARNING_METADATA_TYPE:
                rule, where = entry["data"]["id"], entry["data"]["where"]
                tag = f"[ack: streaming-construct:{rule}]"
                if not any(tag in each and each.startswith(where) for each in warnings):
                    yield path.strip("/"), rule, where


def _construct_paths(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {
        path.strip("/"): str(entry["data"])
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
        destination["objectKey"]: _resolve_inside_root(
            folder.absolute() / asset["source"]["path"], root=root
        )
        for asset in as_mapping(read_json(manifest).get("files")).values()
        if "path" in asset.get("source", {})
        for destination in asset.get("destinations", {}).values()
    }


def _resolve_inside_root(path: Path, *, root: Path) -> Path | Unresolved:
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        return Unresolved(f"{path} points out of the assembly {root}, where nothing is read")
    return path if resolved.exists() else Unresolved(f"{path} does not exist")


REPLACED_ON_CHANGE: Final = "streaming-construct:follows-changes"

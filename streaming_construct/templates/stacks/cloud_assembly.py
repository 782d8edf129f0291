"""The stacks of a cloud assembly, which `cdk synth` writes, and of single templates.

Nothing outside the folder of an assembly is read: an asset outside of it is `Unresolved`. The
relative paths of a template outside an assembly start at its own folder, as for the SAM CLI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.document import Document, read_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.acknowledgements import (
    read_acknowledged_rules,
    read_acknowledgements,
    read_annotations,
)
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import (
    DEFAULT_ACCOUNT,
    DEFAULT_REGION,
    Stack,
    list_stack_names,
)
from streaming_construct.templates.stacks.template_errors import FOR_EACH, find_template_errors
from streaming_construct.templates.stacks.unresolved import Unresolved


def read_assembly(folder: Path) -> tuple[Stack, ...]:
    """Read every stack of a cloud assembly.

    Raises:
        SourceError: The folder has no `manifest.json`, or a file is not as `cdk synth` writes it.
    """
    if not (folder / "manifest.json").is_file():
        inner = folder / "cdk.out"
        fix = (
            f"Pass {inner}."
            if (inner / "manifest.json").is_file()
            else "Run `cdk synth` first, or pass the path of a template."
        )
        raise SourceError(f"{folder} has no manifest.json. {fix}")
    return tuple(_read_assembly(folder, root=folder.resolve()))


def read_assembly_template(file: Path) -> tuple[Stack, ...]:
    """Read the stack of a template in a cloud assembly; the result is empty for another file."""
    if not (file.parent / "manifest.json").is_file():
        return ()
    stacks = read_assembly(file.parent)
    return tuple(stack for stack in stacks if stack.file.resolve() == file.resolve())


def create_template_stack(document: Document) -> Stack:
    """Return the stack of a template that is not in a cloud assembly.

    Raises:
        SourceError: The document is not a CloudFormation template.
    """
    file = document.path
    template, errors = extract_template(document)
    return Stack(
        names=list_stack_names(file),
        file=file,
        document=document,
        template=template,
        folder=file.parent,
        errors=errors,
    )


def extract_template(document: Document) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the CloudFormation template in a document, and the errors of its unreadable resources.

    The template does not have those resources.

    Raises:
        SourceError: The document is something else.
    """
    template, file = document.data, document.path
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        raise SourceError(f"{file} has no Resources: it is not a CloudFormation template")
    unreadable = [
        logical_id
        for logical_id, resource in resources.items()
        if not isinstance(resource, dict) and not logical_id.startswith(FOR_EACH)
    ]
    readable = {name: value for name, value in resources.items() if name not in unreadable}
    errors = [f"{file}: resource {logical_id} is not an object" for logical_id in unreadable]
    if errors and not readable:
        raise SourceError("\n".join(errors))
    errors += find_template_errors(document)
    return {**template, "Resources": readable}, tuple(errors)


def _read_assembly(folder: Path, *, root: Path) -> Iterator[Stack]:
    manifest = folder / "manifest.json"
    try:
        for artifact_id, artifact in read_document(manifest).data.get("artifacts", {}).items():
            properties = artifact.get("properties", {})
            if artifact.get("type") == "cdk:cloud-assembly":
                nested = _resolve_inside_root(folder / properties["directoryName"], root=root)
                if isinstance(nested, Unresolved):
                    raise SourceError(f"{manifest}: {nested}")
                yield from _read_assembly(nested, root=root)
            elif artifact.get("type") == "aws:cloudformation:stack":
                yield _read_stack(artifact_id, artifact, folder=folder, root=root)
    except (AttributeError, KeyError, TypeError) as error:
        message = f"{manifest} is not as `cdk synth` writes it. Run `cdk synth` again."
        raise SourceError(message) from error


def _read_stack(
    artifact_id: str, artifact: Mapping[str, Any], *, folder: Path, root: Path
) -> Stack:
    properties = artifact.get("properties", {})
    file = _resolve_inside_root(folder / properties["templateFile"], root=root)
    if isinstance(file, Unresolved):
        raise SourceError(f"{folder / 'manifest.json'}: {file}")
    document, template, errors = _read_template(file)
    names = (artifact.get("displayName"), properties.get("stackName"), artifact_id)
    metadata = _read_metadata(folder, artifact, root=root)
    environment = artifact.get("environment", "aws:///").removeprefix("aws://")
    account, _, region = environment.partition("/")
    is_region_known = bool(region) and region != "unknown-region"
    return Stack(
        names=tuple(dict.fromkeys(name for name in names if name)),
        file=file,
        document=document,
        template=template,
        errors=errors,
        account=account if account.isdigit() else DEFAULT_ACCOUNT,
        region=region if is_region_known else DEFAULT_REGION,
        has_known_region=is_region_known,
        assets=_read_assets(folder, artifact_id, root=root),
        construct_paths=_read_construct_paths(metadata),
        cdk_acknowledgements=tuple(read_acknowledgements(metadata)),
        cdk_annotations=tuple(read_annotations(metadata)),
        cdk_reasons=tuple(read_acknowledged_rules(metadata)),
    )


def _read_template(
    file: Path,
) -> tuple[Document | None, Mapping[str, Any], tuple[str, ...]]:
    """Read the template of a stack. One that cannot be read does not spoil the others."""
    try:
        document = read_document(file)
        if "Resources" not in document.data:  # The CDK CLI skips such a stack.
            return document, {**document.data, "Resources": {}}, ()
        return document, *extract_template(document)
    except SourceError as error:
        return None, {"Resources": {}}, (str(error),)


def _read_metadata(folder: Path, artifact: Mapping[str, Any], *, root: Path) -> Mapping[str, Any]:
    metadata: Mapping[str, Any] = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        file = _resolve_inside_root(folder / artifact["additionalMetadataFile"], root=root)
        metadata = (
            metadata if isinstance(file, Unresolved) else {**metadata, **read_document(file).data}
        )
    return metadata


def _read_construct_paths(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {
        path.strip("/"): str(entry["data"])
        for path, entries in metadata.items()
        for entry in entries
        if entry.get("type") == "aws:cdk:logicalId"
    }


def _read_assets(folder: Path, artifact_id: str, *, root: Path) -> dict[str, Path | Unresolved]:
    manifest = folder / f"{artifact_id}.assets.json"
    if not manifest.is_file():
        return {}
    return {
        # Absolute, since the process of a function has another working directory.
        destination["objectKey"]: _resolve_inside_root(
            folder.absolute() / asset["source"]["path"], root=root
        )
        for asset in as_mapping(read_document(manifest).data.get("files")).values()
        if "path" in asset.get("source", {})
        for destination in asset.get("destinations", {}).values()
    }


def _resolve_inside_root(path: Path, *, root: Path) -> Path | Unresolved:
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        return Unresolved(f"{path} points out of the assembly {root}, where nothing is read")
    return path if resolved.exists() else Unresolved(f"{path} does not exist")


REPLACED_ON_CHANGE: Final = "streaming-construct:follows-changes"

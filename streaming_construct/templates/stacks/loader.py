"""Stacks of a path: a cloud assembly, a template, an OpenAPI document or a Terraform plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from streaming_construct.documents.document import Document, read_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.cloud_assembly import (
    create_template_stack,
    read_assembly,
    read_assembly_template,
)
from streaming_construct.templates.stacks.openapi_file import create_openapi_stack, is_openapi
from streaming_construct.templates.stacks.stack import SourceKind, Stack
from streaming_construct.templates.stacks.terraform.stack import create_terraform_stack, is_plan

_ALTERNATIVES: Final = {
    SourceKind.OPENAPI: "`streaming-construct init NAME --template openapi` creates a project with "
    "a document and its functions.",
    SourceKind.TERRAFORM: "`streaming-construct lint` checks a plan.",
}
_FILE_SUFFIXES: Final = (".json", ".template", ".yaml", ".yml")


def load_stacks(path: Path) -> tuple[Stack, ...]:
    """Read the stacks of a path. Each file is read once.

    Raises:
        SourceError: The path does not exist, is of another kind, or cannot be read.
    """
    if path.is_dir():
        return read_assembly(path)
    if not path.exists():
        raise SourceError(_describe_missing_path(path))
    if stacks := read_assembly_template(path):
        return stacks
    return load_document_stacks(read_document(path))


def _describe_missing_path(path: Path) -> str:
    if path.is_symlink():
        return (
            f"{path} is a symbolic link to {path.readlink()}, which leads to no file. Correct it."
        )
    if path.suffix in _FILE_SUFFIXES:
        return f"{path} does not exist. Pass the path of a file."
    return f"{path} does not exist. Run `cdk synth` first, or pass the path of a template."


def load_document_stacks(document: Document) -> tuple[Stack, ...]:
    """Return the stacks of a document that is not in a cloud assembly.

    Raises:
        SourceError: The document is of another kind.
    """
    path = document.path
    if "Resources" in document.data:
        return (create_template_stack(document),)
    if is_openapi(document.data):
        return (create_openapi_stack(document),)
    if is_plan(document.data):
        return (create_terraform_stack(document),)
    if "terraform_version" in document.data:
        raise SourceError(
            f"{path} is the state of Terraform. Pass a plan: `terraform plan -out=FILE`, then "
            "`terraform show -json FILE`."
        )
    raise SourceError(
        f"{path} is no CloudFormation or SAM template, no OpenAPI document and no Terraform plan "
        "(terraform show -json)"
    )


def is_generated(path: Path) -> bool:
    """Return whether a path has a generated file: a cloud assembly, or a Terraform plan.

    Raises:
        SourceError: The path cannot be read.
    """
    if path.is_dir() or read_assembly_template(path):
        return True
    return is_plan(read_document(path).data)


def load_templates(path: Path) -> tuple[Stack, ...]:
    """Read the stacks of a cloud assembly or a template.

    Raises:
        SourceError: The path does not exist, is of another kind, or cannot be read.
    """
    stacks = load_stacks(path)
    for stack in stacks:
        if stack.kind is not SourceKind.TEMPLATE:
            raise SourceError(
                f"{path} is {stack.kind.value}. Pass a cloud assembly or a template. "
                f"{_ALTERNATIVES[stack.kind]}"
            )
    return stacks

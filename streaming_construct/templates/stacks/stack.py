"""A template and the files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.document import Document, parse_document, read_document
from streaming_construct.model.declaration import IgnoredTransferMode
from streaming_construct.model.subject import Subject
from streaming_construct.templates.stacks.unresolved import Unresolved

DEFAULT_ACCOUNT = "123456789012"


DEFAULT_REGION = "us-east-1"


class SourceKind(str, Enum):
    """The kind of file that a stack was read from."""

    TEMPLATE = "a CloudFormation template"
    OPENAPI = "an OpenAPI document"
    TERRAFORM = "a Terraform plan"


_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A template and the files beside it.

    `document` is the file that the stack was read from, None for a deployed stack. `names` are the
    names that a user may give; the first is shown. `assets` maps an S3 object key in the template
    to the folder or file on this machine. The relative paths of a template outside a cloud assembly
    start at `folder`. `construct_paths` maps construct paths to logical ids, also in nested stacks.
    `cdk_acknowledgements` are acknowledged warnings: construct path, rule, subject.
    `cdk_annotations` are warnings that CDK prints: construct path, rule, subject. `cdk_reasons` are
    rules that the app acknowledged by `Validations`: construct path, rule, reason.

    `notes` are sentences on what the template declares without effect. `ignored_transfer_modes` are
    those that a transform ignored, by the logical id of the API. If the template was created from
    another document, `pointers` maps logical ids to their JSON pointers in it; the empty pointer is
    an API's body. `events` has the JSON pointers of routes that a transform created, by logical id
    of the API, method and path. `physical_ids` maps the logical ids of a deployed stack to what
    `Ref` returns. `arns` maps logical ids to the ARNs of resources that have no other name.
    `has_known_region` is false if `region` is a placeholder. `errors` are sentences on parts that
    cannot be read; everything else of the stack is read. `texts` has the texts to use in place of
    files that the template names, by absolute path.
    """

    names: tuple[str, ...]
    file: Path
    template: Mapping[str, Any]
    document: Document | None = None
    kind: SourceKind = SourceKind.TEMPLATE
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    assets: Mapping[str, Path | Unresolved] = field(default_factory=dict)
    folder: Path | None = None
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    cdk_acknowledgements: tuple[tuple[str, str, Subject], ...] = ()
    cdk_annotations: tuple[tuple[str, str, Subject], ...] = ()
    cdk_reasons: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    ignored_transfer_modes: Mapping[str, tuple[IgnoredTransferMode, ...]] = field(
        default_factory=dict
    )
    pointers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    physical_ids: Mapping[str, str] = field(default_factory=dict)
    arns: Mapping[str, str] = field(default_factory=dict)
    has_known_region: bool = False
    errors: tuple[str, ...] = ()
    texts: Mapping[Path, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]

    @cached_property
    def constructs(self) -> Mapping[str, str]:
        """The path of the construct of each logical id, without those of nested stacks."""
        nested = tuple(filter(None, map(build_nested_stack_prefix, self.construct_paths)))
        return {
            logical_id: path.removesuffix("/Resource")
            for path, logical_id in self.construct_paths.items()
            if not path.startswith(nested)
        }

    def read_document(self, file: Path) -> Document:
        """Read a JSON or YAML file that the template names.

        Raises:
            SourceError: The file cannot be read, or its top is not an object.
        """
        text = self.texts.get(file.resolve())
        return read_document(file) if text is None else parse_document(file, text)

    def get_relative_file(self, asset: Path) -> Path:
        """Return the path of a named file as findings show it: relative if that of the stack is.

        GitHub and code scanning show findings only in files with a path below the working folder.
        """
        folder = Path.cwd()
        is_relative = not self.file.is_absolute() and asset.is_relative_to(folder)
        return asset.relative_to(folder) if is_relative else asset

    def resolve_asset(self, reference: str) -> Path | Unresolved:
        """Return the file of an S3 key or URL, or of a relative path in a template."""
        for key, asset in self.assets.items():
            if reference == key or reference.endswith(f"/{key}"):
                return asset
        if self.folder is None:
            return Unresolved(f"{self.file.name} has no asset {reference} beside it")
        if "://" in reference:
            return Unresolved(f"{reference} is not on this machine")
        path = (self.folder / reference).absolute()
        return path if path.exists() else Unresolved(f"{path} does not exist")


def list_stack_names(file: Path) -> tuple[str, ...]:
    """Return the names of the stack of a template in a file.

    The first is part of the names of its resources, and has only characters that AWS takes there.
    """
    stem = file.name.split(".")[0]
    name = _NOT_IN_NAMES.sub("-", stem).strip("-") or "stack"
    return tuple(dict.fromkeys((name, stem)))


def build_nested_stack_prefix(path: str) -> str:
    """Return what the paths within a nested stack start with; nothing for another construct's path.

    CDK's `NestedStack` at `App/Jobs` is a resource at `App/Jobs.NestedStack/...`, its children at
    `App/Jobs/...`.
    """
    scope, separator, _ = path.rpartition(".NestedStack/")
    return f"{scope}/" if separator else ""

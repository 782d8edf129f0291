"""A value of a document that knows its place, and the way from a reference to what it means."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.documents.positions import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REFERENCES_IN_A_ROW = 64
"""More of them is a cycle."""


class Node:
    """A value in a file (`""` is the document itself) at a JSON pointer. Never changes it."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, value: Any, file: str = "", pointer: str = "") -> None:
        self.value = value
        self.file = file
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def get(self, key: str) -> Node | None:
        """The member of an object, if it has one of that name."""
        if not isinstance(self.value, dict) or key not in self.value:
            return None
        return Node(self.value[key], self.file, f"{self.pointer}/{_escaped(key)}")

    def names(self) -> list[str]:
        """The names of an object's members as text; of anything else, none."""
        return [str(key) for key in self.value] if isinstance(self.value, dict) else []

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of an object with their names as text; of anything else, none."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                name = key if isinstance(key, str) else str(key)
                yield name, Node(value, self.file, f"{self.pointer}/{_escaped(name)}")

    def elements(self) -> Iterator[Node]:
        """The elements of an array; of anything else, none."""
        if isinstance(self.value, list | tuple):
            for index, value in enumerate(self.value):
                yield Node(value, self.file, f"{self.pointer}/{index}")

    def text(self, key: str) -> str | None:
        """The member of that name when it is text."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else None

    def flag(self, key: str) -> bool:
        """Whether the member of that name is `true`."""
        return isinstance(self.value, dict) and self.value.get(key) is True

    @property
    def reference(self) -> str | None:
        """The target of a reference object, as written."""
        return self.text("$ref")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key


class DocumentSet:
    """The document with the files it refers to, read when first referred to.

    Args:
        root: The document itself.
        base: The folder of its relative references. With None, references to other files do not
            resolve.
        read: A function that reads a file as plain data.
        name: The file name of the document, for references from other files.
    """

    def __init__(
        self, root: Any, base: Path | None, read: Callable[[Path], Any], name: str = ""
    ) -> None:
        self.root = Node(root)
        self._base = base
        self._read = read
        self._files: dict[str, Node | None] = {"": self.root, name: self.root}

    def resolve(self, node: Node) -> Node | None:
        """Return the target of a reference object; None if it is missing or on the web."""
        file, _, fragment = (node.reference or "").partition("#")
        target = self._file(node.file, unquote(file)) if file else self._files.get(node.file)
        for token in tokens(unquote(fragment)) if fragment.startswith("/") else []:
            if target is not None and target.reference and token not in target.value:
                target = self.dereference(target)
            target = _step(target, token)
        is_pointer = not fragment or fragment.startswith("/")
        return target if is_pointer else None

    def dereference(self, node: Node | None) -> Node | None:
        """The end of a chain of references; a node that is no reference is its own end."""
        for _ in range(_REFERENCES_IN_A_ROW):
            if node is None or node.reference is None:
                return node
            node = self.resolve(node)
        return None

    def _file(self, referrer: str, name: str) -> Node | None:
        if self._base is None or "://" in name:
            return None
        key = _normalized(str(PurePosixPath(referrer).parent / name))
        if key not in self._files:
            try:
                self._files[key] = Node(self._read(self._base / key), key)
            except OpenApiError:
                if (self._base / key).exists():
                    raise
                self._files[key] = None
        return self._files[key]


def _step(node: Node | None, token: str) -> Node | None:
    if node is None:
        return None
    if isinstance(node.value, list | tuple):
        return next((item for item in node.elements() if item.pointer.endswith(f"/{token}")), None)
    return node.get(token)


def _normalized(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {".", ""} or not parts:
            parts.append(part)
    return "/".join(part for part in parts if part != ".") if parts else path

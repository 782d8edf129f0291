"""A value of a document with its location, and the resolution of references."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.documents.positions import split_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A longer chain of references is a cycle.
_MAX_REFERENCES = 64


class Node:
    """A read-only value in a file (`""` is the document itself) at a JSON pointer."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, value: Any, file: str = "", pointer: str = "") -> None:
        self.value = value
        self.file = file
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def get(self, key: str) -> Node | None:
        """Return the member of an object with this name, or None."""
        if not isinstance(self.value, dict) or key not in self.value:
            return None
        return Node(self.value[key], self.file, f"{self.pointer}/{_escape(key)}")

    def names(self) -> list[str]:
        """Return the names of the members of an object as strings; no names for another value."""
        return [str(key) for key in self.value] if isinstance(self.value, dict) else []

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object with their names; nothing for another value."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                name = key if isinstance(key, str) else str(key)
                yield name, Node(value, self.file, f"{self.pointer}/{_escape(name)}")

    def elements(self) -> Iterator[Node]:
        """Yield the elements of an array; nothing for another value."""
        if isinstance(self.value, list | tuple):
            for index, value in enumerate(self.value):
                yield Node(value, self.file, f"{self.pointer}/{index}")

    def text(self, key: str) -> str | None:
        """Return the member with this name if it is a string, or None."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else None

    def flag(self, key: str) -> bool:
        """Return whether the member with this name is `true`."""
        return isinstance(self.value, dict) and self.value.get(key) is True

    @property
    def reference(self) -> str | None:
        """The target of a reference object, as written."""
        return self.text("$ref")


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key


class DocumentSet:
    """A document with the files that it refers to, which are read on first use.

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
        target = self._load_file(node.file, unquote(file)) if file else self._files.get(node.file)
        for token in split_pointer(unquote(fragment)) if fragment.startswith("/") else []:
            if target is not None and target.reference and token not in target.value:
                target = self.dereference(target)
            target = _get_child(target, token)
        is_pointer = not fragment or fragment.startswith("/")
        return target if is_pointer else None

    def dereference(self, node: Node | None) -> Node | None:
        """Return the node at the end of a chain of references; None without a target."""
        for _ in range(_MAX_REFERENCES):
            if node is None or node.reference is None:
                return node
            node = self.resolve(node)
        return None

    def _load_file(self, referrer: str, name: str) -> Node | None:
        if self._base is None or "://" in name:
            return None
        key = _normalize(str(PurePosixPath(referrer).parent / name))
        if key not in self._files:
            try:
                self._files[key] = Node(self._read(self._base / key), key)
            except OpenApiError:
                if (self._base / key).exists():
                    raise
                self._files[key] = None
        return self._files[key]


def _get_child(node: Node | None, token: str) -> Node | None:
    if node is None:
        return None
    if isinstance(node.value, list | tuple):
        return next((item for item in node.elements() if item.pointer.endswith(f"/{token}")), None)
    return node.get(token)


def _normalize(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {".", ""} or not parts:
            parts.append(part)
    return "/".join(part for part in parts if part != ".") if parts else path

"""`OpenApi`: a document from wherever it comes, and its conversion."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import RESOURCES_PER_API
from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError
from streaming_construct.documents.positions import Position, position_in_json, position_in_yaml
from streaming_construct.documents.yaml_12 import is_json, read
from streaming_construct.openapi.conversion.converter import (
    Conversion,
    ConversionError,
    Options,
    convert,
)
from streaming_construct.openapi.reader.asgi import load_app_document
from streaming_construct.openapi.reader.node import DocumentSet

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class OpenApi:
    """An OpenAPI document (3.0, 3.1 or Swagger 2.0) as its author wrote it.

    Made by `from_file`, `from_dict` or `from_asgi`.

    Attributes:
        name: What errors call it: its file, its app.
        document: The document as plain data. Nothing here changes it.
        file: The file it was read from; references to other files start from its folder.
        source: What `streaming-construct openapi convert` takes for it, if anything.
        greedy: Path parameters (path, name) that match more than one segment, which a document
            cannot say and an app can.
    """

    name: str
    document: Any
    file: Path | None = None
    greedy: frozenset[tuple[str, str]] = frozenset()
    source: str | None = None

    @property
    def command(self) -> str | None:
        """The command that shows this document converted; None for one that is only here."""
        if self.source is None:
            return None
        return f"streaming-construct openapi convert {shlex.quote(self.source)}"

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> OpenApi:
        """Read a JSON or YAML file. References to other files of this machine are followed.

        Raises:
            OpenApiError: The file cannot be read or is neither, with line and column.
        """
        file = Path(path)
        return cls(name=str(file), document=read(file), file=file, source=str(file))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, name: str = "the document") -> OpenApi:
        """Take a document as plain data (dicts and lists); `name` is what errors call it."""
        return cls(name=name, document=dict(document))

    @classmethod
    def from_asgi(
        cls,
        app: str,
        *,
        python: str | os.PathLike[str] = sys.executable,
        directory: str | os.PathLike[str] = ".",
        paths: Sequence[str | os.PathLike[str]] = (),
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 60,
    ) -> OpenApi:
        """Ask an ASGI application (FastAPI, or anything with an `openapi()`) for its document.

        The application is imported in a process of its own, so that nothing it imports or prints
        reaches this one. Its routes tell which parameters span segments (`{name:path}`), which its
        document does not.

        Args:
            app: `package.module:attribute`, as for uvicorn; a function without arguments is taken
                for a factory.
            python: The Python that has the application's dependencies.
            directory: Where that process runs; modules are found there first.
            paths: More folders to find modules in.
            environment: More environment variables.
            timeout_seconds: How long importing may take.

        Raises:
            OpenApiError: It could not be imported or has no document; with its own traceback.
        """
        answer = load_app_document(
            app,
            python=python,
            directory=directory,
            paths=paths,
            environment=environment or {},
            timeout_seconds=timeout_seconds,
        )
        return cls(name=app, document=answer.document, greedy=answer.greedy_parameters, source=app)

    def convert(
        self,
        *,
        models: bool = True,
        documentation: bool = False,
        inline: bool = True,
        max_resources: int = RESOURCES_PER_API,
        reserved_bytes: int = 0,
        indented: bool = False,
    ) -> Conversion:
        """Convert the document to one that API Gateway can import, with a report of the losses.

        The result is the same for the same document.

        Args:
            models: Whether bodies keep their models, on which request validation rests.
            documentation: Whether summaries, descriptions and tags are kept.
            inline: Whether the document is made small enough for a CloudFormation template
                (1,000,000 bytes, integrations and all); otherwise it may have the import's own
                6 MB. Where it has too little room, documentation goes first, then models and
                headers of responses, then models of requests, and no further.
            max_resources: The account's quota of resources in one API.
            reserved_bytes: How much of a template to leave free, beside the document, its
                integrations and 30,000 bytes for the rest of its stack.
            indented: Whether the template is written with CDK's indentation, which takes room, too.

        Raises:
            OpenApiError: It cannot be imported; every reason is given, with number and limit where
                it is a limit, and with line and column where there is a file.
        """
        options = Options(
            models=models,
            documentation=documentation,
            inline=inline,
            max_resources=max_resources,
            reserved_bytes=reserved_bytes,
            indented=indented,
        )
        base = self.file.parent if self.file else None
        library = DocumentSet(self.document, base, read, self.file.name if self.file else "")
        try:
            return convert(library, self.greedy, options)
        except ConversionError as refusal:
            reasons = [self._located(reason) for reason in refusal.reasons]
            raise OpenApiError(self.name, reasons) from None
        except RecursionError:
            reason = ImportProblem(message="nested too deeply to be converted")
            raise OpenApiError(self.name, [reason]) from None

    def _located(self, reason: ImportProblem) -> ImportProblem:
        """The reason with file, line and column, as far as there are any."""
        if self.file is None:
            return reason
        file = self.file.parent / reason.file if reason.file else self.file
        named = ImportProblem(
            message=reason.message,
            pointer=reason.pointer,
            file=str(file),
            number=reason.number,
            limit=reason.limit,
        )
        return named.at(_position(file, reason.pointer))


def _position(file: Path, pointer: str) -> Position | None:
    text = file.read_text(encoding="utf-8-sig")
    return (position_in_json if is_json(text) else position_in_yaml)(text, pointer)

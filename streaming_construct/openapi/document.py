"""`OpenApi`: a document from a file, a mapping or an application, and its conversion."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.limits import RESOURCES_PER_API
from streaming_construct.documents.document import Document, read_openapi_document
from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError
from streaming_construct.openapi.conversion.converter import (
    Conversion,
    ConversionError,
    ConversionOptions,
    convert,
)
from streaming_construct.openapi.reader.asgi import load_app_document
from streaming_construct.openapi.reader.node import DocumentSet

if TYPE_CHECKING:
    from collections.abc import Sequence


UNNAMED: Final = "the document"
"""The name of a document that is neither a file nor an app."""


@dataclass(frozen=True)
class OpenApi:
    """An OpenAPI document (3.0 to 3.2, or Swagger 2.0) as its author wrote it.

    Create it with `from_file`, `from_dict` or `from_asgi`.

    Attributes:
        name: Its name in errors: the file or the app.
        document: The document as plain data. The conversion does not change it.
        file: Its file; references to other files are relative to its folder. None without a file.
        source: The argument of `streaming-construct openapi convert` for it. None without one.
        greedy: Path parameters (path, name) that match more than one segment. Only an app defines
            them; a document cannot.
    """

    name: str
    document: Any
    file: Document | None = None
    greedy: frozenset[tuple[str, str]] = frozenset()
    source: str | None = None

    @property
    def command(self) -> str | None:
        """The command that prints the converted document; None for a document from a mapping."""
        if self.source is None:
            return None
        return f"streaming-construct openapi convert {shlex.quote(self.source)}"

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> OpenApi:
        """Read a JSON or YAML file. References to other files of this machine are followed.

        Raises:
            OpenApiError: The file cannot be read or is neither, with line and column.
            TypeError: `path` is not a path.
        """
        if not isinstance(path, str | PathLike):
            raise TypeError(f"path is {path!r}, not a path. For a dict, call OpenApi.from_dict.")
        read = read_openapi_document(Path(path))
        return cls(
            name=str(read.path),
            document=read.data,
            file=read,
            source=str(read.path),
        )

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, name: str = UNNAMED) -> OpenApi:
        """Take a document as plain data (dicts and lists); `name` is what errors call it.

        Raises:
            TypeError: `document` is not a dict.
        """
        if not isinstance(document, Mapping):
            raise TypeError(
                f"document is {document!r}, not a dict. For a file, call OpenApi.from_file."
            )
        return cls(name=name, document=dict(document))

    @classmethod
    def from_asgi(
        cls,
        app: str,
        *,
        python: str | PathLike[str] = sys.executable,
        directory: str | PathLike[str] = ".",
        paths: Sequence[str | PathLike[str]] = (),
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 60,
    ) -> OpenApi:
        """Ask an ASGI application for its document.

        The application is of FastAPI, Litestar or Django Ninja, or has an `openapi()`. For Django
        Ninja, name the `NinjaAPI`, or the ASGI application of a project that has one of them.

        A separate process imports the application, so that its imports and output do not reach this
        process. The routes of the application define which parameters match several segments
        (`{name:path}`); the document does not.

        Args:
            app: `package.module:attribute`, as for uvicorn. A function without parameters is a
                factory.
            python: The Python with the dependencies of the application.
                Default: the Python that runs this.
            directory: The working directory of the process, and the first folder of its modules.
                Default: the current directory.
            paths: Further folders with modules. Default: none.
            environment: Further environment variables. Default: none.
            timeout_seconds: The time limit of the import, in seconds. Default: 60.

        Raises:
            OpenApiError: The import failed, or the application has no document. The message has
                the traceback.
        """
        app_document = load_app_document(
            app,
            python=python,
            directory=directory,
            paths=paths,
            environment=environment or {},
            timeout_seconds=timeout_seconds,
        )
        return cls(
            name=app,
            document=app_document.document,
            greedy=app_document.greedy_parameters,
            source=app,
        )

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
        """Convert the document to one that API Gateway can import, with a report of omissions.

        The result is the same for the same document.

        Args:
            models: Whether to keep the models of bodies, which request validation needs.
                Default: True.
            documentation: Whether to keep summaries, descriptions and tags. Default: False.
            inline: Whether the document must fit into a CloudFormation template of 1,000,000 bytes
                with its integrations. Otherwise the limit is 6 MB, as for the import. A document
                that is too large loses documentation first, then models and headers of responses,
                then models of requests. Default: True.
            max_resources: The account's quota of resources in one API. Default: 300.
            reserved_bytes: The bytes of the template to leave free, beside the integrations and
                30,000 bytes for the rest of the stack. Default: 0.
            indented: Whether CDK indents the template, which takes space. Default: False.

        Raises:
            OpenApiError: API Gateway cannot import the document. The error has every reason, with
                the number and the limit of a quota, and the line and column in a file.
        """
        options = ConversionOptions(
            models=models,
            documentation=documentation,
            inline=inline,
            max_resources=max_resources,
            reserved_bytes=reserved_bytes,
            indented=indented,
        )
        files: dict[Path, Document] = {}

        def read(path: Path) -> Any:
            files[path] = read_openapi_document(path)
            return files[path].data

        base = name = None
        if self.file is not None:
            base, name = self.file.path.parent, self.file.path.name
            files[self.file.path] = self.file
        documents = DocumentSet(self.document, base, read, name or "")
        try:
            return convert(documents, self.greedy, options)
        except ConversionError as error:
            reasons = [self._add_location(reason, files) for reason in error.reasons]
            raise OpenApiError(self.name, reasons) from None
        except RecursionError:
            reason = ImportProblem(message="nested too deeply to be converted")
            raise OpenApiError(self.name, [reason]) from None

    def _add_location(self, reason: ImportProblem, files: Mapping[Path, Document]) -> ImportProblem:
        """Return the reason with file, line and column, if the document is from a file."""
        if self.file is None:
            return reason
        path = self.file.path.parent / reason.file if reason.file else self.file.path
        position = files[path].find_position(reason.pointer)
        return replace(reason, file=str(path), position=position)

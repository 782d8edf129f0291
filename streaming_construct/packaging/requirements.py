"""Read and flatten `requirements.txt`.

The result is one text that means the same on every machine. Files that it includes with `-r` are
inlined; comments and layout are removed. A path or an editable install is a problem, because its
meaning depends on the machine.
https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

NAME: Final = "requirements.txt"
CONSTRAINTS_NAME: Final = "constraints.txt"

_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_INCLUDE: Final = re.compile(r"(-r|--requirement|-c|--constraint)(?:[\s=]+|(?=[^-\s]))(.+)")
_PATH: Final = re.compile(r"[./~\\]|file:|[A-Za-z]:[\\/]|[^\s:]*\.(?:whl|zip|tar\.gz)(?:$|[\s;])")
_BARE_URL: Final = re.compile(r"[A-Za-z+]+://")
_EDITABLE: Final = re.compile(r"(?:-e|--editable)\b")
_FIND_LINKS: Final = re.compile(r"(?:-f|--find-links)(?:[\s=]+|(?=[^-\s]))(.+)")
_HASH: Final = re.compile(r"--hash[=\s]|#sha256=")
# Options of one requirement, as in `demo==1.0 --hash=sha256:...`.
_OPTIONS: Final = re.compile(r"\s-{1,2}\w")


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """The content of a flattened `requirements.txt`.

    Attributes:
        lines: The requirements and options, in the order of the file.
        constraints: The constraints, in the order of the files.
        problems: One sentence for each defect, starting with its file and line.
    """

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The normalized names of the required distributions."""
        return frozenset(filter(None, map(parse_requirement_name, self.lines)))

    @property
    def pinned_names(self) -> frozenset[str]:
        """The normalized names of the distributions that are pinned to one version."""
        lines = filter(is_pinned, (*self.lines, *self.constraints))
        return frozenset(filter(None, map(parse_requirement_name, lines)))

    @property
    def text(self) -> str:
        """The flattened file, which refers to the constraints file if there is one."""
        lines = (f"-c {CONSTRAINTS_NAME}", *self.lines) if self.constraints else self.lines
        return "".join(f"{line}\n" for line in lines)

    @property
    def constraints_text(self) -> str:
        """The flattened constraints file; empty without constraints."""
        return "".join(f"{line}\n" for line in self.constraints)

    def list_unpinned(self, installed: Iterable[str]) -> tuple[str, ...]:
        """Return the names among `installed` that no line pins to one version, sorted."""
        from packaging.utils import canonicalize_name

        return tuple(sorted({canonicalize_name(name) for name in installed} - self.pinned_names))


def parse_requirement(line: str) -> Requirement | None:
    """Parse the requirement of a line; an option, a path and a defective line have none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(_OPTIONS.split(line)[0])
    except InvalidRequirement:
        return None


def parse_requirement_name(line: str) -> str | None:
    """Return the normalized name of the distribution that a line requires, if it requires one."""
    requirement = parse_requirement(line)
    if requirement is None:
        return None
    from packaging.utils import canonicalize_name

    return canonicalize_name(requirement.name)


def is_pinned(line: str) -> bool:
    """Return whether a requirement allows exactly one version, or names its files by hash."""
    requirement = parse_requirement(line)
    return requirement is not None and (
        _HASH.search(line) is not None
        or any(
            specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
            for specifier in requirement.specifier
        )
    )


def decode_requirements(data: bytes) -> str:
    """Decode a requirements file as pip does: UTF-8, or UTF-16 with a byte order mark.

    PowerShell writes UTF-16 for `pip freeze > requirements.txt`.

    Raises:
        UnicodeDecodeError: The file is neither.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def is_editable(line: str) -> bool:
    """Return whether a line is an editable install, which always runs code of the package."""
    return _EDITABLE.match(line) is not None


def split_logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each logical line, without comments."""
    start, parts = 1, list[str]()
    for number, raw in enumerate(text.removeprefix("\N{BYTE ORDER MARK}").splitlines(), 1):
        line = _COMMENT.sub("", raw).strip()
        start = number if not parts else start
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        if joined := " ".join(" ".join([*parts, line]).split()):
            yield start, joined
        parts = []
    if joined := " ".join(" ".join(parts).split()):
        yield start, joined


def flatten_requirements(files: Mapping[str, str], name: str = NAME) -> Requirements:
    """Flatten the file `name` among `files`, a mapping from relative path to text."""
    lines: list[str] = []
    constraints: list[str] = []
    problems: list[str] = []

    def visit(path: str, target: list[str], parents: tuple[str, ...]) -> None:
        for number, line in split_logical_lines(files[path]):
            location = f"{path}:{number}"
            include = _INCLUDE.match(line)
            if include is None:
                target.append(line)
                problems.extend(f"{location}: {problem}" for problem in _find_line_problems(line))
                continue
            included = resolve_included_path(path, include[2])
            if included in (*parents, path):
                problems.append(
                    f"{location}: {line!r} includes a file that includes this file. "
                    "Remove one of the two lines."
                )
            elif included not in files:
                problems.append(
                    f"{location}: {line!r} refers to a file that is not in the folder. "
                    "Put the file into the folder, or remove the line."
                )
            else:
                is_constraint = include[1] in ("-c", "--constraint")
                visit(included, constraints if is_constraint else target, (*parents, path))

    visit(name, lines, ())
    return Requirements(
        lines=tuple(lines), constraints=tuple(constraints), problems=tuple(problems)
    )


def resolve_included_path(path: str, included: str) -> str:
    """Return the path of an included file, relative to the folder."""
    parts: list[str] = [*Path(path).parent.parts]
    for part in Path(included.strip("\"'")).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts).as_posix()


def _find_line_problems(line: str) -> Iterator[str]:
    find_links = _FIND_LINKS.match(line)
    requirement = parse_requirement(line)
    url = "" if requirement is None else requirement.url or ""
    if is_editable(line) or _PATH.match(line) or url.startswith(("file:", ".", "/")):
        yield (
            f"{line!r} is a path on this machine. Publish the package to an index, or copy its "
            "folder into the folder of the function."
        )
    elif find_links and "://" not in find_links[1]:
        yield f"{line!r} is a path on this machine. Set PIP_FIND_LINKS or UV_FIND_LINKS instead."
    elif _BARE_URL.match(line):
        yield f"{line!r} has no distribution name. Write it as 'name @ {line}'."
    elif requirement is None and not line.startswith("-"):
        yield f"{line!r} is not a requirement. Write it as in 'name==1.0'."


def read_requirements(folder: Path) -> Requirements:
    """Read the `requirements.txt` of a folder, if it has one, and the files that it includes."""
    files: dict[str, str] = {}
    pending = [NAME] if (folder / NAME).is_file() else []
    while pending:
        path = pending.pop()
        files[path] = decode_requirements((folder / path).read_bytes())
        includes = (_INCLUDE.match(line) for _, line in split_logical_lines(files[path]))
        targets = {resolve_included_path(path, include[2]) for include in includes if include}
        pending += [
            target
            for target in sorted(targets - files.keys())
            if not target.startswith(("..", "/")) and (folder / target).is_file()
        ]
    return flatten_requirements(files) if files else Requirements()


@dataclass(frozen=True, kw_only=True)
class PythonSource:
    """The folder of a Python function.

    Attributes:
        folder: The path of the folder.
        exists: Whether the folder exists.
        requirements: The content of its `requirements.txt`.
        problems: One sentence for each reason why the folder cannot be packaged.
    """

    folder: Path
    exists: bool = True
    requirements: Requirements = field(default_factory=Requirements)
    problems: tuple[str, ...] = ()


def read_python_folder(folder: Path) -> PythonSource:
    """Read the folder of a Python function."""
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        problem = f"entry {str(folder)!r} {state}. Pass the folder with the code of the function."
        return PythonSource(folder=folder, exists=False, problems=(problem,))
    try:
        requirements = read_requirements(folder)
    except UnicodeDecodeError as error:
        problem = (
            f"a requirements file in {folder} is neither UTF-8 nor UTF-16 ({error})."
            " Save it as UTF-8."
        )
        return PythonSource(folder=folder, problems=(problem,))
    return PythonSource(folder=folder, requirements=requirements, problems=requirements.problems)

"""`requirements.txt`, flattened: one text that says what to install, on every machine the same.

Files it includes with `-r` are inlined, comments and layout dropped. What would make the result
depend on the machine (paths, editable installs) is a problem, not an instruction.
https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


from dataclasses import field

NAME: Final = "requirements.txt"
CONSTRAINTS_NAME: Final = "constraints.txt"

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_PINNED: Final = re.compile(r"[\w.-]+\s*(?:\[[^]]*\])?\s*===?\s*[^\s,*=]+", re.ASCII)
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_INCLUDE: Final = re.compile(r"(-r|--requirement|-c|--constraint)(?:[\s=]+|(?=[^-\s]))(.+)")
_PATH: Final = re.compile(r"[./~\\]|file:|[A-Za-z]:[\\/]|[^\s:]*\.(?:whl|zip|tar\.gz)(?:$|[\s;])")
_BARE_URL: Final = re.compile(r"[A-Za-z+]+://")
_EDITABLE: Final = re.compile(r"(?:-e|--editable)\b")
_FIND_LINKS: Final = re.compile(r"(?:-f|--find-links)(?:[\s=]+|(?=[^-\s]))(.+)")
_HASH: Final = re.compile(r"--hash[=\s]|#sha256=")


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What to install: requirement and option lines, and constraint lines, in their order.

    `problems` are sentences that begin with the file and line they are about.
    """

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The normalised names of the distributions that are asked for."""
        return frozenset(filter(None, map(requirement_name, self.lines)))

    @property
    def pinned_names(self) -> frozenset[str]:
        """The normalised names of the distributions that are held to one version."""
        lines = filter(is_pinned, (*self.lines, *self.constraints))
        return frozenset(filter(None, map(requirement_name, lines)))

    @property
    def text(self) -> str:
        """The flattened file; constraints, if any, are left to `constraints_text`."""
        lines = (f"-c {CONSTRAINTS_NAME}", *self.lines) if self.constraints else self.lines
        return "".join(f"{line}\n" for line in lines)

    @property
    def constraints_text(self) -> str:
        """The flattened constraints file, empty if there are no constraints."""
        return "".join(f"{line}\n" for line in self.constraints)

    def unpinned(self, installed: Iterable[str]) -> tuple[str, ...]:
        """Return the names among `installed` that nothing here holds to one version, sorted."""
        return tuple(sorted({normalise(name) for name in installed} - self.pinned_names))


def normalise(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(line: str) -> str | None:
    """Return the normalised name that a requirement line begins with; an option line has none."""
    match = _NAME.match(line)
    return normalise(match[0]) if match else None


def is_pinned(line: str) -> bool:
    """Say whether a requirement line allows exactly one version, or names exact files by hash."""
    specifier = re.split(r";|\s--", line)[0].strip()
    return bool(_PINNED.fullmatch(specifier) or _HASH.search(line))


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each instruction with its first line's number: continuations joined, comments gone."""
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
    """Flatten the file called `name` among `files` (path relative to the folder, to text)."""
    lines: list[str] = []
    constraints: list[str] = []
    problems: list[str] = []

    def visit(path: str, into: list[str], within: tuple[str, ...]) -> None:
        for number, line in logical_lines(files[path]):
            here = f"{path}:{number}"
            include = _INCLUDE.match(line)
            if include is None:
                into.append(line)
                problems.extend(f"{here}: {what}" for what in _line_problems(line))
                continue
            target = included_path(path, include[2])
            if target in (*within, path):
                problems.append(f"{here}: {line!r} includes a file that includes this one")
            elif target not in files:
                problems.append(f"{here}: {line!r} names no file inside the folder")
            else:
                into_next = constraints if include[1] in ("-c", "--constraint") else into
                visit(target, into_next, (*within, path))

    visit(name, lines, ())
    return Requirements(
        lines=tuple(lines), constraints=tuple(constraints), problems=tuple(problems)
    )


def included_path(path: str, included: str) -> str:
    """Return where an included file is, relative to the folder; above it, with `..`."""
    parts: list[str] = [*Path(path).parent.parts]
    for part in Path(included.strip("\"'")).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts).as_posix()


def _line_problems(line: str) -> Iterator[str]:
    find_links = _FIND_LINKS.match(line)
    url = line.partition(" @ ")[2].strip()
    if _EDITABLE.match(line) or _PATH.match(line) or url.startswith(("file:", ".", "/")):
        yield (
            f"{line!r} is a path on this machine: publish it to an index, or copy the package's "
            "folder into the app's own"
        )
    elif find_links and "://" not in find_links[1]:
        yield f"{line!r} is a path on this machine: set PIP_FIND_LINKS or UV_FIND_LINKS instead"
    elif _BARE_URL.match(line):
        yield f"{line!r} does not say what it is: write it as 'name @ {line}'"


def read_requirements(folder: Path) -> Requirements:
    """Read `requirements.txt` of a folder and what it includes; no file, no requirements."""
    files: dict[str, str] = {}
    pending = [NAME] if (folder / NAME).is_file() else []
    while pending:
        path = pending.pop()
        files[path] = (folder / path).read_text(encoding="utf-8")
        includes = (_INCLUDE.match(line) for _, line in logical_lines(files[path]))
        targets = {included_path(path, include[2]) for include in includes if include}
        pending += [
            target
            for target in sorted(targets - files.keys())
            if not target.startswith(("..", "/")) and (folder / target).is_file()
        ]
    return flatten_requirements(files) if files else Requirements()


@dataclass(frozen=True, kw_only=True)
class PythonSource:
    """A folder ready to be packaged, unless `problems` has any; `there` says that it exists."""

    folder: Path
    exists: bool = True
    requirements: Requirements = field(default_factory=Requirements)
    problems: tuple[str, ...] = ()


def read_python_folder(folder: Path) -> PythonSource:
    """Read the folder of a function: its `requirements.txt`, if it has one."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        problem = f"entry {str(folder)!r} {what}: give the folder that has the function's code"
        return PythonSource(folder=folder, exists=False, problems=(problem,))
    try:
        requirements = read_requirements(folder)
    except UnicodeDecodeError as error:
        problem = f"a requirements file is not UTF-8: {error}"
        return PythonSource(folder=folder, problems=(problem,))
    return PythonSource(
        folder=folder, requirements=requirements, problems=tuple(requirements.problems)
    )

"""A folder with Python code: what it requires, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from streaming_construct.packaging.requirements import Requirements, read_requirements


@dataclass(frozen=True, kw_only=True)
class PythonFolder:
    """A folder ready to be packaged, unless `problems` has any; `there` says that it exists."""

    folder: Path
    there: bool = True
    requirements: Requirements = field(default_factory=Requirements)
    problems: tuple[str, ...] = ()


def read_python_folder(folder: Path) -> PythonFolder:
    """Read the folder of a function: its `requirements.txt`, if it has one."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        problem = f"entry {str(folder)!r} {what}: give the folder that has the function's code"
        return PythonFolder(folder=folder, there=False, problems=(problem,))
    try:
        requirements = read_requirements(folder)
    except UnicodeDecodeError as error:
        problem = f"a requirements file is not UTF-8: {error}"
        return PythonFolder(folder=folder, problems=(problem,))
    return PythonFolder(
        folder=folder, requirements=requirements, problems=tuple(requirements.problems)
    )

"""`RunState`: the stack of a run, in a file that outlives the process.

The file exists from before the first resource is created until the stack is gone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from streaming_construct.packaging.dependency_layer import cache_dir
from streaming_construct.verify.deployment.stack_options import StackOptions


@dataclass(frozen=True, kw_only=True)
class RunState:
    """The stack of a run.

    Args:
        options: The stack, its account and its Region.
        started_at: The start of the run, as an ISO 8601 time in UTC.
    """

    options: StackOptions
    started_at: str

    @property
    def file(self) -> Path:
        """The file of this stack."""
        options = self.options
        return state_dir() / f"{options.account}.{options.region}.{options.name_prefix}.json"

    def save(self) -> None:
        """Write the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_suffix(".tmp")
        document = {"options": asdict(self.options), "started_at": self.started_at}
        temporary.write_text(json.dumps(document, indent=2), encoding="utf-8")
        temporary.replace(self.file)

    def delete(self) -> None:
        """Delete the file."""
        self.file.unlink(missing_ok=True)


def state_dir() -> Path:
    """Return the folder of the files."""
    return cache_dir() / "verify"


def read_states() -> list[RunState]:
    """Return the stacks of runs that did not delete them, the oldest first.

    A file that this version cannot read is skipped.
    """
    states = [_read(file) for file in sorted(state_dir().glob("*.json"))]
    return sorted(
        (state for state in states if state is not None), key=lambda state: state.started_at
    )


def _read(file: Path) -> RunState | None:
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        return RunState(
            options=StackOptions(**document["options"]), started_at=str(document["started_at"])
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None

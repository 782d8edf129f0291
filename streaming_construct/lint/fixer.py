"""Fixes the findings in a template or an OpenAPI document, in its text and in files it names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from streaming_construct.documents.document import parse_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.syntax_tree import parse_tree
from streaming_construct.documents.text_edits import TextEdit, apply_edits
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.registry import list_edits
from streaming_construct.lint.linter import LintResult, lint_stacks
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.suppression import Suppression, apply_suppressions
from streaming_construct.templates.stacks.loader import is_generated, load_document_stacks

# A fix can uncover a finding that is fixed in turn; more passes mean that two fixes disagree.
_MAX_PASSES: Final = 10
_BOM: Final = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A file before and after its fixes."""

    path: Path
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The changes as a unified diff."""
        name = _format_path(self.path)
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )

    def write(self) -> None:
        """Write the fixed text to the file."""
        if self.after != self.before:
            self.path.write_bytes(self.after.encode())


@dataclass(frozen=True, kw_only=True)
class FixResult:
    """The files of one path before and after their fixes, and what was fixed.

    `changes` begins with the path itself; the others are local files that it names: nested
    templates, included files and OpenAPI documents. `remaining` are the findings without a fix,
    suppressed ones excluded. `is_fixable` is false for a path whose source is elsewhere: a cloud
    assembly, or a plan.
    """

    path: Path
    changes: tuple[FileChange, ...] = ()
    fixed: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    is_fixable: bool = True

    @property
    def before(self) -> str:
        """The text of the path itself before its fixes."""
        return self.changes[0].before if self.changes else ""

    @property
    def after(self) -> str:
        """The text of the path itself after its fixes."""
        return self.changes[0].after if self.changes else ""

    @property
    def diff(self) -> str:
        """The changes of all files as a unified diff."""
        return "".join(change.diff for change in self.changes)

    def write(self) -> None:
        """Write the fixed texts to the files."""
        for change in self.changes:
            change.write()


def fix_path(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    suppressions: Sequence[Suppression] = (),
) -> FixResult:
    """Fix what has only one fix in a template or an OpenAPI document, without writing it.

    Local files that the template names are fixed too. Suppressed findings are not fixed.

    Raises:
        SourceError: The path cannot be read.
    """
    if is_generated(path):
        return FixResult(path=path, is_fixable=False)
    fixer = _Fixer(path, parameters, suppressions)
    fixer.fix()
    return FixResult(
        path=path,
        changes=tuple(
            FileChange(path=Path(file), before=fixer.before[file], after=fixer.get_text_after(file))
            for file in fixer.texts
        ),
        fixed=tuple(fixer.fixed),
        remaining=tuple(fixer.remaining),
    )


def _format_path(path: Path) -> str:
    """Return a path relative to the working folder if the file is in it."""
    try:
        return (
            path.resolve().relative_to(Path.cwd()).as_posix() if path.is_absolute() else str(path)
        )
    except ValueError:
        return path.as_posix()


def _read_text(path: Path) -> str:
    """Return the text of a file with its line breaks and its byte order mark."""
    try:
        return path.read_bytes().decode()
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


@dataclass
class _Fixer:
    """Fixes a file and the files that it names. Both mappings are by the name of the file."""

    path: Path
    parameters: Mapping[str, str] | None
    suppressions: Sequence[Suppression]
    before: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    fixed: list[Finding] = field(default_factory=list)
    remaining: list[Finding] = field(default_factory=list)
    _failed: set[Finding] = field(default_factory=set)

    def get_text_after(self, file: str) -> str:
        """Return the fixed text of a file, with the byte order mark that it had."""
        return (_BOM if self.before[file].startswith(_BOM) else "") + self.texts[file]

    def fix(self) -> None:
        """Apply all fixes that remove their findings."""
        self._open(str(self.path))
        result = self._lint_texts(self.texts)
        for _ in range(_MAX_PASSES):
            planned = self._plan(result)
            if not planned:
                break
            candidate = dict(self.texts)
            for file in self.texts:
                edits = {
                    edit
                    for finding, finding_edits in planned.items()
                    if finding.location.file == file
                    for edit in finding_edits
                }
                candidate[file] = apply_edits(self.texts[file], edits)
            try:
                linted = self._lint_texts(candidate)
            except SourceError:
                self._failed |= planned.keys()
                continue
            remaining = {_remove_location(finding) for finding in linted.findings}
            failed = {finding for finding in planned if finding in remaining}
            if failed:
                self._failed |= failed
                continue
            self.fixed += planned
            self.texts, result = candidate, linted
        self.remaining = self._list_unsuppressed(result)

    def _open(self, file: str) -> bool:
        """Read a file that can be fixed; return whether it can be read."""
        if file not in self.texts:
            try:
                self.before[file] = _read_text(Path(file))
            except SourceError:
                if file == str(self.path):
                    raise
                return False
            self.texts[file] = self.before[file].removeprefix(_BOM)
        return True

    def _list_unsuppressed(self, result: LintResult) -> list[Finding]:
        suppressions = [*self.suppressions, *result.suppressions]
        return list(apply_suppressions(result.findings, suppressions).findings)

    def _plan(self, result: LintResult) -> dict[Finding, list[TextEdit]]:
        """Return the findings to fix in one pass, with edits that do not overlap."""
        contexts: dict[str, FixContext] = {}
        planned: dict[Finding, list[TextEdit]] = {}
        edits_by_file: dict[str, set[TextEdit]] = {}
        for finding in self._list_unsuppressed(result):
            identity, file = _remove_location(finding), finding.location.file
            if file is None or identity in self._failed or not self._open(file):
                continue
            if file not in contexts:
                contexts[file] = FixContext(
                    tree=parse_tree(self.texts[file]),
                    declarations=[api for api in result.apis if isinstance(api, Declaration)],
                    includes=result.includes,
                )
            edits = list_edits(finding, contexts[file])
            file_edits = edits_by_file.setdefault(file, set())
            new = set(edits) - file_edits
            if edits and not any(
                edit.is_overlapping(other) for edit in new for other in file_edits
            ):
                planned[identity] = edits
                file_edits |= new
        return planned

    def _lint_texts(self, texts: Mapping[str, str]) -> LintResult:
        # A parser of data reads all line breaks alike.
        read = {Path(file): text.replace("\r\n", "\n") for file, text in texts.items()}
        texts_by_file = {file.resolve(): text for file, text in read.items() if file != self.path}
        document = parse_document(self.path, read[self.path])
        stacks = [replace(stack, texts=texts_by_file) for stack in load_document_stacks(document)]
        return lint_stacks(self.path, stacks, self.parameters)


def _remove_location(finding: Finding) -> Finding:
    """Return the finding without its line, which moves."""
    return replace(finding, location=replace(finding.location, line=None))

"""Fixes the findings in a template or an OpenAPI document, in its text."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from streaming_construct.documents.document import Document, parse_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.syntax_tree import parse_tree
from streaming_construct.documents.text_edits import TextEdit, apply_edits
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.registry import edits_of
from streaming_construct.lint.linter import LintResult, lint_stacks
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.suppression import Suppression, apply_suppressions
from streaming_construct.templates.stacks.loader import is_generated, load_document_stacks

# A fix can uncover a finding that is fixed in turn; more passes mean that two fixes disagree.
_MAX_PASSES: Final = 10
_BOM: Final = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class FixResult:
    """A file before and after its fixes, and what was fixed.

    `is_fixable` is false for a path whose source is elsewhere: a cloud assembly, or a plan.
    """

    path: Path
    before: str = ""
    after: str = ""
    fixed: tuple[Finding, ...] = ()
    is_fixable: bool = True

    @property
    def diff(self) -> str:
        """The changes as a unified diff."""
        name = self.path.as_posix()
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


def fix_path(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    suppressions: Sequence[Suppression] = (),
) -> FixResult:
    """Fix what has only one fix in a template or an OpenAPI document, without writing it.

    Suppressed findings are not fixed.

    Raises:
        SourceError: The path cannot be read.
    """
    if is_generated(path):
        return FixResult(path=path, is_fixable=False)
    fixer = _Fixer(path, parameters, suppressions)
    before = _read_text(path)
    bom = _BOM if before.startswith(_BOM) else ""
    after = bom + fixer.fix(before.removeprefix(_BOM))
    return FixResult(path=path, before=before, after=after, fixed=tuple(fixer.fixed))


def _read_text(path: Path) -> str:
    """Return the text of a file with its line breaks and its byte order mark."""
    try:
        return path.read_bytes().decode()
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


@dataclass
class _Fixer:
    path: Path
    parameters: Mapping[str, str] | None
    suppressions: Sequence[Suppression]
    fixed: list[Finding] = field(default_factory=list)
    _failed: set[Finding] = field(default_factory=set)

    def fix(self, text: str) -> str:
        """Return the text with all fixes applied that remove their findings."""
        result = self._lint(text)
        for _ in range(_MAX_PASSES):
            planned = self._plan(text, result)
            if not planned:
                break
            candidate = apply_edits(text, {edit for edits in planned.values() for edit in edits})
            try:
                linted = self._lint(candidate)
            except SourceError:
                self._failed |= planned.keys()
                continue
            remaining = {_identity(finding) for finding in linted.findings}
            failed = {finding for finding in planned if finding in remaining}
            if failed:
                self._failed |= failed
                continue
            self.fixed += planned
            text, result = candidate, linted
        return text

    def _plan(self, text: str, result: LintResult) -> dict[Finding, list[TextEdit]]:
        """Return the findings to fix in one pass, with edits that do not overlap."""
        context = FixContext(
            tree=parse_tree(text),
            declarations=[api for api in result.apis if isinstance(api, Declaration)],
        )
        suppressions = [*self.suppressions, *result.suppressions]
        planned: dict[Finding, list[TextEdit]] = {}
        taken: set[TextEdit] = set()
        for finding in apply_suppressions(result.findings, suppressions).findings:
            identity = _identity(finding)
            if finding.location.file != str(self.path) or identity in self._failed:
                continue
            edits = edits_of(finding, context)
            new = set(edits) - taken
            if edits and not any(edit.overlaps(other) for edit in new for other in taken):
                planned[identity] = edits
                taken |= new
        return planned

    def _lint(self, text: str) -> LintResult:
        stacks = load_document_stacks(self._document(text))
        return lint_stacks(self.path, stacks, self.parameters)

    def _document(self, text: str) -> Document:
        # A parser of data reads all line breaks alike.
        return parse_document(self.path, text.replace("\r\n", "\n"))


def _identity(finding: Finding) -> Finding:
    """Return the finding without its line, which moves."""
    return replace(finding, location=replace(finding.location, line=None))

"""`lint --fix` and `lint --diff`: fixes files, or prints what would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.lint.fixer import FixResult, fix_path
from streaming_construct.reporting.options import OutputOptions
from streaming_construct.rules.suppression import Suppression
from streaming_construct.terminal import escape_lines


def fix_paths(
    paths: Sequence[Path],
    parameters: Mapping[str, str],
    suppressions: Sequence[Suppression],
    output: OutputOptions,
    *,
    is_diff: bool,
) -> tuple[bool, bool]:
    """Fix each file, or print its diff on standard output; notes go to standard error.

    Returns:
        Whether a file has changes, and whether a path cannot be read. The error of such a path is
        printed for a diff only, since the command lints the paths after a fix.
    """
    has_changes = has_errors = False
    for path in paths:
        try:
            result = fix_path(path, parameters, suppressions)
            if is_diff:
                click.echo(result.diff, nl=False)
            else:
                result.write()
        except (OSError, SourceError) as error:
            has_errors = True
            if is_diff or isinstance(error, OSError):
                click.echo(f"Error: {escape_lines(_format_error(error))}", err=True)
            continue
        has_changes |= bool(result.fixed)
        output.note(_format_note(result, is_diff=is_diff))
    return has_changes, has_errors


def _format_error(error: OSError | SourceError) -> str:
    if isinstance(error, SourceError):
        return str(error)
    return f"{error.filename} cannot be written: {error.strerror}."


def _format_note(result: FixResult, *, is_diff: bool) -> str:
    if not result.is_fixable:
        return f"{result.path} is generated. Change what it was generated from."
    verb = "would fix" if is_diff else "fixed"
    count = len(result.fixed)
    rules = ", ".join(dict.fromkeys(finding.rule.id for finding in result.fixed))
    findings = "1 finding" if count == 1 else f"{count} findings"
    note = f"{result.path}: {verb} {findings}" + (f" ({rules})" if rules else "")
    if not is_diff or not result.remaining:
        return note
    remaining = ", ".join(dict.fromkeys(finding.rule.id for finding in result.remaining))
    return f"{note}. Without a fix: {len(result.remaining)} ({remaining})"

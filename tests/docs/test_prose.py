"""README, guide, help texts and docstrings are in plain technical English."""

from __future__ import annotations

import pytest

from tests.docs.prose import (
    MAX_WORDS,
    PACKAGE,
    markdown_sentences,
    messages_without_subject,
    problems,
    python_sentences,
    sentences,
    units,
)


def test_each_sentence_follows_the_rules() -> None:
    """Each problem is reported with its file, its sentence and what to write instead."""
    problems_by_sentence = {
        f"{unit}: {text}": problems(text) for unit, texts in units().items() for text in texts
    }

    assert {text: reasons for text, reasons in problems_by_sentence.items() if reasons} == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "What is saved is served.",
        "The caller is told so.",
        "Nobody calls it.",
        "Who knows better acknowledges it.",
        "A key says whose request it is and who calls.",
        "Take a name, a tunnel's, say.",
        "It has a process of its own.",
        "The function answers with status 200.",
        "The gateway writes the file anew.",
        "A line says so.",
        "The client gives up.",
        "word " * (MAX_WORDS + 1),
    ],
)
def test_a_sentence_that_breaks_a_rule_has_a_problem(sentence: str) -> None:
    """Each of these sentences has one problem."""
    assert len(problems(sentence)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "What does a stream cost?",
        "Clients who send a token pass.",
        "Set `answer=who` to ask `nobody`.",
        "word " * MAX_WORDS,
    ],
)
def test_a_correct_sentence_has_no_problem(sentence: str) -> None:
    """A question, a relative clause of a person, words in code, and the greatest length are
    correct."""
    assert problems(sentence) == []


def test_each_message_of_the_package_names_its_subject() -> None:
    """Synthesis and lint print messages in one form, which is clear without a line before it."""
    messages = {
        module.relative_to(PACKAGE).as_posix(): messages_without_subject(
            module.read_text(encoding="utf-8")
        )
        for module in PACKAGE.rglob("*.py")
    }

    assert {module: texts for module, texts in messages.items() if texts} == {}


def test_a_message_without_a_subject_begins_with_a_pronoun() -> None:
    """A message behind a prefix is one, too. A docstring, a comment and the second line of a
    message may begin so."""
    source = '''
"""It is a module."""

# "it is a comment"
A = "it is missing"
B = f"{name}: its code is missing"
C = "Its value is 1."
D = "the code has no file, " "its folder has one"
E = f"its {name} has no value"
'''

    assert messages_without_subject(source) == [
        "it is missing",
        "`value`: its code is missing",
        "Its value is 1.",
        "its `value` has no value",
    ]


def test_a_paragraph_is_split_at_the_ends_of_its_sentences() -> None:
    """Periods in code, numbers and file names end no sentence."""
    text = "See `a. B` and docs/a.md at 1.5 s. `lint` runs it. (It is quick.) Done"

    assert sentences(text) == [
        "See `a. B` and docs/a.md at 1.5 s.",
        "`lint` runs it.",
        "(It is quick.)",
        "Done",
    ]


def test_the_sentences_of_a_page_are_those_of_its_paragraphs_lists_and_tables() -> None:
    """Headings and code have none. The text of a link counts, its target does not."""
    table = "| a | b |\n| - | - |\n| c | d |\n"
    page = f"# Title\n\nOne\n[two](b.md).\n\n- item `x y`\n\n{table}\n```\ne\n```\n"

    assert list(markdown_sentences(page)) == ["One two.", "item `x y`", "a", "b", "c", "d"]


def test_the_sentences_of_a_module_are_those_of_docstrings_comments_and_messages() -> None:
    """Entries of sections are separate sentences. A directive for a tool is not part of its
    reason."""
    source = '''
"""A module."""

LIMIT = 3  # noqa: E501 - a reason
"""A limit."""

# One comment
# in two lines.
def f(a):
    """Do it. Twice.

    Args:
        a: A value.
            Default: 1.

    - an item
    """
    raise ValueError(f"{a} is not a good value")
'''

    assert list(python_sentences(source)) == [
        "A module.",
        "A limit.",
        "Do it.",
        "Twice.",
        "A value.",
        "Default: 1.",
        "- an item",
        "a reason",
        "One comment in two lines.",
        "`value` is not a good value",
    ]

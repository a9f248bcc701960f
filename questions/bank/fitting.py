"""What the bank format can hold, and what it cannot: asked before a bank is written and where somebody types."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from questions.bank.lines import heading_of, lines_of
from questions.bank.metadata import LOOKS_LIKE_METADATA, SLUG_LENGTH
from questions.bank.model import Bank, BankCriterion, BankQuestion
from questions.bank.reader import SECTIONS, TOPIC_LENGTH, read
from questions.bank.writer import as_text

_PLAIN = BankQuestion("slug", "Question?", "Answer.", ("Topic",))
_CORE = BankCriterion("A criterion.")
_TEXTS = ("prompt", "reference_answer", "explanation", "grader_note")
_OTHERS = {
    "slug": f"A slug has small letters, digits and single hyphens, {SLUG_LENGTH} characters at most.",
    "tags": "A tag holds no comma, semicolon, line break or “-->”.",
    "topics": f"The title of a topic is one line of {TOPIC_LENGTH} characters at most that does not begin with “Q:” "
    "nor end with “ #”; topics nest two deep.",
    "difficulty": "The difficulty is easy, medium or hard.",
    "rubric": "A criterion is one line of text.",
    "text": "A criterion is one line of text.",
    "points": "Points lie between 0 and 100 and have two decimals at most.",
    "cues": "A cue is one line, without “ | ” in it.",
    "examples": "An example is one line of text.",
    "correction": "The truth behind a misconception is one line, and goes with a misconception only.",
}
_FALLBACK = "The bank format cannot hold this: it would be read as something else."


def parted(bank: Bank) -> tuple[Bank, list[str]]:
    """The bank without what the format cannot hold, and a sentence for each question that was left out."""
    fit: list[BankQuestion] = []
    complaints: list[str] = []
    for question in bank.questions:
        found = misfits(question)
        complaints += [f"{question.slug}: {name.replace('_', ' ')}: {why}" for name, why in found.items()]
        if not found:
            fit.append(question)
    return replace(bank, questions=tuple(fit)), complaints


def misfits(question: BankQuestion) -> dict[str, str]:
    """By field of the question: why the format cannot hold what stands there. Empty where it can."""
    if _holds(question):
        return {}
    names = (*_TEXTS, "slug", "topics", "difficulty", "tags", "rubric")
    return field_misfits(**{name: getattr(question, name) for name in names}) or {"prompt": _FALLBACK}


def field_misfits(**values: Any) -> dict[str, str]:
    """The same for single fields of a question, where the others are not known yet."""
    return {
        name: _reason(name, value) if name in _TEXTS else _OTHERS[name]
        for name, value in values.items()
        if not _holds(replace(_PLAIN, **{name: value}))
    }


def criterion_misfits(kind: str, **values: Any) -> dict[str, str]:
    """The same for single fields of a criterion of that kind."""
    plain = replace(_CORE, kind=kind)
    return {
        name: _OTHERS[name]
        for name, value in values.items()
        if not _holds(replace(_PLAIN, rubric=(_CORE, replace(plain, **{name: value}))))
    }


def _holds(question: BankQuestion) -> bool:
    again = read(as_text(Bank("", (question,))))
    return not again.errors and again.questions == (question,)


def _reason(name: str, text: str) -> str:
    return next(iter(_reasons(name, text)), _FALLBACK)


def _reasons(name: str, text: str) -> Iterable[str]:
    if not text.strip():
        yield "This is empty."
    lines, unclosed = lines_of(text)
    for line in lines:
        bare = line.text.strip()
        if line.number in unclosed:
            yield f"The code fence in line {line.number} is never closed."
        if line.is_code:
            continue
        heading = heading_of(line)
        if heading and (heading.level <= 3 or heading.text.lower().startswith(("q:", "question:"))):
            yield (
                f"Line {line.number}, “{bare}”, would be read as a heading of the bank: use ##### or a code fence."
            )
        if bare in SECTIONS:
            yield f"Line {line.number}, “{bare}”, would be read as a section of the bank."
        if LOOKS_LIKE_METADATA.match(bare):
            yield f"Line {line.number} would be read as the comment that holds slug, difficulty and tags."
        if "\x00" in line.text:
            yield f"Line {line.number} holds a NUL character."
    if name == "prompt" and "\n" in text.partition("\n\n")[0]:
        yield "The first line is the question; what follows stands below a blank line."
    if name == "prompt" and text.partition("\n")[0].endswith("#"):
        yield "A # at the end of the question would be read as the end of a heading."
    if text != text.strip("\n"):
        yield "Blank lines stand at the beginning or the end."

"""Writes a bank as Markdown, the inverse of the reader."""

from collections.abc import Iterable

from questions.bank.model import Bank, BankCriterion, BankQuestion
from questions.bank.reader import read


def write(bank: Bank) -> str:
    """The bank's text: reading it gives the same title and the same questions, topics and order again.

    Raises ValueError, naming the first question that the format cannot hold: nothing is written that would be read
    as something else. questions.bank.fitting sorts such questions out beforehand and says what is wrong with them.
    """
    text = as_text(bank)
    again = read(text)
    if again.title != bank.title:
        raise ValueError(f"The title “{bank.title}” cannot be written: it is one line, and not empty.")
    if again.questions == bank.questions:
        return text
    kept = set(again.questions)
    slug = next((q.slug for q in bank.questions if q not in kept), bank.questions[0].slug)
    raise ValueError(f"“{slug}” cannot be written: it would be read as something else.")


def as_text(bank: Bank) -> str:
    """The Markdown of the bank, whatever it would be read as."""
    lines = [f"# {bank.title}", ""] if bank.title else []
    topics: tuple[str, ...] = ()
    for question in bank.questions:
        lines += _new_headings(topics, question.topics)
        topics = question.topics
        lines += _question(question)
    return "\n".join(lines).rstrip("\n") + "\n"


def _new_headings(before: tuple[str, ...], now: tuple[str, ...]) -> Iterable[str]:
    """The headings that change between two neighbouring questions; topics nest two deep."""
    same = 0
    while same < min(len(before), len(now)) and before[same] == now[same]:
        same += 1
    if same == len(now) < len(before):
        same -= 1  # Back to the outer topic: only its own heading says so.
    for depth in range(same, len(now)):
        yield from ("#" * (depth + 2) + " " + now[depth], "")


def _question(question: BankQuestion) -> list[str]:
    heading, _, more = question.prompt.partition("\n\n")
    metadata = [f"slug: {question.slug}", f"difficulty: {question.difficulty}"]
    if question.tags:
        metadata.append(f"tags: {', '.join(question.tags)}")
    lines = [f"#### Q: {heading}", "", f"<!-- {'; '.join(metadata)} -->", ""]
    if more:
        lines += [more, ""]
    lines += ["**Answer:**", "", question.reference_answer, ""]
    if question.explanation:
        lines += ["**Explanation:**", "", question.explanation, ""]
    if question.grader_note:
        lines += ["**Grader note:**", "", question.grader_note, ""]
    if question.rubric:
        lines += ["**Rubric:**", "", *(line for c in question.rubric for line in _criterion(c)), ""]
    return lines


def _criterion(criterion: BankCriterion) -> Iterable[str]:
    kind = "" if criterion.kind == "core" else f"{criterion.kind} "
    yield f"- ({kind}{criterion.points:g}) {criterion.text}"
    for group in criterion.cues:
        yield f"  - any of: {' | '.join(group)}"
    for example in criterion.examples:
        yield f"  - for example: {example}"
    if criterion.correction:
        yield f"  - in fact: {criterion.correction}"

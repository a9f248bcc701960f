"""What a rationale says beyond the criterion and the verdict that stand right above it, and whose words it is."""

import re
import uuid
from collections.abc import Iterable

from grading.core.feedback import VERDICTS_IN_WORDS
from grading.models import CriterionScore, Grade, Grader
from sessions.models import Answer

_SENTENCE_END = re.compile(r"[.!?]\s")

Said = frozenset[tuple[uuid.UUID | None, str]]


def beyond(rationale: str, criterion_text: str) -> str:
    """rationale without what repeats the criterion; "" where the rest says no more than the verdict does."""
    rest = _without_criterion(rationale, criterion_text)
    return "" if rest in VERDICTS_IN_WORDS else rest


def _without_criterion(rationale: str, criterion_text: str) -> str:
    claim = criterion_text.strip().rstrip(".")
    before, found, after = rationale.partition(claim)
    if not claim or not found:
        return rationale.strip()
    ends = [end.end() for end in _SENTENCE_END.finditer(before)]
    kept = before[: ends[-1]] if ends else ""
    lead = before[len(kept) :].strip()
    if lead and not lead.endswith(":"):
        return rationale.strip()  # the criterion's words are part of a sentence that says something else
    return f"{kept.strip()} {after.lstrip('.').strip()}".strip()


def said_by_machine(grades: Iterable[Grade]) -> Said:
    """(criterion id, rationale) of one answer's machine grades.

    Whoever confirms a machine's verdict takes its rationale over, for the candidate to read: it stays the machine's.
    """
    machines = (grade for grade in grades if grade.grader != Grader.HUMAN)
    return frozenset(
        (score.criterion_id, score.rationale) for grade in machines for score in grade.criterion_scores.all()
    )


def said_of(answer: Answer) -> Said:
    """The same by one query, where the grades are not at hand."""
    scores = CriterionScore.objects.filter(grade__answer=answer).exclude(grade__grader=Grader.HUMAN)
    return frozenset(scores.values_list("criterion_id", "rationale"))

"""Rubrics for questions that come without one: derived, with the misconceptions that the shipped bank knows."""

from functools import lru_cache

from grading.bank_rubrics import from_bank
from grading.core.derive import derive
from grading.core.lending import Reviewed, with_lent
from grading.core.rubric import Rubric
from questions.bank.shipped import shipped_questions

LENT = "shipped bank: "  # so begins the source of a criterion that was lent


def derived_rubric(reference_answer: str, *, question: str) -> Rubric:
    """The rubric that is derived from a reference answer (Markdown); empty for a blank one."""
    return with_lent(derive(reference_answer, question=question), question, reference_answer, _library())


@lru_cache(maxsize=1)
def _library() -> tuple[Reviewed, ...]:
    return tuple(
        Reviewed(f"{LENT}{q.slug}", q.prompt, q.reference_answer, from_bank(q.rubric))
        for q in shipped_questions()
        if q.rubric
    )

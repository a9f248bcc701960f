"""A bank's marking scheme in the graders' form."""

import uuid
from collections.abc import Sequence

from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.text import sentence_texts
from questions.bank.model import BankCriterion


def from_bank(criteria: Sequence[BankCriterion], reference_answer: str = "") -> Rubric:
    """The rubric that a bank carries, beside the sentences of the reference answer, where one is given: they are true.

    Ids are made from place and text, so they are stable.
    """
    return Rubric(
        tuple(
            Criterion(
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}\x00{criterion.text}")),
                text=criterion.text,
                points=criterion.points,
                kind=Kind(criterion.kind),
                cues=criterion.cues,
                examples=criterion.examples,
                correction=criterion.correction,
                source="bank",
            )
            for number, criterion in enumerate(criteria)
        ),
        sentence_texts(reference_answer),
    )

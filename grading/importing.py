"""From a bank to rows: a question and its rubric in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from grading.bank_rubrics import from_bank
from grading.models import Rubric, RubricOrigin
from grading.rubrics import ensure_published, publish_from_bank, standing, to_bank
from questions.bank.importing import Outcome, Stored, remember, store
from questions.bank.model import BankCriterion, BankQuestion
from questions.models import QuestionVersion


class RubricOutcome(StrEnum):
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a question of the bank and of its rubric."""

    question: Stored
    rubric: RubricOutcome


@transaction.atomic
def import_question(bank_question: BankQuestion, position: int, *, overwrite: bool = False) -> Imported:
    """Store the question and its rubric, both or neither.

    People's edits are kept where they and the file have both changed, of the text and of the rubric each; a rubric
    that came with a text that was not taken is not taken either. Raises NothingToScoreError, DatabaseError.
    """
    stored = store(bank_question, position, overwrite=overwrite)
    if stored.outcome is Outcome.KEPT:
        return Imported(stored, RubricOutcome.UNCHANGED)
    return Imported(stored, _rubric(bank_question, stored, overwrite=overwrite))


def _rubric(bank_question: BankQuestion, stored: Stored, *, overwrite: bool) -> RubricOutcome:
    version, criteria = stored.version, bank_question.rubric
    if not criteria:
        return _ensured(version)
    last, said = version.question.imported.get("rubric"), from_bank(criteria).content_hash
    current = standing(version)
    in_bank = to_bank(current) if current else ()
    if in_bank == criteria or (said == last and not overwrite):
        outcome = _ensured(version)
    elif not overwrite and current and _is_edited(current, in_bank, last):
        ensure_published(version)
        return RubricOutcome.KEPT
    else:
        publish_from_bank(version, criteria)
        outcome = RubricOutcome.PUBLISHED
    remember(version, rubric=said)
    return outcome


def _ensured(version: QuestionVersion) -> RubricOutcome:
    _, is_new = ensure_published(version)
    return RubricOutcome.PUBLISHED if is_new else RubricOutcome.UNCHANGED


def _is_edited(current: Rubric, in_bank: Sequence[BankCriterion], last: str | None) -> bool:
    """Whether people have changed the rubric that was imported last, or wrote it themselves."""
    return current.origin == RubricOrigin.EDITED and from_bank(in_bank).content_hash != last

"""Rubrics of questions that come without one: what they borrow from the shipped bank, and where it stays."""

import pytest

from grading.core.rubric import Kind
from grading.derived_rubrics import derived_rubric
from grading.exporting import bank_from_rows
from grading.models import RubricOrigin
from grading.rubrics import copy_as_draft, ensure_published, publish_from_bank, to_bank
from questions.bank.model import BankCriterion
from tests.factories import QuestionFactory, QuestionVersionFactory

PROMPT = "How does a Python generator function differ from an ordinary one?"
REFERENCE = """
- It contains `yield`; calling it runs none of its body and returns a generator object.
- Values are produced lazily, one at a time, on demand, so it needs little memory.
- `yield` suspends the function and keeps its local variables; the next `next()` goes on from there.
- When the body ends, `StopIteration` is raised and a `for` loop stops; a generator can be iterated only once.
"""


@pytest.fixture
def version():
    return QuestionVersionFactory(question=QuestionFactory(), prompt=PROMPT, reference_answer=REFERENCE)


def test_a_question_of_ones_own_is_guarded_by_what_the_shipped_bank_knows_people_get_wrong() -> None:
    lent = [c for c in derived_rubric(REFERENCE, question=PROMPT).criteria if c.kind is Kind.MISCONCEPTION]
    assert any("all its values up front" in c.text for c in lent)
    assert {c.source for c in lent} >= {"shipped bank: generators"}


def test_a_subject_that_the_shipped_bank_does_not_know_stays_as_derived() -> None:
    rubric = derived_rubric(
        "- A quorum is more than half.\n- Two of them share a member.", question="Quorum?"
    )
    assert rubric.truths == ()
    assert all(c.kind is Kind.CORE for c in rubric.criteria)


@pytest.mark.django_db
def test_the_true_sentences_are_kept_with_the_rubric_and_with_the_draft_made_of_it(version) -> None:
    row, _ = ensure_published(version)
    assert row.to_core().truths
    assert row.to_core().content_hash == row.content_hash
    assert copy_as_draft(row).to_core().truths == row.to_core().truths


@pytest.mark.django_db
def test_a_bank_takes_the_misconceptions_along_without_the_examples_that_need_the_true_sentences(
    version,
) -> None:
    row, _ = ensure_published(version)
    row.origin = RubricOrigin.EDITED
    row.save()
    (question,) = bank_from_rows("Bank").questions
    written = [c for c in question.rubric if c.kind == "misconception"]
    assert written
    assert all(c.cues and not c.examples for c in written)


@pytest.mark.django_db
def test_a_reviewed_rubric_stands_beside_the_sentences_of_the_reference_answer(version) -> None:
    scheme = (BankCriterion(text="It is lazy.", points=1.0),)
    row = publish_from_bank(version, scheme)
    assert "- Values are produced lazily, one at a time, on demand, so it needs little memory." in row.truths
    assert to_bank(row) == scheme

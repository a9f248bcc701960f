"""Lending: derived rubrics take over the misconceptions that reviewed rubrics know of the same subject."""

from dataclasses import replace

import pytest

from grading.core.assessment import Verdict
from grading.core.derive import derive
from grading.core.keyword import grade
from grading.core.lending import Reviewed, with_lent
from grading.core.rubric import Criterion, Kind, Rubric

QUESTION = "What does a write-ahead log do for a database?"
REFERENCE = """
- A change is written to the log before the data pages are changed.
- After a crash the log is replayed, so committed transactions are restored.
- Writing the log is sequential, which makes it faster than writing pages all over the disk.
- A checkpoint writes the changed pages, after which old parts of the log can be removed.
"""
UPFRONT = Criterion(
    "m1",
    "The log is written after the data pages have been changed.",
    2,
    Kind.MISCONCEPTION,
    cues=(("log is written after", "pages are written first", "pages first"),),
    examples=("First the pages are changed, and the log follows later.",),
    correction="The log is written first.",
)
REVIEWED = Reviewed(
    "databases: write-ahead-log",
    "Explain the write-ahead log.",
    REFERENCE,
    Rubric(
        (
            Criterion(
                "a",
                "A change is written to the log before the data pages.",
                5,
                examples=("First the log is changed, and the pages follow later.",),
            ),
            Criterion("b", "After a crash the log is replayed.", 5),
            UPFRONT,
        )
    ),
)
OWN = derive(REFERENCE, question=QUESTION)
LENT = with_lent(OWN, QUESTION, REFERENCE, [REVIEWED])


def share(rubric: Rubric, answer: str) -> float | None:
    assessment = grade(QUESTION, rubric, answer)
    return None if assessment.score is None else assessment.score / assessment.max_score


def test_a_misconception_on_the_same_subject_is_lent_with_its_share_of_the_points_and_where_it_comes_from() -> (
    None
):
    assert LENT.criteria[:-1] == OWN.criteria
    lent = LENT.criteria[-1]
    assert (lent.text, lent.kind, lent.source) == (UPFRONT.text, Kind.MISCONCEPTION, REVIEWED.name)
    assert lent.points / LENT.max_points == pytest.approx(UPFRONT.points / REVIEWED.rubric.max_points)
    assert "After a crash the log is replayed." in LENT.truths


def test_who_claims_it_is_told_so_and_loses_points() -> None:
    answer = "The pages are written first. After a crash the log is replayed, so committed transactions are restored."
    assessment = grade(QUESTION, LENT, answer)
    claimed = assessment.criteria[-1]
    assert claimed.verdict is Verdict.CONTRADICTED
    assert claimed.evidence[0].text == "The pages are written first."
    before, after = share(OWN, answer), share(LENT, answer)
    assert before is not None
    assert after is not None
    assert after < before


@pytest.mark.parametrize(
    "answer",
    [
        REFERENCE,
        "First the log is changed, and the pages follow later.",
        "Before a page changes, the change goes to the log. When the server crashes, the log is replayed.",
    ],
)
def test_right_answers_keep_their_mark(answer: str) -> None:
    before = share(OWN, answer)
    assert before
    assert share(LENT, answer) == pytest.approx(before, abs=0.02)


@pytest.mark.parametrize(
    ("question", "reference"),
    [
        ("What is a generator?", REFERENCE),
        (
            QUESTION,
            "- Foreign keys tie rows to rows.\n- An index speeds up a search.\n- A view is a stored query.",
        ),
    ],
    ids=["another question", "another answer"],
)
def test_nothing_is_lent_across_subjects(question: str, reference: str) -> None:
    own = derive(reference, question=question)
    assert with_lent(own, question, reference, [REVIEWED]) == own


def test_what_the_reference_itself_says_is_not_held_against_anybody() -> None:
    heresy = replace(UPFRONT, text="Writing a log is sequential.", cues=(("log is sequential",),))
    library = [REVIEWED._replace(reference="", rubric=Rubric((*REVIEWED.rubric.criteria[:2], heresy)))]
    assert with_lent(OWN, QUESTION, REFERENCE, library) == OWN


def test_the_same_misconception_is_lent_once() -> None:
    assert with_lent(OWN, QUESTION, REFERENCE, [REVIEWED, REVIEWED]).criteria == LENT.criteria


def test_true_sentences_are_part_of_what_a_rubric_is_known_by_only_where_there_are_some() -> None:
    assert Rubric(OWN.criteria).content_hash == OWN.content_hash
    assert replace(LENT, truths=()).content_hash != LENT.content_hash

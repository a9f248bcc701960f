"""The offline grader on the project's own bank: an answer that the authors hold to be complete is complete."""

import pytest

from grading.bank_rubrics import from_bank
from grading.core.assessment import Verdict
from grading.core.keyword import grade
from grading.core.rubric import Kind
from interview_site import demo_answers as said
from questions.bank.model import BankQuestion
from questions.bank.shipped import shipped_questions

SHIPPED = [pytest.param(question, id=question.slug) for question in shipped_questions()]


@pytest.mark.parametrize("question", SHIPPED)
def test_every_reference_answer_satisfies_its_reviewed_rubric(question: BankQuestion) -> None:
    rubric = from_bank(question.rubric, question.reference_answer)
    assessment = grade(question.prompt, rubric, question.reference_answer)
    assert assessment.score is not None
    assert assessment.score >= 0.95 * rubric.max_points


@pytest.mark.parametrize("question", SHIPPED)
def test_no_reference_answer_is_read_as_a_contradiction(question: BankQuestion) -> None:
    judged = grade(
        question.prompt, from_bank(question.rubric, question.reference_answer), question.reference_answer
    ).criteria
    assert [one.criterion_id for one in judged if one.verdict is Verdict.CONTRADICTED] == []


def test_an_answer_to_another_question_gets_next_to_nothing_and_hardly_ever_a_met() -> None:
    """To the one eleven places on: far enough apart to be of another subject, and near enough in their words."""
    questions = shipped_questions()
    shares, met = [], 0
    for question, other in zip(questions, [*questions[11:], *questions[:11]], strict=True):
        assessment = grade(question.prompt, from_bank(question.rubric), other.reference_answer)
        shares.append((assessment.score or 0.0) / assessment.max_score)
        met += sum(one.verdict is Verdict.MET for one in assessment.criteria)
    assert sum(shares) / len(shares) <= 0.07
    assert met <= 0.25 * len(questions)


def test_what_the_authors_hold_to_be_right_is_seldom_called_a_contradiction_and_never_a_misconception() -> (
    None
):
    """Each criterion and each example of one, as an answer of its own."""
    called: list[tuple[str, str]] = []
    count = 0
    for question in shipped_questions():
        rubric = from_bank(question.rubric, question.reference_answer)
        kinds = {c.id: c.kind for c in rubric.criteria}
        wordings = [text for c in rubric.criteria if c.kind is Kind.CORE for text in (c.text, *c.examples)]
        count += len(wordings)
        called += [
            (wording, kinds[one.criterion_id])
            for wording in wordings
            for one in grade(question.prompt, rubric, wording).criteria
            if one.verdict is Verdict.CONTRADICTED
        ]
    assert [wording for wording, kind in called if kind is Kind.MISCONCEPTION] == []
    assert len(called) <= 0.005 * count, called


@pytest.mark.parametrize(
    ("slug", "answer"),
    [
        ("is-versus-equals", said.IDENTITY),
        ("generators", said.GENERATORS),
        ("generators", said.THOROUGH_GENERATORS),
        ("global-interpreter-lock", said.GIL),
        ("global-interpreter-lock", said.THOROUGH_GIL),
    ],
)
def test_a_right_answer_in_somebodys_own_words_is_not_doubted(slug: str, answer: str) -> None:
    question = next(case.values[0] for case in SHIPPED if case.id == slug)
    assert isinstance(question, BankQuestion)
    rubric = from_bank(question.rubric, question.reference_answer)
    kinds = {criterion.id: criterion.kind for criterion in rubric.criteria}
    assessment = grade(question.prompt, rubric, answer)
    core = [one.verdict for one in assessment.criteria if kinds[one.criterion_id] is Kind.CORE]
    assert not {Verdict.UNSURE, Verdict.CONTRADICTED} & set(core)
    assert assessment.score is not None
    assert assessment.score >= 0.7 * rubric.max_points


def test_a_good_answer_to_another_question_earns_next_to_nothing() -> None:
    """Sixteen questions further on in the bank the subject is another one, though many words are the same."""
    questions = [case.values[0] for case in SHIPPED]
    shares = []
    for question, other in zip(questions, questions[16:] + questions[:16], strict=True):
        assert isinstance(question, BankQuestion)
        assert isinstance(other, BankQuestion)
        assessment = grade(
            question.prompt, from_bank(question.rubric, question.reference_answer), other.reference_answer
        )
        shares.append(float((assessment.score or 0) / assessment.max_score))
    assert sum(shares) / len(shares) <= 0.16

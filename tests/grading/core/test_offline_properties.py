"""Properties that hold for every answer: range, determinism, honest quotes, and what must not matter."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.core.assessment import Verdict
from grading.core.keyword import grade
from grading.core.rubric import Kind
from tests.grading.core.offline_cases import CASES, Case

_PARTS = sorted({part for case in CASES for text in (case.good, case.wrong) for part in text.split(" ")})
ANSWERS = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from([*_PARTS, "not", ",", ".", "\n", "`is`", "\u200b", "é"]), max_size=40).map(
        " ".join
    ),
)


def points(case: Case, answer: str) -> float:
    score = grade(case.question, case.rubric, answer).score
    assert score is not None
    return score


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CASES), ANSWERS)
def test_scores_are_in_range_and_quotes_are_exact(case: Case, answer: str) -> None:
    result = grade(case.question, case.rubric, answer)
    assert result.score is None or 0 <= result.score <= result.max_score
    for judged in result.criteria:
        assert 0 <= judged.credit <= 1
        assert 0 <= judged.confidence <= 1
        assert judged.rationale
        for quote in judged.evidence:
            assert quote.text
            assert answer[quote.start : quote.end] == quote.text


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), ANSWERS)
def test_the_same_answer_gets_the_same_assessment(case: Case, answer: str) -> None:
    assert grade(case.question, case.rubric, answer) == grade(case.question, case.rubric, answer)


@pytest.mark.parametrize("case", CASES)
def test_white_space_does_not_matter(case: Case) -> None:
    assert points(case, "  " + case.good.replace(" ", "   ") + "\n\n") == points(case, case.good)


@pytest.mark.parametrize("case", CASES)
def test_case_does_not_matter(case: Case) -> None:
    assert points(case, case.good.upper()) == points(case, case.good.lower()) == points(case, case.good)


@pytest.mark.parametrize("case", CASES)
def test_repetition_gains_nothing(case: Case) -> None:
    assert points(case, f"{case.good} {case.good}") == points(case, case.good)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("case", CASES)
def test_the_order_of_sentences_does_not_matter(case: Case, seed: int) -> None:
    sentences = case.good.split(". ")
    sentences = [s if s.endswith(".") else f"{s}." for s in sentences]
    random.Random(seed).shuffle(sentences)
    assert points(case, " ".join(sentences)) == pytest.approx(points(case, case.good))


@pytest.mark.parametrize("case", CASES)
def test_a_further_correct_sentence_never_costs_points(case: Case) -> None:
    claims = [c.text for c in case.rubric.criteria if c.kind is Kind.CORE]
    for order in (claims, claims[::-1]):
        scores = [points(case, " ".join(order[:n])) for n in range(len(order) + 1)]
        assert scores == sorted(scores)


def test_a_verdict_of_met_always_has_evidence() -> None:
    for case in CASES:
        for judged in grade(case.question, case.rubric, case.good).criteria:
            assert judged.verdict is not Verdict.MET or judged.evidence

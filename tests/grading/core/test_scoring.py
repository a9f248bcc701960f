"""How verdicts become a score, and when they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.assessment import CriterionAssessment, Verdict
from grading.core.rubric import Criterion, Kind, Rubric
from grading.core.scoring import bounds, is_provisional, points_for, score

IDENTITY = Criterion(id="identity", text="`is` compares identity.", points=2)
VALUES = Criterion(id="values", text="`==` compares values.", points=1)
INTERNING = Criterion(id="interning", text="Small integers are cached.", points=1, kind=Kind.BONUS)
SWAPPED = Criterion(id="swapped", text="`==` compares identity.", points=1.5, kind=Kind.MISCONCEPTION)
RUBRIC = Rubric((IDENTITY, VALUES, INTERNING, SWAPPED))


def judged(criterion: Criterion, verdict: Verdict, credit: float = 0.0) -> CriterionAssessment:
    return CriterionAssessment(criterion_id=criterion.id, verdict=verdict, credit=credit)


def met(criterion: Criterion, credit: float = 1.0) -> CriterionAssessment:
    return judged(criterion, Verdict.MET, credit)


def claimed(criterion: Criterion, credit: float = 1.0) -> CriterionAssessment:
    return judged(criterion, Verdict.CONTRADICTED, credit)


def unmet(criterion: Criterion) -> CriterionAssessment:
    return judged(criterion, Verdict.UNMET)


def unsure(criterion: Criterion) -> CriterionAssessment:
    return judged(criterion, Verdict.UNSURE, 0.5)


@pytest.mark.parametrize(
    ("assessments", "expected"),
    [
        ([met(IDENTITY), met(VALUES)], 3),
        ([met(IDENTITY), unmet(VALUES)], 2),
        ([judged(IDENTITY, Verdict.PARTIAL, 0.5), unmet(VALUES)], 1),
        ([unmet(IDENTITY), unmet(VALUES)], 0),
        ([unmet(IDENTITY), met(VALUES), met(INTERNING)], 2),
        ([met(IDENTITY), met(VALUES), met(INTERNING)], 3),
        ([met(IDENTITY), met(VALUES), met(INTERNING), claimed(SWAPPED)], 1.5),
        ([unmet(IDENTITY), met(VALUES), claimed(SWAPPED)], 0),
        ([met(IDENTITY), met(VALUES), unmet(SWAPPED)], 3),
        ([met(IDENTITY, 0.1), met(VALUES, 0.1)], 0.3),
    ],
    ids=[
        "everything",
        "one_missing",
        "half_credit",
        "nothing_right_is_a_real_zero",
        "bonus_adds",
        "bonus_never_exceeds_the_maximum",
        "a_misconception_is_taken_from_what_the_cap_left",
        "never_below_zero",
        "a_misconception_that_is_not_claimed_costs_nothing",
        "no_float_noise",
    ],
)
def test_the_score_is_a_sum(assessments, expected):
    assert score(RUBRIC, assessments) == expected


@pytest.mark.parametrize(
    "assessments",
    [[], [unsure(IDENTITY), unsure(VALUES)], [unsure(IDENTITY)], [met(INTERNING), claimed(SWAPPED)]],
    ids=["nothing_judged", "all_unsure", "unsure_and_unjudged", "no_core_criterion_judged"],
)
def test_without_a_verdict_on_any_core_criterion_there_is_no_score(assessments):
    assert score(RUBRIC, assessments) is None
    assert is_provisional(RUBRIC, assessments)


def test_a_rubric_without_core_criteria_gives_no_score():
    assert score(Rubric((INTERNING,)), [met(INTERNING)]) is None
    assert is_provisional(Rubric((INTERNING,)), [met(INTERNING)])


def test_an_unsure_criterion_earns_nothing_yet_and_leaves_the_score_provisional():
    assessments = [met(IDENTITY), unsure(VALUES)]
    assert score(RUBRIC, assessments) == 2
    assert bounds(RUBRIC, assessments) == (2, 3)
    assert is_provisional(RUBRIC, assessments)


def test_doubt_about_a_misconception_leaves_the_score_provisional():
    assessments = [met(IDENTITY), met(VALUES), unsure(SWAPPED)]
    assert score(RUBRIC, assessments) == 3
    assert bounds(RUBRIC, assessments) == (1.5, 3)
    assert is_provisional(RUBRIC, assessments)


def test_doubt_that_cannot_change_the_score_does_not_call_a_person():
    assert not is_provisional(RUBRIC, [met(IDENTITY), met(VALUES), unsure(INTERNING)])


def test_an_unsure_bonus_that_could_count_makes_the_score_provisional():
    assert bounds(RUBRIC, [met(IDENTITY), unmet(VALUES), unsure(INTERNING)]) == (2, 3)


def test_credit_on_a_contradicted_or_unsure_core_criterion_is_not_paid():
    assert points_for(IDENTITY, judged(IDENTITY, Verdict.CONTRADICTED, 1.0)) == 0
    assert points_for(IDENTITY, judged(IDENTITY, Verdict.UNSURE, 1.0)) == 0


def test_a_claimed_misconception_contributes_negative_points():
    assert points_for(SWAPPED, claimed(SWAPPED)) == -1.5
    assert points_for(SWAPPED, unmet(SWAPPED)) == 0


@pytest.mark.parametrize(
    ("assessments", "message"),
    [
        ([met(Criterion(id="other", text="", points=1))], "not in the rubric"),
        ([met(IDENTITY), met(IDENTITY)], "twice"),
        ([met(IDENTITY, 1.2)], "not in 0..1"),
        ([met(IDENTITY, -0.1)], "not in 0..1"),
        ([met(IDENTITY, float("nan"))], "not in 0..1"),
    ],
)
def test_nonsense_from_a_grader_is_an_error_and_never_a_score(assessments, message):
    with pytest.raises(ValueError, match=message):
        score(RUBRIC, assessments)


verdicts = st.sampled_from(Verdict)
credits_ = st.floats(0, 1)


@given(st.lists(st.tuples(verdicts, credits_), min_size=4, max_size=4))
def test_the_score_stays_in_range_and_inside_its_bounds(drawn):
    assessments = [
        judged(criterion, verdict, credit)
        for criterion, (verdict, credit) in zip(RUBRIC.criteria, drawn, strict=True)
    ]
    low, high = bounds(RUBRIC, assessments)
    assert 0 <= low <= high <= RUBRIC.max_points
    total = score(RUBRIC, assessments)
    assert total is None or low <= total <= high


@given(st.permutations([met(IDENTITY, 0.7), met(VALUES, 0.3), met(INTERNING, 0.1), claimed(SWAPPED, 0.2)]))
def test_the_order_of_the_verdicts_does_not_matter(assessments):
    assert score(RUBRIC, assessments) == 1.5

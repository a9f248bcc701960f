"""Figures of agreement, against values worked out by hand or published, and their intervals."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.core.agreement import (
    agreement,
    bias,
    bootstrap,
    exact_agreement,
    in_bin,
    kappa,
    macro_f1,
    mae,
    pearson,
    percentile,
    ranks,
    risk_coverage,
    rmse,
    spearman,
    threshold_for,
    weighted_kappa,
)


def test_pearson_of_a_worked_example():
    assert pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(0.8)


def test_pearson_does_not_lose_its_digits_far_from_zero():
    assert pearson([1e9 + x for x in (1, 2, 3, 4, 5)], [2, 1, 4, 3, 5]) == pytest.approx(0.8)


def test_spearman_looks_only_at_the_order():
    assert spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == pytest.approx(1.0)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)


def test_equal_values_share_their_mean_rank():
    assert ranks([0.5, 0.1, 0.5, 0.9]) == [2.5, 1.0, 2.5, 4.0]


def test_kappa_of_a_published_two_by_two_table():
    """Rows yes/no of two readers: 20, 5, 10, 15 give .4 (the usual textbook example)."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(one, other) == pytest.approx(0.4)
    assert exact_agreement(one, other) == 0.7


def test_weighted_kappa_punishes_by_the_square_of_the_distance():
    assert weighted_kappa([0, 1, 2, 3], [0, 1, 2, 3], 4) == 1
    near, far = weighted_kappa([0, 1, 2, 3], [1, 1, 2, 3], 4), weighted_kappa([0, 1, 2, 3], [3, 1, 2, 3], 4)
    assert near is not None
    assert far is not None
    assert near > 0.8 > far


def test_weighted_kappa_of_two_categories_is_plain_kappa():
    one, other = [0, 0, 1, 1, 1, 0, 1], [0, 1, 1, 1, 0, 0, 1]
    assert weighted_kappa(one, other, 2) == pytest.approx(kappa(one, other))


def test_a_generous_machine_has_a_positive_bias():
    assert bias([0.0, 0.5], [0.5, 0.5]) == 0.25
    assert rmse([0.0, 0.5], [0.5, 0.5]) == pytest.approx(math.sqrt(0.125))


def test_macro_f1_is_the_mean_over_both_classes():
    human = [True, True, True, False]
    machine = [True, True, False, False]
    assert macro_f1(human, machine) == pytest.approx((0.8 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("mark", "expected"), [(0, 0), (0.09, 0), (0.1, 1), (0.5, 3), (0.89, 4), (0.9, 5), (1, 5)]
)
def test_marks_are_rounded_half_up_into_six_bins(mark, expected):
    assert in_bin(mark) == expected


@pytest.mark.parametrize("of", [pearson, spearman])
def test_a_constant_series_has_no_correlation(of):
    assert of([1, 1, 1], [1, 2, 3]) is None
    assert of([], []) is None


def test_kappa_is_undefined_where_everybody_says_the_same():
    assert kappa(["a", "a"], ["a", "a"]) is None
    assert weighted_kappa([2, 2], [2, 2]) is None


def test_series_of_different_length_are_an_error():
    with pytest.raises(ValueError, match="different length: 1 and 2"):
        pearson([1], [1, 2])


def test_a_category_outside_the_scale_is_an_error():
    with pytest.raises(ValueError, match=r"not in 0\.\.5"):
        weighted_kappa([6], [0])


def noisy(questions: int, each: int, seed: int = 1) -> tuple[list[float], list[float], list[int]]:
    generator = random.Random(seed)
    human, machine, names = [], [], []
    for question in range(questions):
        shift = generator.uniform(-0.3, 0.3)
        for _ in range(each):
            mark = generator.random()
            human.append(mark)
            machine.append(min(1.0, max(0.0, mark + shift + generator.uniform(-0.2, 0.2))))
            names.append(question)
    return human, machine, names


def test_the_figures_come_with_intervals_around_them():
    figures = agreement(*noisy(30, 10))
    assert (figures.n, figures.questions) == (300, 30)
    for figure in (
        figures.pearson,
        figures.spearman,
        figures.rmse,
        figures.qwk,
        figures.bias,
        figures.macro_f1,
    ):
        assert figure.value is not None
        assert figure.interval is not None
        assert figure.interval.low < figure.value < figure.interval.high


def test_the_figures_are_those_of_the_functions_that_stand_alone():
    human, machine, questions = noisy(10, 10)
    figures = agreement(human, machine, questions, resamples=0)
    assert figures.pearson.value == pytest.approx(pearson(human, machine))
    assert figures.spearman.value == pytest.approx(spearman(human, machine))
    assert figures.rmse.value == pytest.approx(rmse(human, machine))
    assert figures.mae.value == pytest.approx(mae(human, machine))
    assert figures.bias.value == pytest.approx(bias(human, machine))
    bins = [in_bin(x) for x in human], [in_bin(x) for x in machine]
    assert figures.qwk.value == pytest.approx(weighted_kappa(*bins))
    assert figures.exact.value == pytest.approx(exact_agreement(*bins))
    assert figures.macro_f1.value == pytest.approx(
        macro_f1([x >= 0.5 for x in human], [x >= 0.5 for x in machine])
    )


def test_the_same_marks_give_the_same_intervals():
    assert bootstrap(*noisy(8, 5)) == bootstrap(*noisy(8, 5))
    assert bootstrap(*noisy(8, 5), seed=2) != bootstrap(*noisy(8, 5), seed=3)


def test_answers_to_one_question_are_not_counted_as_independent():
    """Shifts per question move the bias: resampling single answers would make the interval far too narrow."""
    human, machine, questions = noisy(10, 40)
    by_question = bootstrap(human, machine, questions)["bias"]
    by_answer = bootstrap(human, machine, list(range(len(human))))["bias"]
    assert by_question.high - by_question.low > 2 * (by_answer.high - by_answer.low)


def test_a_single_question_has_no_interval():
    assert bootstrap([0.1, 0.9], [0.2, 0.8], ["only", "only"]) == {}


def test_resampled_ranks_give_the_same_rho_as_ranking_anew():
    """With every question alike, each resample is the same set, so the interval is a point: the plain value."""
    human, machine = [0.1, 0.5, 0.5, 0.9], [0.2, 0.4, 0.6, 0.5]
    interval = bootstrap(human * 3, machine * 3, [q for q in "abc" for _ in range(4)])["spearman"]
    assert interval.low == pytest.approx(interval.high) == pytest.approx(spearman(human * 3, machine * 3))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_percentiles_stay_within_the_values(values):
    assert min(values) <= percentile(values, 2.5) <= percentile(values, 97.5) <= max(values)
    assert percentile(values, 50) == pytest.approx(sorted(values)[len(values) // 2]) or len(values) % 2 == 0


def test_the_risk_falls_as_the_unsure_go_to_a_person():
    curve = risk_coverage([0, 0, 1, 0, 1, 1], [0.9, 0.8, 0.7, 0.7, 0.2, 0.1])
    assert [(point.confidence, round(point.coverage, 2), round(point.risk, 2)) for point in curve] == [
        (0.9, 0.17, 0.0),
        (0.8, 0.33, 0.0),
        (0.7, 0.67, 0.25),
        (0.2, 0.83, 0.4),
        (0.1, 1.0, 0.5),
    ]


def test_the_threshold_keeps_as_much_as_the_risk_allows():
    curve = risk_coverage([0, 0, 1, 0, 1, 1], [0.9, 0.8, 0.7, 0.7, 0.2, 0.1])
    chosen = threshold_for(curve, 0.25)
    assert chosen is not None
    assert chosen.confidence == 0.7
    assert threshold_for(risk_coverage([1], [0.9]), 0.1) is None

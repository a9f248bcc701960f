"""Agreement from tables of counts: known values, and the same figures as from the pairs themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.core import agreement
from grading.core.verdict_agreement import exact, kappa, mark_agreement, qwk, verdict_agreement


def test_a_worked_example_of_cohens_kappa():
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, expected .5, kappa .4 (the usual textbook table)."""
    assert kappa({(1, 1): 20, (1, 0): 5, (0, 1): 10, (0, 0): 15}) == pytest.approx(0.4)


pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


@given(pairs)
@settings(max_examples=60)
def test_a_table_gives_what_its_pairs_give(some):
    table = {}
    for pair in some:
        table[pair] = table.get(pair, 0) + 1
    one, other = [a for a, _ in some], [b for _, b in some]
    assert exact(table) == pytest.approx(agreement.exact_agreement(one, other))
    assert kappa(table) == pytest.approx(agreement.kappa(one, other))
    assert qwk(table) == pytest.approx(agreement.weighted_kappa(one, other))


def test_the_interval_is_around_the_value_and_narrows_with_more_pairs():
    few = verdict_agreement({("met", "met"): 8, ("unmet", "met"): 2, ("unmet", "unmet"): 6})
    many = verdict_agreement({("met", "met"): 800, ("unmet", "met"): 200, ("unmet", "unmet"): 600})
    assert few.kappa.value == pytest.approx(many.kappa.value)
    for figures in (few, many):
        assert figures.kappa.interval.low < figures.kappa.value < figures.kappa.interval.high
    assert many.kappa.interval.high - many.kappa.interval.low < (
        few.kappa.interval.high - few.kappa.interval.low
    )


def test_a_generous_machine_has_a_bias_above_zero():
    figures = verdict_agreement({("unmet", "met"): 5, ("partial", "met"): 5})
    assert figures.bias.value == pytest.approx(0.75)
    claimed = verdict_agreement({("unmet", "contradicted"): 4, ("unmet", "unmet"): 4}, is_misconception=True)
    assert claimed.bias.value == pytest.approx(0.5)


def test_who_was_unsure_is_counted_apart():
    figures = verdict_agreement({("met", "met"): 3, ("met", "unsure"): 4, ("unsure", "unmet"): 1})
    assert (figures.n, figures.abstained) == (3, 5)


@pytest.mark.parametrize("table", [{}, {("met", "met"): 1}, {("met", "met"): 9}])
def test_what_is_not_defined_is_none_and_no_number(table):
    figures = verdict_agreement(table)
    assert figures.kappa.value is None
    assert figures.qwk.value is None
    assert figures.kappa.interval is None


def test_the_same_table_gives_the_same_interval_every_time():
    table = {("met", "met"): 30, ("met", "unmet"): 7, ("unmet", "unmet"): 12}
    assert verdict_agreement(table) == verdict_agreement(dict(reversed(table.items())))


def test_marks_in_bins():
    figures = mark_agreement({(5, 5): 6, (3, 4): 2, (0, 0): 2}, (0.4, 0.08))
    assert figures.n == 10
    assert figures.exact.value == pytest.approx(0.8)
    assert figures.bias.value == pytest.approx(0.04)
    assert figures.bias.interval.low < 0.04 < figures.bias.interval.high

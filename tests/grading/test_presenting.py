"""Rows become marked answers and strips."""

from decimal import Decimal

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from grading.presenting import STRIP_GAP, STRIP_WIDTH, CriterionCard, Segment, marked, strip_of

VERDICTS = ["met", "partial", "unmet", "contradicted", "unsure"]


def card(number=1, verdict="met", points="2", possible="2", kind="core"):
    return CriterionCard(
        number=number,
        text_html=SafeString("text"),
        text="text",
        kind=kind,
        verdict=verdict,
        verdict_label=verdict,
        points=Decimal(points),
        points_possible=Decimal(possible),
        rationale_html=SafeString(""),
        quotes=(),
        confidence=1.0,
    )


def test_a_quote_is_cut_out_of_the_answer_with_its_number_at_the_end():
    assert marked("abc def", [card()], [(4, 7, 1)]) == (Segment("abc "), Segment("def", "met", (1,)))


def test_two_criteria_may_share_a_quote():
    segments = marked("abc", [card(1), card(2, "partial")], [(0, 3, 1), (0, 3, 2)])
    assert segments == (Segment("abc", "met", (1, 2)),)


def test_where_quotes_overlap_the_contradiction_shows():
    segments = marked("abcdef", [card(1), card(2, "contradicted")], [(0, 4, 1), (2, 6, 2)])
    assert [(s.text, s.verdict, s.numbers) for s in segments] == [
        ("ab", "met", ()),
        ("cd", "contradicted", (1,)),
        ("ef", "contradicted", (2,)),
    ]


def test_an_answer_without_evidence_is_one_plain_piece():
    assert marked("abc", [], []) == (Segment("abc"),)
    assert marked("", [], []) == ()


spans = st.lists(st.tuples(st.integers(-2, 25), st.integers(-2, 25), st.integers(1, 3)), max_size=6)


@given(st.text(max_size=20), spans)
def test_every_character_comes_once_and_in_order(text, some):
    some = [(min(a, b), max(a, b), n) for a, b, n in some]
    cards = [card(n, VERDICTS[n]) for n in (1, 2, 3)]
    assert "".join(segment.text for segment in marked(text, cards, some)) == text


def test_the_strip_is_as_wide_as_its_box_and_bars_are_as_wide_as_points():
    bars = strip_of([card(1, points="2", possible="2"), card(2, "partial", "1", "4")])
    assert bars[0].x == 0
    assert bars[-1].x + bars[-1].width == STRIP_WIDTH
    assert bars[1].x == bars[0].width + STRIP_GAP
    assert bars[1].width == pytest.approx(2 * bars[0].width, abs=2)
    assert bars[0].fill == bars[0].width
    assert bars[1].fill == pytest.approx(bars[1].width / 4, abs=1)


def test_bonus_and_misconceptions_have_no_place_in_the_strip():
    assert strip_of([card(kind="bonus"), card(kind="misconception", points="-1")]) == ()


@pytest.mark.parametrize(
    ("kind", "points", "label"),
    [
        ("core", "1.50", "1.5 / 2"),
        ("core", "0.00", "0 / 2"),
        ("bonus", "1.00", "+1"),
        ("misconception", "-1", "−1"),
    ],
)
def test_points_are_written_without_needless_digits(kind, points, label):
    assert card(kind=kind, points=points).points_label == label

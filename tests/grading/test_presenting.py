"""Rows become strips and labels."""

from decimal import Decimal

import pytest
from django.utils.safestring import SafeString

from grading.presenting import STRIP_GAP, STRIP_WIDTH, CriterionCard, strip_of


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

"""Impact ratios as New York's Local Law 144 asks for them: how often each category is selected and scored high.

Selection rate of a category: those selected over those considered. Scoring rate: those above the median over those
scored. Impact ratio: a category's rate over the highest category's. (DCWP rules, 6 RCNY § 5-301 and 5-302.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

SELECTED = frozenset({"yes", "strong_yes"})
# Fewer people than this could be recognised in a table, so their figures are not given.
SMALLEST = 5


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate, without a name: categories, whether people recommended them, the share of points."""

    sex: str
    ethnicity: str
    is_selected: bool
    share: float | None


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """Figures of one category. Rates and ratios are None where the category is smaller than SMALLEST."""

    dimension: str
    category: str
    considered: int
    selected: int | None
    selection_rate: float | None
    selection_ratio: float | None
    scored: int | None
    scoring_rate: float | None
    scoring_ratio: float | None


def impact_ratios(people: Iterable[Considered]) -> list[ImpactRow]:
    """Rows by sex, by ethnicity, and by both; those who did not say come last, without a ratio."""
    everybody = list(people)
    shares = [one.share for one in everybody if one.share is not None]
    middle = median(shares) if shares else None
    dimensions = (
        ("sex", lambda one: one.sex),
        ("ethnicity", lambda one: one.ethnicity),
        ("both", lambda one: f"{one.ethnicity} / {one.sex}" if one.ethnicity and one.sex else ""),
    )
    rows: list[ImpactRow] = []
    for dimension, category_of in dimensions:
        groups: dict[str, list[Considered]] = {}
        for one in everybody:
            groups.setdefault(category_of(one), []).append(one)
        rows += _rows(dimension, groups, middle)
    return rows


def _rows(dimension: str, groups: dict[str, list[Considered]], middle: float | None) -> list[ImpactRow]:
    large = {name: members for name, members in groups.items() if name and len(members) >= SMALLEST}
    selection = {
        name: sum(one.is_selected for one in members) / len(members) for name, members in large.items()
    }
    scoring = {}
    for name, members in large.items():
        scored = [one.share for one in members if one.share is not None]
        if scored and middle is not None:
            scoring[name] = sum(share > middle for share in scored) / len(scored)
    best_selection, best_scoring = max(selection.values(), default=0.0), max(scoring.values(), default=0.0)
    rows = []
    for name in sorted(groups, key=lambda name: (not name, name)):
        members = groups[name]
        shown = name in large
        rows.append(
            ImpactRow(
                dimension=dimension,
                category=name or "not stated",
                considered=len(members),
                selected=sum(one.is_selected for one in members) if shown else None,
                selection_rate=selection.get(name),
                selection_ratio=selection[name] / best_selection if shown and best_selection else None,
                scored=sum(one.share is not None for one in members) if shown else None,
                scoring_rate=scoring.get(name),
                scoring_ratio=scoring[name] / best_scoring if name in scoring and best_scoring else None,
            )
        )
    return rows

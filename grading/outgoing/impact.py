"""Impact ratios as New York's Local Law 144 asks for them: how often each category is selected and scored high.

Selection rate of a category: those selected over those considered. Scoring rate: those above the median over those
scored. Impact ratio: a category's rate over the highest category's. (DCWP rules, 6 RCNY § 5-301 and 5-302.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from statistics import median

SELECTED = frozenset({"yes", "strong_yes"})
# Fewer people than this could be recognised in a table: neither their figures nor their category are given.
SMALLEST = 5
NOT_STATED = "not stated"
FOLDED = "not stated, or fewer than five"


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate, without a name: categories, whether people recommended them, the share of points."""

    sex: str
    ethnicity: str
    is_selected: bool
    share: float | None


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """Figures of one category. In the last row, of several or of none, all but the number of people is None."""

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
    """Rows by sex, by ethnicity, and by both. Last, in one row that names no category, come those of small groups and
    those who did not say.
    """
    everybody = list(people)
    scored = [one for one in everybody if one.share is not None]
    middle = median([one.share for one in scored if one.share is not None]) if scored else None
    hidden = _hidden(everybody)
    # Considered less scored are those without a score: they must not be few, either.
    unscored = _hidden(scored, [one for one in everybody if one.share is None], before=hidden)
    rows: list[ImpactRow] = []
    for dimension, category_of in DIMENSIONS.items():
        groups = _groups(everybody, category_of)
        rows += _rows(dimension, groups, hidden[dimension], unscored[dimension], middle)
        rest = [one for one in everybody if category_of(one) in hidden[dimension]]
        if rest:
            is_unsaid = len(everybody) >= SMALLEST and not any(map(category_of, rest))
            category = NOT_STATED if is_unsaid else FOLDED
            rows.append(ImpactRow(dimension, category, len(rest), None, None, None, None, None, None))
    return rows


def _by_both(one: Considered) -> str:
    return f"{one.ethnicity} / {one.sex}" if one.ethnicity and one.sex else ""


# Empty is the category of those who did not say.
DIMENSIONS: dict[str, Callable[[Considered], str]] = {
    "sex": lambda one: one.sex,
    "ethnicity": lambda one: one.ethnicity,
    "both": _by_both,
}


def _groups(
    people: Iterable[Considered], category_of: Callable[[Considered], str]
) -> dict[str, list[Considered]]:
    groups: dict[str, list[Considered]] = {}
    for one in people:
        groups.setdefault(category_of(one), []).append(one)
    return groups


def _hidden(
    *populations: Sequence[Considered], before: Mapping[str, Set[str]] | None = None
) -> dict[str, set[str]]:
    """By dimension, the categories without a row of their own: the small ones, and those that would give them away.
    One that is small in any population is small. Those of before are hidden already.

    Whoever knows the total takes from it the rows that are shown. So others are hidden with the small ones, the
    smallest first, until what is left over is nobody or SMALLEST people.
    """
    before = before or {}
    hidden = {}
    for dimension in ("sex", "ethnicity"):
        sizes = [Counter(map(DIMENSIONS[dimension], people)) for people in populations]
        small = {name for counted in sizes for name, size in counted.items() if name and size < SMALLEST}
        hidden[dimension] = _with_others(small, before.get(dimension, set()), sizes)
    ethnicities = _hidden_by_sex(populations, hidden["ethnicity"], before.get("both", set()))
    hidden["both"] = {""} | {
        _by_both(one) for people in populations for one in people if one.ethnicity in ethnicities
    }
    return hidden


def _with_others(small: Set[str], before: Set[str], sizes: Sequence[Counter[str]]) -> set[str]:
    gone = {"", *small, *before}
    total = sum(sizes, Counter())
    others = sorted(total.keys() - gone, key=lambda name: (total[name], name))

    def gives_away() -> bool:
        left = [sum(counted[name] for name in gone) for counted in sizes]
        return gone != {""} and any(0 < size < SMALLEST for size in left)

    while others and gives_away():
        gone.add(others.pop(0))
    return gone


def _hidden_by_sex(
    populations: Sequence[Sequence[Considered]], hidden: Set[str], before: Set[str]
) -> set[str]:
    """The ethnicities that are not given by sex. One is given for each sex or for none: else the row of the ethnicity
    less the sex that is shown would be the other one. Less both it would be those who did not say their sex, who count
    as one more.

    That leaves the rows of the sexes to take from: what remains of each, those who did not say their ethnicity among
    them, has to be SMALLEST people or nobody. Who said neither has no category that could be given away.
    """
    tables = [
        {
            name: Counter(one.sex for one in group if one.sex or one.ethnicity)
            for name, group in _groups(people, DIMENSIONS["ethnicity"]).items()
        }
        for people in populations
    ]
    totals = sum(
        (Counter({name: sexes.total()}) for table in tables for name, sexes in table.items()), Counter()
    )
    small = {
        name
        for table in tables
        for name, sexes in table.items()
        if any(size < SMALLEST for size in sexes.values())
    }
    already = {one.ethnicity for people in populations for one in people if _by_both(one) in before - {""}}
    gone = {"", *small, *hidden, *already}
    others = sorted(totals.keys() - gone, key=lambda name: (totals[name], name))

    def gives_away() -> bool:
        left = [sum((table.get(name, Counter()) for name in gone), Counter()) for table in tables]
        return any(size < SMALLEST for sexes in left for size in sexes.values())

    while others and gives_away():
        gone.add(others.pop(0))
    return gone


def _rows(
    dimension: str,
    groups: Mapping[str, list[Considered]],
    hidden: Set[str],
    unscored: Set[str],
    middle: float | None,
) -> list[ImpactRow]:
    """Those of the categories that are shown, in order."""
    shown = {name: groups[name] for name in sorted(groups.keys() - hidden)}
    selection = {name: sum(one.is_selected for one in group) / len(group) for name, group in shown.items()}
    shares = {
        name: [one.share for one in group if one.share is not None]
        for name, group in shown.items()
        if name not in unscored
    }
    scoring = {
        name: sum(share > middle for share in found) / len(found)
        for name, found in shares.items()
        if found and middle is not None
    }
    best_selection, best_scoring = max(selection.values(), default=0.0), max(scoring.values(), default=0.0)
    return [
        ImpactRow(
            dimension=dimension,
            category=name,
            considered=len(group),
            selected=sum(one.is_selected for one in group),
            selection_rate=selection[name],
            selection_ratio=selection[name] / best_selection if best_selection else None,
            scored=len(shares[name]) if name in shares else None,
            scoring_rate=scoring.get(name),
            scoring_ratio=scoring[name] / best_scoring if name in scoring and best_scoring else None,
        )
        for name, group in shown.items()
    ]

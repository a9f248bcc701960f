"""How well two series of marks agree, with intervals that respect that answers to one question hang together."""

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BINS = 6  # 0..5, the scale of the published figures
SEED = 20261124
_PASS = 0.5


class Interval(NamedTuple):
    """The central 95 % of the bootstrap distribution."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic with its interval; None where it is not defined (a constant series, a single question)."""

    value: float | None
    interval: Interval | None = None


def in_bin(mark: float, bins: int = BINS) -> int:
    """The bin 0..bins-1 of a mark 0..1, rounding half up; marks outside the range fall into the outer bins."""
    return min(bins - 1, max(0, math.floor(mark * (bins - 1) + 0.5)))


def exact_agreement(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """The share of pairs that are equal, 0..1."""
    _same_length(one, other)
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one) if one else None


def kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Cohen's kappa for unordered categories, -1..1 (Cohen 1960); None where chance agreement is complete."""
    _same_length(one, other)
    if not one:
        return None
    total = len(one)
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / total
    expected = sum(list(one).count(c) * list(other).count(c) for c in set(one) | set(other)) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def weighted_kappa(one: Sequence[int], other: Sequence[int], categories: int = BINS) -> float | None:
    """Quadratic weighted kappa, -1..1 (Cohen 1968), for categories 0..categories-1; None where either series puts
    everything into the same single category.
    """
    _same_length(one, other)
    cells = [0.0] * (categories * categories)
    for a, b in zip(one, other, strict=True):
        if not (0 <= a < categories and 0 <= b < categories):
            raise ValueError(f"category {a} or {b} is not in 0..{categories - 1}")
        cells[a * categories + b] += 1
    return _weighted_kappa(cells, categories)


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's r; None for fewer than two pairs or a constant series."""
    _same_length(one, other)
    return _STATISTICS["pearson"](_sums(one, other, range(len(one)), _means(one, other)))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rho: Pearson's r of the ranks, equal values sharing their mean rank."""
    return pearson(ranks(one), ranks(other))


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values get the mean of theirs."""
    ordered = sorted(values)
    first: dict[float, float] = {}
    for index, value in enumerate(ordered):
        first.setdefault(value, index)
    last = {value: index for index, value in enumerate(ordered)}
    return [(first[value] + last[value]) / 2 + 1 for value in values]


def rmse(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Root mean square error, in the units of the marks."""
    _same_length(one, other)
    return (
        math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / len(one))
        if one
        else None
    )


def mae(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Mean absolute error, in the units of the marks."""
    _same_length(one, other)
    return math.fsum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one) if one else None


def bias(human: Sequence[float], machine: Sequence[float]) -> float | None:
    """Mean of machine minus human: above 0 the machine is generous."""
    _same_length(human, machine)
    return math.fsum(m - h for h, m in zip(human, machine, strict=True)) / len(human) if human else None


def macro_f1(human: Sequence[bool], machine: Sequence[bool]) -> float | None:
    """Mean of the F1 of both classes, 0..1; a class that occurs in neither series does not count."""
    _same_length(human, machine)
    cells = [0.0] * 4
    for h, m in zip(human, machine, strict=True):
        cells[2 * bool(h) + bool(m)] += 1
    return _macro_f1(cells)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures for one set of marks 0..1. n pairs; mean_human and mean_machine are their means."""

    n: int
    questions: int
    pearson: Figure
    spearman: Figure
    rmse: Figure
    mae: Figure
    qwk: Figure
    bias: Figure
    macro_f1: Figure
    exact: Figure
    mean_human: float | None
    mean_machine: float | None


def agreement(
    human: Sequence[float],
    machine: Sequence[float],
    questions: Sequence[Hashable],
    *,
    resamples: int = 300,
    seed: int = SEED,
) -> Agreement:
    """All figures for marks 0..1, with intervals from resampling whole questions with replacement.

    QWK and exact agreement are taken in six bins, macro-F1 at a mark of one half. The same arguments give the same
    intervals on every machine.
    """
    _same_length(human, machine)
    _same_length(human, questions)
    intervals = bootstrap(human, machine, questions, resamples=resamples, seed=seed)
    means = _means(human, machine)
    whole = _sums(human, machine, range(len(human)), means)
    figures = {name: Figure(of(whole), intervals.get(name)) for name, of in _STATISTICS.items()}
    return Agreement(
        n=len(human),
        questions=len(set(questions)),
        spearman=Figure(spearman(human, machine), intervals.get("spearman")),
        mean_human=means[0] if human else None,
        mean_machine=means[1] if human else None,
        **figures,
    )


def bootstrap(
    human: Sequence[float],
    machine: Sequence[float],
    questions: Sequence[Hashable],
    *,
    resamples: int = 300,
    seed: int = SEED,
) -> Mapping[str, Interval]:
    """95 % percentile intervals per statistic; one that is undefined in half of the resamples has none.

    All statistics but Spearman's rho are functions of sums, which are taken once per question and added up per
    resample. For rho the ranks are found anew in every resample.
    """
    clusters: dict[Hashable, list[int]] = {}
    for index, question in enumerate(questions):
        clusters.setdefault(question, []).append(index)
    if len(clusters) < 2 or resamples < 1:
        return {}
    means = _means(human, machine)
    rows = list(clusters.values())
    sums = [_sums(human, machine, members, means) for members in rows]
    levels = (_Levels.of(human, rows), _Levels.of(machine, rows))
    generator = random.Random(seed)  # noqa: S311 - repeatable on purpose
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        picks = generator.choices(range(len(rows)), k=len(rows))
        total = [math.fsum(column) for column in zip(*(sums[pick] for pick in picks), strict=True)]
        values = {name: of(total) for name, of in _STATISTICS.items()}
        values["spearman"] = _resampled_spearman(levels, picks)
        for name, value in values.items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {
        name: Interval(percentile(values, 2.5), percentile(values, 97.5))
        for name, values in drawn.items()
        if 2 * len(values) > resamples
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile (0..100) with linear interpolation between the neighbours. Needs at least one value."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


class RiskPoint(NamedTuple):
    """Keeping what is at least this confident covers this share of all, and this share of it is wrong (or, for
    graded errors, this is its mean error).
    """

    confidence: float
    coverage: float
    risk: float


def risk_coverage(errors: Sequence[float], confidences: Sequence[float]) -> list[RiskPoint]:
    """The risk-coverage curve, most confident first (El-Yaniv and Wiener 2010): for every confidence that occurs,
    what is left when everything below it goes to a person.
    """
    _same_length(errors, confidences)
    order = sorted(range(len(errors)), key=lambda index: -confidences[index])
    curve: list[RiskPoint] = []
    total = 0.0
    for count, index in enumerate(order, start=1):
        total += errors[index]
        if count == len(order) or confidences[order[count]] != confidences[index]:
            curve.append(RiskPoint(confidences[index], count / len(order), total / count))
    return curve


def threshold_for(curve: Sequence[RiskPoint], highest_risk: float) -> RiskPoint | None:
    """The point with the widest coverage whose risk does not exceed the highest acceptable, or None."""
    fitting = [point for point in curve if point.risk <= highest_risk]
    return max(fitting, key=lambda point: point.coverage, default=None)


def _same_length(one: Sequence[object], other: Sequence[object]) -> None:
    if len(one) != len(other):
        raise ValueError(f"series of different length: {len(one)} and {len(other)}")


def _means(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    return (math.fsum(one) / len(one), math.fsum(other) / len(other)) if one else (0.0, 0.0)


# A vector of sums: n, Σx, Σy, Σxx, Σyy, Σxy (all centred on the overall means, so that nothing cancels), Σ(y-x),
# Σ(y-x)², Σ|y-x|, then the cells of the table of bins, then the cells of pass and fail.
_MOMENTS = 9


def _sums(
    human: Sequence[float], machine: Sequence[float], members: Sequence[int], means: tuple[float, float]
) -> list[float]:
    moments = [0.0] * _MOMENTS
    table = [0.0] * (BINS * BINS)
    passes = [0.0] * 4
    for index in members:
        h, m = human[index], machine[index]
        x, y, d = h - means[0], m - means[1], m - h
        for place, value in enumerate((1.0, x, y, x * x, y * y, x * y, d, d * d, abs(d))):
            moments[place] += value
        table[in_bin(h) * BINS + in_bin(m)] += 1
        passes[2 * (h >= _PASS) + (m >= _PASS)] += 1
    return [*moments, *table, *passes]


def _pearson(sums: Sequence[float]) -> float | None:
    n, sx, sy, sxx, syy, sxy = sums[:6]
    if n < 2:
        return None
    vx, vy = sxx - sx * sx / n, syy - sy * sy / n
    if vx <= 1e-12 * n or vy <= 1e-12 * n:
        return None
    return max(-1.0, min(1.0, (sxy - sx * sy / n) / math.sqrt(vx * vy)))


def _weighted_kappa(cells: Sequence[float], categories: int) -> float | None:
    total = sum(cells)
    if not total:
        return None
    rows = [sum(cells[i * categories : (i + 1) * categories]) for i in range(categories)]
    columns = [sum(cells[i::categories]) for i in range(categories)]
    observed = expected = 0.0
    for i in range(categories):
        for j in range(categories):
            weight = (i - j) ** 2
            observed += weight * cells[i * categories + j]
            expected += weight * rows[i] * columns[j] / total
    return None if expected == 0 else 1 - observed / expected


def _macro_f1(cells: Sequence[float]) -> float | None:
    """From counts of (fail, fail), (fail, pass), (pass, fail), (pass, pass): human first."""
    neither, only_machine, only_human, both = cells
    wrong = only_machine + only_human
    scores = [2 * hits / (2 * hits + wrong) for hits in (neither, both) if hits + wrong]
    return sum(scores) / len(scores) if scores else None


_TABLE = slice(_MOMENTS, _MOMENTS + BINS * BINS)
_STATISTICS: dict[str, Callable[[Sequence[float]], float | None]] = {
    "pearson": _pearson,
    "rmse": lambda sums: math.sqrt(sums[7] / sums[0]) if sums[0] else None,
    "mae": lambda sums: sums[8] / sums[0] if sums[0] else None,
    "bias": lambda sums: sums[6] / sums[0] if sums[0] else None,
    "qwk": lambda sums: _weighted_kappa(sums[_TABLE], BINS),
    "exact": lambda sums: sum(sums[_TABLE][:: BINS + 1]) / sums[0] if sums[0] else None,
    "macro_f1": lambda sums: _macro_f1(sums[_MOMENTS + BINS * BINS :]),
}


class _Levels(NamedTuple):
    """A series as places among its distinct values, by cluster: ranks in a resample come from counting."""

    distinct: int
    clusters: list[list[int]]

    @classmethod
    def of(cls, values: Sequence[float], clusters: Sequence[Sequence[int]]) -> "_Levels":
        distinct = sorted(set(values))
        return cls(
            len(distinct), [[bisect_left(distinct, values[i]) for i in members] for members in clusters]
        )

    def ranks(self, picks: Sequence[int]) -> list[float]:
        counts = [0] * self.distinct
        for pick in picks:
            for level in self.clusters[pick]:
                counts[level] += 1
        rank_of, before = [0.0] * self.distinct, 0
        for level, count in enumerate(counts):
            rank_of[level] = before + (count + 1) / 2
            before += count
        return [rank_of[level] for pick in picks for level in self.clusters[pick]]


def _resampled_spearman(levels: tuple[_Levels, _Levels], picks: Sequence[int]) -> float | None:
    one, other = levels[0].ranks(picks), levels[1].ranks(picks)
    n = len(one)
    mean = (n + 1) / 2
    xx = sum((a - mean) * (a - mean) for a in one)
    yy = sum((b - mean) * (b - mean) for b in other)
    if n < 2 or xx == 0 or yy == 0:
        return None
    return sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True)) / math.sqrt(xx * yy)

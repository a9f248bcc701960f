"""How well machine and people agree on single verdicts and on binned marks, from tables of counts.

The counts are all that is needed, so the figures of ten thousand answers cost no more than those of ten. Intervals
come from a Poisson bootstrap (Hanley and MacGibbon 2006): in a resample every pair of verdicts occurs Poisson(1)
times, so a cell of n equal pairs occurs Poisson(n) times.
"""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from grading.core.agreement import SEED, Figure, Interval, percentile
from grading.core.assessment import Verdict

RESAMPLES = 200
FEWEST = 10  # pairs below which an interval would say more than anybody knows
CREDIT = {Verdict.MET: 1.0, Verdict.PARTIAL: 0.5, Verdict.UNMET: 0.0, Verdict.CONTRADICTED: 0.0}
# The order for the weighted kappa. Contradicted is as far from met as unmet is.
LEVEL = {Verdict.CONTRADICTED: 0, Verdict.UNMET: 0, Verdict.PARTIAL: 1, Verdict.MET: 2}
CLAIMED = {Verdict.UNMET: 0, Verdict.CONTRADICTED: 2}

Table = Mapping[tuple[str, str], int]
Cells = Mapping[tuple[int, int], float]
Cell = TypeVar("Cell")


@dataclass(frozen=True, slots=True)
class VerdictAgreement:
    """n pairs in which both gave a verdict; abstained counts those in which either was unsure.

    bias is the mean credit of the machine minus that of the person, -1..1: above 0 the machine is generous.
    """

    n: int
    abstained: int
    exact: Figure
    kappa: Figure
    qwk: Figure
    bias: Figure


def verdict_agreement(table: Table, *, is_misconception: bool = False, seed: int = SEED) -> VerdictAgreement:
    """From counts by (person's verdict, machine's verdict). For a misconception the credit is what it takes away."""
    levels = CLAIMED if is_misconception else LEVEL
    settled: dict[tuple[Verdict, Verdict], int] = {
        (Verdict(human), Verdict(machine)): count
        for (human, machine), count in table.items()
        if count and Verdict(human) in levels and Verdict(machine) in levels
    }
    n = sum(settled.values())
    names = {verdict: number for number, verdict in enumerate(Verdict)}
    level_of = {names[verdict]: level for verdict, level in levels.items()}

    def statistics(named: Cells) -> Mapping[str, float | None]:
        levelled: dict[tuple[int, int], float] = {}
        for (human, machine), count in named.items():
            cell = level_of[human], level_of[machine]
            levelled[cell] = levelled.get(cell, 0.0) + count
        return {
            "exact": exact(named),
            "kappa": kappa(named),
            "qwk": qwk(levelled),
            "bias": _mean_difference(levelled, 0.5),
        }

    cells = {(names[human], names[machine]): float(count) for (human, machine), count in settled.items()}
    figures = with_intervals(cells, statistics, seed)
    return VerdictAgreement(n=n, abstained=sum(table.values()) - n, **figures)


@dataclass(frozen=True, slots=True)
class MarkAgreement:
    """For marks as shares 0..1 in six bins. bias is in shares, with the interval of its mean's standard error."""

    n: int
    exact: Figure
    qwk: Figure
    bias: Figure


def mark_agreement(
    bins: Mapping[tuple[int, int], int], differences: tuple[float, float], seed: int = SEED
) -> MarkAgreement:
    """From counts by (person's bin, machine's bin), and the sums of machine minus person and of its square."""
    cells = {cell: float(count) for cell, count in bins.items() if count}
    n = int(sum(cells.values()))
    total, squares = differences
    bias = None if not n else total / n
    spread = None
    if n >= FEWEST and bias is not None:
        error = 1.96 * math.sqrt(max(0.0, squares / n - bias**2) / (n - 1))
        spread = Interval(bias - error, bias + error)
    figures = with_intervals(cells, lambda some: {"exact": exact(some), "qwk": qwk(some)}, seed)
    return MarkAgreement(n, figures["exact"], figures["qwk"], Figure(bias, spread))


def exact(cells: Cells) -> float | None:
    """The share of equal pairs, 0..1."""
    total = sum(cells.values())
    return sum(count for (a, b), count in cells.items() if a == b) / total if total else None


def kappa(cells: Cells) -> float | None:
    """Cohen's kappa (1960) from a table; None where chance agreement is complete."""
    total = sum(cells.values())
    if not total:
        return None
    rows, columns = _margins(cells)
    expected = sum(rows[name] * columns.get(name, 0.0) for name in rows) / total**2
    observed = exact(cells) or 0.0
    return None if expected >= 1 - 1e-12 else (observed - expected) / (1 - expected)


def qwk(cells: Cells) -> float | None:
    """Quadratic weighted kappa (Cohen 1968) from a table; None where either side puts everything into one level.

    The expected squared difference of independent sides is E[a²] + E[b²] - 2 E[a] E[b], so one pass is enough.
    """
    total = sum(cells.values())
    if not total:
        return None
    observed = squares = sum_a = sum_b = 0.0
    for (a, b), count in cells.items():
        observed += count * (a - b) ** 2
        squares += count * (a * a + b * b)
        sum_a += count * a
        sum_b += count * b
    expected = squares - 2 * sum_a * sum_b / total
    return None if expected <= 1e-9 else 1 - observed / expected


def with_intervals(
    cells: Mapping[Cell, float],
    statistics: Callable[[Mapping[Cell, float]], Mapping[str, float | None]],
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> dict[str, Figure]:
    """Each statistic with its 95 % bootstrap interval; none of fewer than FEWEST pairs, or where it is undefined in
    half of the resamples, or the same in all of them: that 12 of 12 pairs agree does not mean that all do.
    """
    whole = statistics(cells)
    drawn: dict[str, list[float]] = {name: [] for name in whole}
    if sum(cells.values()) >= FEWEST:
        generator = random.Random(seed)  # noqa: S311 - repeatable on purpose
        order = [(cell, _poisson(cells[cell])) for cell in sorted(cells, key=str)]
        for _ in range(resamples):
            resampled = {cell: count for cell, draw in order if (count := draw(generator))}
            for name, value in statistics(resampled).items():
                if value is not None:
                    drawn[name].append(value)
    return {
        name: Figure(value, _interval(drawn[name], resamples) if value is not None else None)
        for name, value in whole.items()
    }


def _interval(values: list[float], resamples: int) -> Interval | None:
    if 2 * len(values) <= resamples:
        return None
    low, high = percentile(values, 2.5), percentile(values, 97.5)
    return Interval(low, high) if low < high else None


def _margins(cells: Cells) -> tuple[dict[int, float], dict[int, float]]:
    rows: dict[int, float] = {}
    columns: dict[int, float] = {}
    for (a, b), count in cells.items():
        rows[a] = rows.get(a, 0.0) + count
        columns[b] = columns.get(b, 0.0) + count
    return rows, columns


def _mean_difference(cells: Cells, step: float) -> float | None:
    total = sum(cells.values())
    return sum(count * (b - a) * step for (a, b), count in cells.items()) / total if total else None


def _poisson(mean: float) -> Callable[[random.Random], float]:
    """What draws from this distribution: by a table, or above 30 by the normal approximation, whose error is far
    below that of the interval.
    """
    if mean > 30:
        spread = math.sqrt(mean)
        return lambda generator: float(max(0, round(generator.gauss(mean, spread))))
    term = reached = math.exp(-mean)
    table = [reached]
    while reached < 1 - 1e-12:
        term *= mean / len(table)
        reached += term
        table.append(reached)
    return lambda generator: float(bisect.bisect_left(table, generator.random()))

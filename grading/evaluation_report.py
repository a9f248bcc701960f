"""The tables that evaluate_grader prints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grading.core.agreement import Agreement, Figure, exact_agreement, kappa
from grading.core.assessment import Verdict
from grading.core.rubric import Kind
from grading.core.text import content, tokenise
from grading.evaluation import EvaluationError, Graded, Measured, peak_memory

_COLUMNS: tuple[tuple[str, Callable[[Agreement], Figure]], ...] = (
    ("Pearson", lambda a: a.pearson),
    ("Spearman", lambda a: a.spearman),
    ("RMSE", lambda a: a.rmse),
    ("MAE", lambda a: a.mae),
    ("QWK", lambda a: a.qwk),
    ("bias", lambda a: a.bias),
    ("macro-F1", lambda a: a.macro_f1),
)


def report(measured: Sequence[Measured], *, resamples: int = 300) -> str:
    """One table over all files, then per file the means by level or kind and the agreement by point."""
    parts = [_grader_line(measured), _figures_table(measured, resamples)]
    for result in measured:
        tables = [table for table in (_groups_table(result), _points_lines(result)) if table]
        if tables:
            parts.append("\n".join([Path(result.path).name, *tables]))
    parts.append(f"peak memory {peak_memory():.0f} MB")
    return "\n\n".join(part for part in parts if part)


def _grader_line(measured: Sequence[Measured]) -> str:
    assessments = [one.assessment for result in measured for one in result.graded]
    first = assessments[0]
    ungraded = sum(assessment.score is None for assessment in assessments)
    named = f"grader {first.grader}, version {first.version or '–'}" + (
        f", level {first.level}" if first.level else ""
    )
    return named + (f"; {ungraded} answers could not be graded and are in no figure" if ungraded else "")


def _figures_table(measured: Sequence[Measured], resamples: int) -> str:
    header = ["file", "n", "questions", *(name for name, _ in _COLUMNS), "answers/CPU-s"]
    rows = []
    correlations = []
    for result in measured:
        figures = result.agreement(resamples)
        shown = [_shown(of(figures)) for _, of in _COLUMNS] if figures.n else ["–"] * len(_COLUMNS)
        speed = f"{result.answers_per_processor_second:,.0f}"
        rows.append([Path(result.path).name, str(figures.n), str(figures.questions), *shown, speed])
        if figures.pearson.value is not None:
            correlations.append(figures.pearson.value)
    table = _aligned([header, *rows])
    if len(correlations) > 1:
        table += (
            f"\nmean Pearson over {len(correlations)} files: {_number(sum(correlations) / len(correlations))}"
        )
    return table


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.interval is None:
        return _number(figure.value)
    return f"{_number(figure.value)} [{_number(figure.interval.low)}, {_number(figure.interval.high)}]"


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns set apart by two spaces: the first to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _groups_table(result: Measured) -> str:
    """Mean marks by level or kind and how many were flagged, in the order of their first appearance."""
    groups: dict[str, list[Graded]] = {}
    for one in result.graded:
        if one.row.group:
            groups.setdefault(one.row.group, []).append(one)
    if not groups:
        return ""
    rows = [["level or kind", "n", "people", "grader", "flagged"]]
    for name, members in groups.items():
        people = [one.row.score for one in members if one.row.score is not None]
        grader = [one.predicted for one in members if one.predicted is not None]
        flagged = sum(bool(one.assessment.flags) for one in members)
        rows.append([name, str(len(members)), _mean(people), _mean(grader), str(flagged)])
    return _aligned(rows)


def _mean(values: Sequence[float]) -> str:
    return _number(sum(values) / len(values)) if values else "–"


@dataclass(frozen=True, slots=True)
class PointAgreement:
    """How verdicts on criteria agree with people's verdicts on key points, over the points that have a criterion.

    exact and kappa are over met, partial, unmet and contradicted; met over "met or not".
    """

    points: int
    matched: int
    exact: float | None
    kappa: float | None
    met: float | None
    met_kappa: float | None


_PEOPLE = {
    "yes": Verdict.MET,
    "partial": Verdict.PARTIAL,
    "no": Verdict.UNMET,
    "contradicted": Verdict.CONTRADICTED,
}
_ALIKE = 0.3  # the share of a point's words, by worth, that its criterion has to hold


class _Pair(NamedTuple):
    people: Verdict
    grader: Verdict


def point_agreement(graded: Sequence[Graded]) -> PointAgreement | None:
    """Agreement by point for rows that carry `points` ({"point": …, "met": …}), or None where none does.

    Every point goes to the criterion that holds most of its words; one without such a criterion is left out.
    Raises EvaluationError for a verdict that is not known.
    """
    total = 0
    pairs: list[_Pair] = []
    for one in graded:
        verdicts = {judged.criterion_id: judged.verdict for judged in one.assessment.criteria}
        for point in one.row.data.get("points") or ():
            total += 1
            place = f"{one.row.path}:{one.row.line}"
            if not isinstance(point, dict) or point.get("met") not in _PEOPLE:
                raise EvaluationError(
                    f"{place}: a point needs “point” and “met”, one of {', '.join(_PEOPLE)}"
                )
            criterion_id = _criterion_for(str(point.get("point", "")), one)
            if criterion_id in verdicts:
                pairs.append(_Pair(_PEOPLE[point["met"]], verdicts[criterion_id]))
    if not total:
        return None
    people, grader = [pair.people for pair in pairs], [pair.grader for pair in pairs]
    met = [pair is Verdict.MET for pair in people], [pair is Verdict.MET for pair in grader]
    return PointAgreement(
        points=total,
        matched=len(pairs),
        exact=exact_agreement(people, grader),
        kappa=kappa(people, grader),
        met=exact_agreement(*met),
        met_kappa=kappa(*met),
    )


def _criterion_for(point: str, one: Graded) -> str:
    """The criterion that holds most of the point's words; a word counts less the more criteria hold it."""
    scored = [criterion for criterion in one.rubric.criteria if criterion.kind is not Kind.MISCONCEPTION]
    held = [_stems(" ".join((criterion.text, *criterion.examples))) for criterion in scored]
    worth = {word: 1 / (1 + sum(word in words for words in held)) for word in _stems(point)}
    total = sum(worth.values())
    if not total or not scored:
        return ""
    shares = [sum(value for word, value in worth.items() if word in words) / total for words in held]
    # Of criteria that hold as much, the shorter one is more to the point.
    best = max(range(len(scored)), key=lambda index: (shares[index], -len(held[index])))
    return scored[best].id if shares[best] >= _ALIKE else ""


def _stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in content(tokenise(text)))


def _points_lines(result: Measured) -> str:
    found = point_agreement(result.graded)
    if found is None:
        return ""

    def shown(value: float | None) -> str:
        return "–" if value is None else _number(value)

    return (
        f"key points: {found.matched} of {found.points} have a criterion; over these, agreement {shown(found.exact)} "
        f"(kappa {shown(found.kappa)}), met or not {shown(found.met)} (kappa {shown(found.met_kappa)})"
    )

"""Machine against people for one template: figures over all its answers, by criterion, from two grouped queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from grading.core.agreement import in_bin
from grading.core.verdict_agreement import MarkAgreement, VerdictAgreement, mark_agreement, verdict_agreement
from grading.models import Criterion, CriterionKind, CriterionScore, Grade, Grader
from sessions.models import InterviewTemplate

MACHINES = (Grader.LLM, Grader.KEYWORD)


@dataclass(frozen=True, slots=True)
class CriterionFigures:
    """How often which two verdicts met, people's first."""

    criterion: Criterion
    table: Mapping[tuple[str, str], int]

    @property
    def agreement(self) -> VerdictAgreement:
        """Worked out when it is asked for: the intervals are what costs time, and pages show a few criteria."""
        is_misconception = self.criterion.kind == CriterionKind.MISCONCEPTION
        return verdict_agreement(self.table, is_misconception=is_misconception)


@dataclass(frozen=True, slots=True)
class GraderFigures:
    """One machine against people. unanchored takes only people who had not seen what the machine said."""

    grader: Grader
    marks: MarkAgreement
    unanchored: MarkAgreement
    criteria: tuple[CriterionFigures, ...]
    unanchored_criteria: tuple[CriterionFigures, ...]


def human_grades(template: InterviewTemplate) -> QuerySet[Grade]:
    """The person's grade that counts, of every answer that has one."""
    return Grade.objects.effective().filter(
        answer__interview_session__template=template,
        answer__interview_session__status="submitted",
        grader=Grader.HUMAN,
    )


def human_scores(template: InterviewTemplate, graders: Iterable[Grader]) -> QuerySet[Any, Any]:
    """People's verdicts that count, with is_unanchored, and for each of these machines its newest verdict on the same
    criterion (keyword_verdict, llm_verdict): looking for one costs as much as everything else, so ask for few.
    """
    scores = CriterionScore.objects.filter(
        grade__in=human_grades(template).values("pk"), criterion__isnull=False
    )
    verdicts = {f"{grader}_verdict": _machine_verdict(grader) for grader in graders}
    return scores.annotate(is_unanchored=_unanchored("grade__human__is_unanchored"), **verdicts)


def figures_for(template: InterviewTemplate) -> list[GraderFigures]:
    """Three queries, whatever the number of interviews; a machine that nobody has been compared with is left out."""
    mark_rows = list(_mark_rows(template))
    marks = {grader: _marks(mark_rows, grader, only_unanchored=False) for grader in MACHINES}
    compared = [grader for grader in MACHINES if marks[grader].n]
    if not compared:
        return []
    verdict_rows = list(
        human_scores(template, compared)
        .order_by()
        .values("criterion", "verdict", "is_unanchored", *(f"{grader}_verdict" for grader in compared))
        .annotate(n=Count("pk"))
    )
    criteria = {
        one.pk: one
        for one in Criterion.objects.filter(pk__in={row["criterion"] for row in verdict_rows}).select_related(
            "rubric__question_version"
        )
    }
    return [
        GraderFigures(
            grader,
            marks[grader],
            _marks(mark_rows, grader, only_unanchored=True),
            tuple(_by_criterion(verdict_rows, criteria, grader, only_unanchored=False)),
            tuple(_by_criterion(verdict_rows, criteria, grader, only_unanchored=True)),
        )
        for grader in compared
    ]


def _unanchored(path: str) -> Coalesce:
    return Coalesce(path, Value(False), output_field=BooleanField())  # noqa: FBT003 - Django's


def _machine_verdict(grader: Grader) -> Subquery:
    newest = CriterionScore.objects.filter(
        criterion=OuterRef("criterion"), grade__answer=OuterRef("grade__answer"), grade__grader=grader
    ).order_by("-grade_id")
    return Subquery(newest.values("verdict")[:1])


def _mark_rows(template: InterviewTemplate) -> Iterator[tuple[Any, ...]]:
    """(person's score and maximum, keyword score and maximum, llm score and maximum, is_unanchored, n)."""

    def machine(grader: Grader, field: str) -> Subquery:
        newest = Grade.objects.filter(answer=OuterRef("answer"), grader=grader).order_by("-pk")
        return Subquery(newest.values(field)[:1])

    rows = human_grades(template).annotate(
        is_unanchored=_unanchored("human__is_unanchored"),
        keyword_score=machine(Grader.KEYWORD, "score"),
        keyword_max=machine(Grader.KEYWORD, "max_score"),
        llm_score=machine(Grader.LLM, "score"),
        llm_max=machine(Grader.LLM, "max_score"),
    )
    columns = ("score", "max_score", "keyword_score", "keyword_max", "llm_score", "llm_max", "is_unanchored")
    return rows.order_by().values_list(*columns).annotate(n=Count("pk")).iterator()


def _marks(rows: Iterable[tuple[Any, ...]], grader: Grader, *, only_unanchored: bool) -> MarkAgreement:
    bins: defaultdict[tuple[int, int], int] = defaultdict(int)
    total = squares = 0.0
    for score, maximum, keyword, keyword_max, llm, llm_max, is_unanchored, n in rows:
        other, other_max = (llm, llm_max) if grader == Grader.LLM else (keyword, keyword_max)
        if score is None or other is None or not maximum or not other_max:
            continue
        if only_unanchored and not is_unanchored:
            continue
        human, machine = float(score / maximum), float(other / other_max)
        bins[in_bin(human), in_bin(machine)] += n
        total += n * (machine - human)
        squares += n * (machine - human) ** 2
    return mark_agreement(bins, (total, squares))


def _by_criterion(
    rows: Iterable[Mapping[str, Any]],
    criteria: dict[uuid.UUID, Criterion],
    grader: Grader,
    *,
    only_unanchored: bool,
) -> Iterator[CriterionFigures]:
    tables: dict[uuid.UUID, defaultdict[tuple[str, str], int]] = {}
    for row in rows:
        machine = row[f"{grader}_verdict"]
        if machine is None or (only_unanchored and not row["is_unanchored"]):
            continue
        tables.setdefault(row["criterion"], defaultdict(int))[row["verdict"], machine] += row["n"]
    ordered = sorted(
        tables,
        key=lambda pk: (
            criteria[pk].rubric.question_version_id,
            criteria[pk].rubric_id,
            criteria[pk].position,
        ),
    )
    for pk in ordered:
        yield CriterionFigures(criteria[pk], tables[pk])

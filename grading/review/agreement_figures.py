"""Machine against people for one template: figures over all its answers, by criterion, from two grouped queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value

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
    """One machine against people. unanchored takes what people said before they had seen what the machine said."""

    grader: Grader
    marks: MarkAgreement
    unanchored: MarkAgreement
    criteria: tuple[CriterionFigures, ...]
    unanchored_criteria: tuple[CriterionFigures, ...]


class Sample(NamedTuple):
    """Which answers of a template are compared, and by whose verdicts.

    Interviews that the reader still has to read blind are hidden. only_unanchored takes the first grade of an answer
    that somebody gave without having seen the machine's view, also where they changed their mind on seeing it;
    otherwise it is the person's grade that counts.
    """

    template: InterviewTemplate
    hidden: frozenset[uuid.UUID] = frozenset()
    only_unanchored: bool = False


def human_grades(sample: Sample) -> QuerySet[Grade]:
    """One grade by a person of every answer that has one."""
    if sample.only_unanchored:
        blind = Grade.objects.standing().filter(human__is_unanchored=True)
        earlier = blind.filter(answer=OuterRef("answer"), pk__lt=OuterRef("pk"))
        grades = blind.filter(~Exists(earlier))
    else:
        grades = Grade.objects.effective()
    return grades.filter(
        answer__interview_session__template=sample.template,
        answer__interview_session__status="submitted",
        grader=Grader.HUMAN,
    ).exclude(answer__interview_session__in=sample.hidden)


def _judged_as_a_whole(answer: str) -> Exists:
    """Whether somebody judged the whole answer. A decision on one criterion takes the other verdicts over, and where
    they are a machine's, to compare them with it would be to compare it with itself.
    """
    return Exists(
        Grade.objects.standing().filter(
            answer=OuterRef(answer), grader=Grader.HUMAN, human__criterion__isnull=True
        )
    )


def human_scores(sample: Sample, graders: Iterable[Grader]) -> QuerySet[Any, Any]:
    """People's own verdicts, and for each of these machines its newest verdict on the same criterion
    (keyword_verdict, llm_verdict): looking for one costs as much as everything else, so ask for few.
    """
    decided = Grade.objects.standing().filter(
        answer=OuterRef("grade__answer"), grader=Grader.HUMAN, human__criterion=OuterRef("criterion")
    )
    scores = CriterionScore.objects.filter(
        Q(grade__human__criterion__isnull=True) | Q(Exists(decided)) | Q(_judged_as_a_whole("grade__answer")),
        grade__in=human_grades(sample).values("pk"),
        criterion__isnull=False,
    )
    return scores.annotate(**{f"{grader}_verdict": _machine_verdict(grader) for grader in graders})


def figures_for(template: InterviewTemplate, hidden: Iterable[uuid.UUID] = ()) -> list[GraderFigures]:
    """Four queries, whatever the number of interviews; a machine that nobody has been compared with is left out."""
    everybody = Sample(template, frozenset(hidden))
    unanchored = everybody._replace(only_unanchored=True)
    mark_rows = list(_mark_rows(everybody).union(_mark_rows(unanchored), all=True))
    marks = {grader: _marks(mark_rows, grader, only_unanchored=False) for grader in MACHINES}
    compared = [grader for grader in MACHINES if marks[grader].n]
    if not compared:
        return []
    verdict_rows = {
        sample: list(
            human_scores(sample, compared)
            .order_by()
            .values("criterion", "verdict", *(f"{grader}_verdict" for grader in compared))
            .annotate(n=Count("pk"))
        )
        for sample in (everybody, unanchored)
    }
    named = {row["criterion"] for rows in verdict_rows.values() for row in rows}
    criteria = {
        one.pk: one
        for one in Criterion.objects.filter(pk__in=named).select_related("rubric__question_version")
    }
    return [
        GraderFigures(
            grader,
            marks[grader],
            _marks(mark_rows, grader, only_unanchored=True),
            tuple(_by_criterion(verdict_rows[everybody], criteria, grader)),
            tuple(_by_criterion(verdict_rows[unanchored], criteria, grader)),
        )
        for grader in compared
    ]


def _machine_verdict(grader: Grader) -> Subquery:
    newest = CriterionScore.objects.filter(
        criterion=OuterRef("criterion"), grade__answer=OuterRef("grade__answer"), grade__grader=grader
    ).order_by("-grade_id")
    return Subquery(newest.values("verdict")[:1])


def _mark_rows(sample: Sample) -> QuerySet[Any, Any]:
    """(only_unanchored, person's score and maximum, keyword score and maximum, llm score and maximum, n)."""

    def machine(grader: Grader, field: str) -> Subquery:
        newest = Grade.objects.filter(answer=OuterRef("answer"), grader=grader).order_by("-pk")
        return Subquery(newest.values(field)[:1])

    whole = Q(human__criterion__isnull=True) | Q(_judged_as_a_whole("answer"))
    rows = (
        human_grades(sample)
        .filter(whole)
        .annotate(
            keyword_score=machine(Grader.KEYWORD, "score"),
            keyword_max=machine(Grader.KEYWORD, "max_score"),
            llm_score=machine(Grader.LLM, "score"),
            llm_max=machine(Grader.LLM, "max_score"),
            sample=Value(int(sample.only_unanchored)),
        )
    )
    columns = ("sample", "score", "max_score", "keyword_score", "keyword_max", "llm_score", "llm_max")
    return rows.order_by().values_list(*columns).annotate(n=Count("pk"))


def _marks(rows: Iterable[tuple[Any, ...]], grader: Grader, *, only_unanchored: bool) -> MarkAgreement:
    bins: defaultdict[tuple[int, int], int] = defaultdict(int)
    total = squares = 0.0
    for sample, score, maximum, keyword, keyword_max, llm, llm_max, n in rows:
        other, other_max = (llm, llm_max) if grader == Grader.LLM else (keyword, keyword_max)
        if score is None or other is None or not maximum or not other_max:
            continue
        if bool(sample) != only_unanchored:
            continue
        human, machine = float(score / maximum), float(other / other_max)
        bins[in_bin(human), in_bin(machine)] += n
        total += n * (machine - human)
        squares += n * (machine - human) ** 2
    return mark_agreement(bins, (total, squares))


def _by_criterion(
    rows: Iterable[Mapping[str, Any]], criteria: dict[uuid.UUID, Criterion], grader: Grader
) -> Iterator[CriterionFigures]:
    tables: dict[uuid.UUID, defaultdict[tuple[str, str], int]] = {}
    for row in rows:
        machine = row[f"{grader}_verdict"]
        if machine is None:
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

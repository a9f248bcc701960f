"""Regrade after a rubric has a new version: first a dry run, old → new, then jobs. People's grades stay pinned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from grading.doorbell import ring
from grading.graders import assess_offline
from grading.models import ACTIVE_JOB_STATES, Grade, Grader, GradingJob, Rubric, RubricStatus, Verdict
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import InterviewTemplate

REASON = "regrade"


@dataclass(frozen=True, slots=True)
class Change:
    """One criterion, matched by its text. old or new is "" where the other version does not have it."""

    text: str
    old: str
    new: str

    @property
    def is_changed(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the offline grader would make of one answer by the new rubric. Nothing is written."""

    grade: Grade
    new_score: float | None
    new_max: float
    changes: tuple[Change, ...]

    @property
    def old_share(self) -> float | None:
        return (
            float(self.grade.score / self.grade.max_score)
            if self.grade.score is not None and self.grade.max_score
            else None
        )

    @property
    def new_share(self) -> float | None:
        return self.new_score / self.new_max if self.new_score is not None and self.new_max else None

    @property
    def direction(self) -> str:
        """up, down, same, or unknown where there is no mark on one side."""
        if self.old_share is None or self.new_share is None:
            return "unknown"
        if abs(self.old_share - self.new_share) < 0.005:
            return "same"
        return "up" if self.new_share > self.old_share else "down"


def stale_grades(template: InterviewTemplate) -> QuerySet[Any, Any]:
    """Grades that count and were given by another rubric than the one that is published now; adds newest_rubric."""
    published = Rubric.objects.filter(
        question_version=OuterRef("answer__question_version"), status=RubricStatus.PUBLISHED
    )
    return (
        Grade.objects.effective()
        .filter(
            answer__interview_session__template=template,
            answer__interview_session__mode="assessment",
            answer__interview_session__status="submitted",
        )
        .annotate(
            newest_rubric=Subquery(published.values("pk")[:1]),
            newest_hash=Subquery(published.values("content_hash")[:1]),
        )
        .filter(~Q(newest_hash=F("rubric_hash")), newest_rubric__isnull=False)
    )


def overview(template: InterviewTemplate) -> list[tuple[Rubric, int, int]]:
    """(new rubric, how many machine grades are older, how many are pinned by people), one query and one for rubrics."""
    rows = (
        stale_grades(template)
        .order_by()
        .values_list("newest_rubric")
        .annotate(
            machine=Count("pk", filter=~Q(grader=Grader.HUMAN)),
            pinned=Count("pk", filter=Q(grader=Grader.HUMAN)),
        )
    )
    counted = {pk: (machine, pinned) for pk, machine, pinned in rows}
    rubrics = Rubric.objects.filter(pk__in=counted).select_related("question_version")
    return [(rubric, *counted[rubric.pk]) for rubric in rubrics]


def under_way(template: InterviewTemplate) -> dict[int, int]:
    """How many answers are being graded anew just now, by the rubric that they get: one query."""
    jobs = GradingJob.objects.filter(
        reason=REASON, state__in=ACTIVE_JOB_STATES, answer__interview_session__template=template
    )
    return dict(jobs.order_by().values_list("rubric").annotate(Count("pk")))


def dry_run(rubric: Rubric, grades: Sequence[Grade]) -> list[DryRun]:
    """Grades need answer, its question_version and criterion_scores loaded. Pure but for the rubric's criteria."""
    core = rubric.to_core()
    texts = {criterion.id: criterion.text for criterion in core.criteria}
    runs = []
    for grade in grades:
        assessment = assess_offline(grade.answer.question_version.prompt, core, grade.answer.final_text)
        new = {texts[one.criterion_id]: one.verdict.value for one in assessment.criteria}
        old = {score.text: score.verdict for score in grade.criterion_scores.all()}
        changes = tuple(
            Change(text, old.get(text, ""), new.get(text, "")) for text in dict.fromkeys([*new, *old])
        )
        runs.append(DryRun(grade, assessment.score, assessment.max_score, changes))
    return runs


def label(verdict: str) -> str:
    return Verdict(verdict).label if verdict else "not asked"


@transaction.atomic
def apply(template: InterviewTemplate, rubric: Rubric, by: User, now: dt.datetime) -> int:
    """Queue a job for every machine grade by an older version of that rubric; how many. What people gave stays.

    An answer that has such a job already gets no second one.
    """
    InterviewTemplate.objects.select_for_update().get(
        pk=template.pk
    )  # one press of the button after the other
    grades = stale_grades(template).filter(newest_rubric=rubric.pk).exclude(grader=Grader.HUMAN)
    active = set(
        GradingJob.objects.filter(
            state__in=ACTIVE_JOB_STATES, answer__interview_session__template=template
        ).values_list("answer_id", "method")
    )
    jobs = GradingJob.objects.bulk_create(
        GradingJob(answer_id=answer_id, rubric=rubric, method=method, not_before=now, reason=REASON)
        for answer_id, method in grades.values_list("answer_id", "grader")
        if (answer_id, method) not in active
    )
    audit.record(by, "regrade.started", rubric, after={"template": template.pk, "jobs": len(jobs)})
    transaction.on_commit(partial(ring, [job.pk for job in jobs]), robust=True)
    return len(jobs)

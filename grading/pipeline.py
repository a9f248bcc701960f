"""load → grade → store: where the core meets the ORM. Both deployments run this."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from grading import announcing, queue
from grading.core.assessment import Assessment, CriterionAssessment, Verdict
from grading.graders import assess_offline as assess_offline  # others take it from here
from grading.models import (
    Criterion,
    CriterionKind,
    CriterionScore,
    Evidence,
    Grade,
    Grader,
    GradingJob,
    Rubric,
)
from grading.queue import Lease
from grading.rubrics import ensure_published

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A grade to be: the assessment, and where it comes from."""

    assessment: Assessment
    grader: Grader
    model: str = ""
    prompt_version: str = ""
    is_fallback: bool = False
    feedback: dict[str, Any] = field(default_factory=dict)


def grade_next() -> bool:
    """Claim the oldest due job of the offline grader and grade it. False: nothing is due."""
    leases = queue.claim_many(timezone.now(), 1, Grader.KEYWORD)
    for lease in leases:
        work(lease)
    return bool(leases)


def grade_job(job_id: int) -> None:
    """Claim that job of the offline grader and grade it; somebody else's, finished and future jobs are left alone."""
    lease = queue.claim(timezone.now(), job_id, method=Grader.KEYWORD)
    if lease is not None:
        work(lease)


def load(leases: Sequence[Lease]) -> list[tuple[Lease, GradingJob]]:
    """Each lease with its job and all that grading needs. What was erased since the claim is left out."""
    rows = GradingJob.objects.select_related("answer__question_version", "rubric")
    found = rows.prefetch_related("rubric__criteria").in_bulk([lease.job_id for lease in leases])
    return [(lease, found[lease.job_id]) for lease in leases if lease.job_id in found]


def work(lease: Lease) -> None:
    """Grade a claimed job offline. An error is stored with the job, which is tried again or buried: never a zero."""
    for _, job in load([lease]):
        try:
            with renewed(lease):
                rubric = rubric_of(job)
                assessment = assess_offline(
                    job.answer.question_version.prompt, rubric.to_core(), job.answer.final_text
                )
                store(lease, job, rubric, assessment)
        except Exception as error:
            logger.exception("Grading job %s failed on attempt %s", lease.job_id, lease.attempt)
            queue.fail(lease, f"{type(error).__name__}: {error}", timezone.now())


def rubric_of(job: GradingJob) -> Rubric:
    """The rubric that the job was made with; where it was made without, the one that is published now."""
    return job.rubric or ensure_published(job.answer.question_version)[0]


@contextmanager
def renewed(lease: Lease) -> Iterator[None]:
    """Renew the lease every quarter of its length for as long as the block runs."""
    stop = threading.Event()

    def keep() -> None:
        try:
            while not stop.wait(settings.GRADING_LEASE_SECONDS / 4):
                if not queue.renew(lease, timezone.now()):
                    return
        finally:
            connection.close()

    thread = threading.Thread(target=keep, daemon=True, name=f"renew-{lease.job_id}")
    thread.start()
    try:
        yield
    finally:
        stop.set()


def store(lease: Lease, job: GradingJob, rubric: Rubric, assessment: Assessment) -> Grade | None:
    """Write the offline grader's grade; see finish_with."""
    return finish_with(lease, job, rubric, Outcome(assessment, Grader.KEYWORD))


@transaction.atomic
def finish_with(lease: Lease, job: GradingJob, rubric: Rubric, outcome: Outcome) -> Grade | None:
    """Write the grade, if the job is still ours: the fence is the first statement. None: somebody else has it."""
    if not queue.finish(lease, timezone.now()):
        logger.warning("Job %s was taken over; this grade is thrown away.", lease.job_id)
        return None
    return write(job, rubric, outcome)


class LeaseLostError(Exception):
    """One of several jobs is somebody else's by now."""


@transaction.atomic
def finish_all_with(done: Sequence[tuple[Lease, GradingJob, Rubric, Outcome]]) -> list[Grade]:
    """Write several grades with as few statements as one. Raises LeaseLostError, and nothing is written then."""
    if not queue.finish_many([lease for lease, *_ in done], timezone.now()):
        raise LeaseLostError
    return write_all([(job, rubric, outcome) for _, job, rubric, outcome in done])


def write(job: GradingJob, rubric: Rubric, outcome: Outcome) -> Grade:
    """The rows of a grade. To be called in a transaction in which the job was fenced.

    A stand-in is no job's result: its job is still to do.
    """
    return write_all([(job, rubric, outcome)])[0]


def write_all(rows: Sequence[tuple[GradingJob, Rubric, Outcome]]) -> list[Grade]:
    """See write."""
    grades = Grade.objects.bulk_create(_grade(job, rubric, outcome) for job, rubric, outcome in rows)
    scores: list[CriterionScore] = []
    evidence: list[Evidence] = []
    for grade, (_, rubric, outcome) in zip(grades, rows, strict=True):
        own = _criterion_scores(grade, rubric, outcome.assessment)
        scores += own
        evidence += [
            Evidence(criterion_score=score, start=span.start, end=span.end, text=span.text)
            for score, assessed in zip(own, outcome.assessment.criteria, strict=True)
            for span in assessed.evidence
        ]
    CriterionScore.objects.bulk_create(scores)
    Evidence.objects.bulk_create(evidence)
    announcing.tell_when_graded(grades)
    return grades


def _grade(job: GradingJob, rubric: Rubric, outcome: Outcome) -> Grade:
    assessment = outcome.assessment
    return Grade(
        answer=job.answer,
        rubric=rubric,
        job=None if outcome.is_fallback else job,
        grader=outcome.grader,
        grader_version=assessment.version,
        level=assessment.level,
        model=outcome.model,
        prompt_version=outcome.prompt_version,
        is_fallback=outcome.is_fallback,
        feedback=outcome.feedback,
        rubric_hash=rubric.content_hash,
        answer_hash=hashlib.sha256(job.answer.final_text.encode()).hexdigest(),
        score=None if assessment.score is None else points(assessment.score),
        max_score=points(assessment.max_score),
        flags=list(assessment.flags),
    )


def _criterion_scores(grade: Grade, rubric: Rubric, assessment: Assessment) -> list[CriterionScore]:
    criteria: dict[str, Criterion] = {str(c.pk): c for c in rubric.criteria.all()}
    scores = []
    for position, assessed in enumerate(assessment.criteria, start=1):
        criterion = criteria[assessed.criterion_id]
        sign = -1 if criterion.kind == CriterionKind.MISCONCEPTION else 1
        scores.append(
            CriterionScore(
                grade=grade,
                criterion=criterion,
                position=position,
                text=criterion.text,
                kind=criterion.kind,
                points_possible=criterion.points,
                verdict=assessed.verdict.value,
                credit=assessed.credit,
                points=points(sign * _earned(assessed) * float(criterion.points)),
                rationale=assessed.rationale,
                confidence=assessed.confidence,
            )
        )
    return scores


def _earned(assessed: CriterionAssessment) -> float:
    """The share of the points that counts: what is unsure earns nothing until a person has looked."""
    return 0.0 if assessed.verdict is Verdict.UNSURE else assessed.credit


def points(value: float) -> Decimal:
    """As they are stored: to a hundredth."""
    return Decimal(str(value)).quantize(Decimal("0.01"))

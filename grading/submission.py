"""Submitting: text freezes and the job is made in one transaction; the hint goes out after it."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from grading.announcing import session_submitted
from grading.doorbell import ring
from grading.llm.configuration import is_wanted
from grading.models import Grader, GradingJob, Rubric, RubricStatus
from sessions.answer_text import is_blank
from sessions.models import Answer, InterviewSession, SessionEvent
from sessions.sittings import NotEditableError
from sessions.states import EDITABLE_ANSWER_STATES, AnswerStatus, EndedBy, EventKind, SessionStatus


def published_rubric_id() -> Subquery:
    """Annotates an answer with the rubric that it would be graded by now."""
    rubrics = Rubric.objects.filter(
        question_version=OuterRef("question_version"), status=RubricStatus.PUBLISHED
    )
    return Subquery(rubrics.values("pk")[:1])


def method() -> Grader:
    """Which grader new answers are meant for. Settings only: whether a model can be had is the worker's business."""
    return Grader.LLM if is_wanted() else Grader.KEYWORD


@transaction.atomic
def submit_answer(answer: Answer, text: str, rubric_id: int | None, now: dt.datetime) -> GradingJob | None:
    """Freeze text as the answer and make its grading job. Three statements.

    None where the candidate chose to be marked by people only: no machine gets the answer then. Raises
    NotEditableError where the answer is submitted already or the interview is over: nothing is changed then.
    """
    frozen = (
        Answer.objects.editable_at(now)
        .filter(pk=answer.pk)
        .update(
            status=AnswerStatus.SUBMITTED,
            final_text=text,
            draft_text=text,
            draft_revision=F("draft_revision") + 1,
            submitted_at=now,
        )
    )
    if not frozen:
        raise NotEditableError
    job = None
    if not answer.interview_session.is_human_only:
        job = GradingJob.objects.create(answer=answer, rubric_id=rubric_id, method=method(), not_before=now)
    SessionEvent.objects.create(
        interview_session_id=answer.interview_session_id,
        answer=answer,
        kind=EventKind.SUBMITTED,
        created_at=now,
    )
    if job:
        transaction.on_commit(partial(ring, [job.pk]), robust=True)
    return job


@transaction.atomic
def submit_session(interview_session: InterviewSession, ended_by: EndedBy, now: dt.datetime) -> bool:
    """End the interview: what is drafted is submitted as it stands, the rest stays blank. False: it was over.

    A blank answer is graded like any other: it gets the honest nothing, criterion by criterion.
    """
    ended = InterviewSession.objects.filter(pk=interview_session.pk, status=SessionStatus.IN_PROGRESS).update(
        status=SessionStatus.SUBMITTED, submitted_at=now, ended_by=ended_by
    )
    if not ended:
        return False
    editable = Answer.objects.filter(interview_session=interview_session, status__in=EDITABLE_ANSWER_STATES)
    # Locked, so that a submit or a draft at the same moment comes either before this or too late.
    locked = editable.select_for_update().annotate(rubric_id=published_rubric_id())
    remaining = list(locked.order_by("position"))
    for answer in remaining:
        answer.status, answer.submitted_at = AnswerStatus.SUBMITTED, now
        answer.final_text = "" if is_blank(answer.draft_text) else answer.draft_text
    Answer.objects.bulk_update(remaining, ["status", "submitted_at", "final_text"])
    jobs = GradingJob.objects.bulk_create(
        GradingJob(answer=answer, rubric_id=answer.rubric_id, method=method(), not_before=now)
        for answer in remaining
        if not interview_session.is_human_only
    )
    SessionEvent.objects.create(
        interview_session=interview_session,
        kind=EventKind.ENDED,
        detail={"by": str(ended_by)},
        created_at=now,
    )
    session_submitted(interview_session, str(ended_by), now)
    transaction.on_commit(partial(ring, [job.pk for job in jobs]), robust=True)
    interview_session.refresh_from_db()
    return True


def end_if_due(interview_session: InterviewSession, now: dt.datetime) -> bool:
    """End an interview whose deadline (with its grace) has passed, or in which no answer is left to give.

    Views call this when they meet such a session before a sweep does. False: there is still something to do.
    """
    if interview_session.status != SessionStatus.IN_PROGRESS:
        return False
    if not interview_session.accepts_answers_at(now):
        return submit_session(interview_session, EndedBy.DEADLINE, now)
    if Answer.objects.filter(interview_session=interview_session, status__in=EDITABLE_ANSWER_STATES).exists():
        return False
    return submit_session(interview_session, EndedBy.CANDIDATE, now)


def submit_expired(now: dt.datetime) -> int:
    """Submit every session past its deadline and grace, and those with no answer left to give; how many."""
    grace = dt.timedelta(seconds=settings.DEADLINE_GRACE_SECONDS)
    due = [
        *((one, EndedBy.DEADLINE) for one in InterviewSession.objects.past_deadline(now - grace)),
        *((one, EndedBy.CANDIDATE) for one in InterviewSession.objects.fully_answered()),
    ]
    return sum(submit_session(one, ended_by, now) for one, ended_by in due)

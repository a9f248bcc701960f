"""What other programs are told of interviews: ids, states and marks, in the transaction in which it happens.

Practice is told to nobody.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from grading.models import Grade
from grading.models_review import Appeal, Review
from grading.review.standing import Standing, standings
from interview_site.integrations.delivering import start_delivering
from interview_site.integrations.models import Endpoint, Event, EventKind
from interview_site.integrations.outbox import emit, wanting
from sessions.models import Answer, InterviewSession
from sessions.states import Mode, SessionStatus

# How far back a sweep looks for interviews that have become graded.
LOOK_BACK = dt.timedelta(days=30)


def session_submitted(interview_session: InterviewSession, ended_by: str, now: dt.datetime) -> None:
    _emit(
        EventKind.SESSION_SUBMITTED,
        interview_session,
        once=f"submitted:{interview_session.pk}",
        ended_by=ended_by,
        submitted_at=now,
    )


def review_submitted(review: Review) -> None:
    _emit(
        EventKind.REVIEW_SUBMITTED,
        review.interview_session,
        review=review.pk,
        reviewer=review.reviewer_id,
        recommendation=review.recommendation,
    )


def appeal_opened(appeal: Appeal, interview_session: InterviewSession) -> None:
    _emit(EventKind.APPEAL_OPENED, interview_session, appeal=str(appeal.pk), position=appeal.answer.position)


def appeal_decided(appeal: Appeal) -> None:
    _emit(
        EventKind.APPEAL_DECIDED,
        appeal.answer.interview_session,
        appeal=str(appeal.pk),
        position=appeal.answer.position,
        state=appeal.state,
        verdict=appeal.verdict,
    )


def tell_when_graded(grades: Iterable[Grade]) -> None:
    """After the commit of these grades: where they were the last ones of an interview, tell of it, and post it."""
    ids = {grade.answer.interview_session_id for grade in grades}
    transaction.on_commit(partial(_tell_now, ids), robust=True)


def _tell_now(session_ids: Collection[uuid.UUID]) -> None:
    now = timezone.now()
    if announce_graded(now, session_ids):
        start_delivering(now)


def announce_graded(now: dt.datetime, session_ids: Collection[uuid.UUID] | None = None) -> int:
    """Tell once of every submitted assessment in which each answer has a grade by now; how many.

    With session_ids, only of those. The sweep asks for all: of two last grades at the same moment neither sees the
    other, and an interview can be submitted after its last answer was graded. Where there is nothing to tell, that
    takes three queries, and one where nobody wants to hear of it.
    """
    endpoints = wanting(EventKind.SESSION_GRADED)
    if not endpoints:
        return 0
    graded = Grade.objects.standing().filter(answer=OuterRef("pk"))
    ungraded = Answer.objects.filter(~Exists(graded), interview_session=OuterRef("pk"))
    done = InterviewSession.objects.filter(
        ~Exists(ungraded),
        reduce(or_, [_concerns(endpoint) for endpoint in endpoints]),
        mode=Mode.ASSESSMENT,
        status=SessionStatus.SUBMITTED,
        submitted_at__gte=now - LOOK_BACK,
    )
    if session_ids is not None:
        done = done.filter(pk__in=session_ids)
    names = {f"graded:{one.pk}": one for one in done.only("pk", "template", "candidate", "mode", "status")}
    known = set(Event.objects.filter(once__in=names).values_list("once", flat=True))
    new = {name: one for name, one in names.items() if name not in known}
    found = standings([one.pk for one in new.values()]) if new else {}
    for name, interview_session in new.items():
        standing = found.get(interview_session.pk, Standing())
        with transaction.atomic():
            _emit(
                EventKind.SESSION_GRADED,
                interview_session,
                once=name,
                score=None if standing.points is None else float(standing.points),
                max_score=None if standing.max_points is None else float(standing.max_points),
                provisional=not standing.is_confirmed,
            )
    return len(new)


def _concerns(endpoint: Endpoint) -> Q:
    """Interviews that it is told of: its template's, if it has one, and none that were graded before it was made."""
    before = Grade.objects.standing().filter(answer=OuterRef("pk"), created_at__lt=endpoint.created_at)
    waiting = Answer.objects.filter(~Exists(before), interview_session=OuterRef("pk"))
    since = Q(submitted_at__gte=endpoint.created_at) | Q(Exists(waiting))
    return since if endpoint.template_id is None else since & Q(template=endpoint.template_id)


def _emit(kind: EventKind, interview_session: InterviewSession, *, once: str = "", **data: Any) -> None:
    if interview_session.mode != Mode.ASSESSMENT:
        return
    content = {
        "interview": str(interview_session.pk),
        "template": interview_session.template_id,
        "candidate": interview_session.candidate_id,
        **{
            key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in data.items()
        },
    }
    emit(kind, content, template_id=interview_session.template_id, once=once)

"""What came of it for the candidate: progress while grading runs, and the result."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.models import Grade, GradingJob, JobState
from grading.presenting import result_of
from grading.review.appeals import appeal_deadline, is_open
from grading.review.releasing import messages_for_candidate
from grading.submission import end_if_due
from interview_site.accounts.access import SignedInRequest, candidate_own
from sessions.models import Answer, InterviewSession
from sessions.states import AnswerStatus, EndedBy, SessionStatus

# Seconds between two polls of the same page; the last one repeats.
POLL_STEPS = (1, 1, 2, 3, 5, 8, 13, 20, 30)


def next_wait(request: SignedInRequest) -> int:
    """The wait after the one that the page says it has just made."""
    try:
        waited = int(request.GET.get("step", ""))
    except ValueError:
        return 0
    return min(max(waited, 0) + 1, len(POLL_STEPS) - 1)


def poll_context(request: SignedInRequest, *, pending: bool) -> dict[str, Any]:
    """poll_seconds and poll_step for a fragment that polls itself; None ends the polling."""
    step = next_wait(request)
    return {"poll_seconds": POLL_STEPS[step] if pending else None, "poll_step": step}


@candidate_own
@require_safe
@never_cache
def progress(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """The fragment on the question page: what has been graded while the candidate goes on."""
    graded = Grade.objects.filter(answer=OuterRef("pk"))
    # Without a job that lives nothing is on its way: it died, or the candidate chose to be read by people only.
    alive = GradingJob.objects.filter(answer=OuterRef("pk")).exclude(state=JobState.DEAD)
    submitted = list(
        Answer.objects.owned_by(request.user)
        .filter(interview_session=session_id, status=AnswerStatus.SUBMITTED)
        .annotate(has_grade=Exists(graded), is_dead=~Exists(alive))
        .only("position", "status", "interview_session")
        .order_by("position")
    )
    if not submitted:
        get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    pending = any(not answer.has_grade and not answer.is_dead for answer in submitted)
    context = {"session_id": session_id, "answers": submitted, **poll_context(request, pending=pending)}
    return render(request, "grading/_progress.html", context)


@candidate_own
@require_safe
@never_cache
def result(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """The whole result, or (polled) what has become graded since the page was made."""
    interview_session = get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    end_if_due(interview_session, timezone.now())
    if interview_session.status != SessionStatus.SUBMITTED:
        return redirect("interview", session_id)
    return _render_result(request, interview_session, "grading/result.html")


@candidate_own
@require_safe
@never_cache
def result_status(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """The polled fragment of the result page, with the cards that were graded since."""
    own = InterviewSession.objects.owned_by(request.user).filter(status=SessionStatus.SUBMITTED)
    return _render_result(request, get_object_or_404(own, pk=session_id), "grading/_result_status.html")


def _time_was_up(interview_session: InterviewSession) -> dict[str, list[int]] | None:
    """What the deadline handed in: positions with what was saved, and those left blank. None: it ended otherwise."""
    if interview_session.ended_by != EndedBy.DEADLINE:
        return None
    taken = interview_session.answers.filter(submitted_at=interview_session.submitted_at).order_by("position")
    found = list(taken.values_list("position", "final_text"))
    return {
        "written": [position for position, text in found if text],
        "blank": [position for position, text in found if not text],
    }


def _render_result(
    request: SignedInRequest, interview_session: InterviewSession, template: str
) -> HttpResponse:
    if not interview_session.candidate_may_see_marks:
        answers = interview_session.answers.all()
        hidden = {
            "interview_session": interview_session,
            "marks_hidden": True,
            "answers": answers,
            "time_was_up": _time_was_up(interview_session),
        }
        return render(request, "grading/result.html", hidden)
    outcome = result_of(interview_session)
    is_polled = template.endswith("_result_status.html")
    deadline = appeal_deadline(interview_session)
    seen = {part for part in request.GET.get("seen", "").split(",") if part}
    done = [card for card in outcome.cards if card.state != "grading"]
    context = {
        "interview_session": interview_session,
        "result": outcome,
        "cards": [card for card in done if str(card.position) not in seen],
        "seen": ",".join(str(card.position) for card in done),
        "marks_hidden": False,
        "can_practise_again": interview_session.is_practice,
        "can_appeal": is_open(deadline, timezone.now()),
        "appeal_deadline": deadline,
        "team_messages": messages_for_candidate(interview_session),
        "is_polled": is_polled,
        "time_was_up": None if is_polled else _time_was_up(interview_session),
        **poll_context(request, pending=not outcome.is_complete),
    }
    return render(request, template, context)

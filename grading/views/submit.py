"""Submitting an answer, and finishing the interview: the acts that start grading."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grading.submission import end_if_due, published_rubric_id, submit_answer, submit_session
from interview_site.accounts.access import SignedInRequest, candidate_own
from sessions.answer_text import is_blank
from sessions.forms import AnswerForm
from sessions.models import Answer, AnswerQuerySet, InterviewSession
from sessions.sittings import NotEditableError, remaining_seconds
from sessions.states import EndedBy, SessionStatus
from sessions.views.interview import answering, ask_which, not_accepted, own_answers, takes_answer

# The browser counts whole seconds, so its zero can come this much before ours.
BROWSER_AHEAD = dt.timedelta(seconds=1)


def with_grading(request: SignedInRequest) -> AnswerQuerySet:
    """The user's own answers, each with what its submit needs: the rubric, and where to go on."""
    return own_answers(request).with_next_position().annotate(rubric_id=published_rubric_id())


@answering(with_grading, may_be_blank=False)
def submit(request: SignedInRequest, answer: Answer, form: AnswerForm, now: dt.datetime) -> HttpResponse:
    """Freeze the answer and go to the next question: six queries, whatever the size of the interview."""
    rubric_id, next_position = cast(Any, answer).rubric_id, cast(Any, answer).next_position
    session_id = answer.interview_session_id
    text = form.cleaned_data["text"]
    if takes_answer(answer, now) and is_stale(answer, form):
        return ask_which(request, answer, text, now, tried="submitted", again="Submit again to hand in")
    try:
        submit_answer(answer, text, rubric_id, now)
    except NotEditableError:
        answer.refresh_from_db()
        if not (answer.is_submitted and answer.final_text == text):
            return not_accepted(request, answer, text)
        # The same answer a second time (a double click, a retry): the same page as the first time.
    if next_position is None:
        return redirect("result", session_id)
    if answer.interview_session.shows_marks_after_each:
        return redirect("answer-feedback", session_id, answer.position)
    return redirect("question", session_id, next_position)


def is_stale(answer: Answer, form: AnswerForm) -> bool:
    """Whether another window has saved a draft since this page was made that this text does not go on from."""
    revision = form.cleaned_data["revision"]
    if revision is None or revision >= answer.draft_revision:
        return False
    return not is_blank(answer.draft_text) and not form.cleaned_data["text"].startswith(
        answer.draft_text.rstrip()
    )


@candidate_own
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def finish(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask, then end the interview: drafts are submitted as they stand."""
    now = timezone.now()
    interview_session = get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    if interview_session.status == SessionStatus.NOT_STARTED:
        return redirect("interview", session_id)
    if request.method == "POST":
        # The browser's clock posts at zero, with that as its reason. Whose doing the end was is for ours to say.
        at = now + BROWSER_AHEAD if request.POST.get("reason") == "deadline" else now
        is_over = interview_session.deadline_at is not None and at >= interview_session.deadline_at
        submit_session(interview_session, EndedBy.DEADLINE if is_over else EndedBy.CANDIDATE, now)
        return redirect("result", session_id)
    if end_if_due(interview_session, now) or interview_session.status == SessionStatus.SUBMITTED:
        return redirect("result", session_id)
    answers = list(interview_session.answers.order_by("position"))
    remaining = [answer for answer in answers if not answer.is_submitted]
    context = {
        "interview_session": interview_session,
        "answers": answers,
        "blank_positions": [answer for answer in remaining if is_blank(answer.draft_text)],
        "draft_positions": [answer for answer in remaining if not is_blank(answer.draft_text)],
        "remaining_seconds": remaining_seconds(interview_session, now),
        "can_be_discarded": InterviewSession.objects.discardable(request.user).filter(pk=session_id).exists(),
    }
    return render(request, "grading/finish.html", context)

"""What one answer earned, while the interview goes on: for templates whose policy is "after each answer"."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.presenting import result_of
from grading.views.result import poll_context
from interview_site.accounts.access import SignedInRequest, candidate_own
from sessions.models import Answer
from sessions.sittings import remaining_seconds
from sessions.states import SessionStatus


@candidate_own
@require_safe
@never_cache
def feedback(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
    """The answer's card, as soon as it is graded, and the way to the next question. The clock goes on."""
    own = Answer.objects.owned_by(request.user).select_related("interview_session").with_next_position()
    answer = get_object_or_404(own, interview_session=session_id, position=position)
    interview_session = answer.interview_session
    if interview_session.status != SessionStatus.IN_PROGRESS:
        return redirect("interview", session_id)
    if not (answer.is_submitted and interview_session.shows_marks_after_each):
        return redirect("question", session_id, position)
    (card,) = result_of(interview_session, position=position).cards
    context = {
        "interview_session": interview_session,
        "answer": answer,
        "answers": interview_session.answers.only("position", "status", "interview_session").order_by(
            "position"
        ),
        "card": card,
        "next_position": cast(Any, answer).next_position,
        "remaining_seconds": remaining_seconds(interview_session, timezone.now()),
        **poll_context(request, pending=card.state == "grading"),
    }
    return render(request, "grading/feedback.html", context)

"""What was sent to a model for a grade and what came back, for the hiring team and admins."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.models import Grade
from grading.review.blinding import sight_of
from interview_site.accounts.access import SignedInRequest, hiring_team
from sessions.models import InterviewSession


@hiring_team
@require_safe
@never_cache
def exchange(request: SignedInRequest, grade_id: int) -> HttpResponse:
    """The calls behind one grade. A reviewer who must not see the machine's verdicts yet does not see them here."""
    readable = InterviewSession.objects.readable_by_hiring(request.user)
    grades = Grade.objects.filter(answer__interview_session__in=readable).select_related(
        "answer__interview_session"
    )
    grade = get_object_or_404(grades, pk=grade_id)
    interview_session = grade.answer.interview_session
    if not sight_of(interview_session, request.user).sees_others_on(grade.answer_id):
        raise Http404
    calls = list(grade.exchanges.all())
    for call in calls:
        call.raw_request, call.raw_response = pretty(call.raw_request), pretty(call.raw_response)
    context = {"grade": grade, "interview_session": interview_session, "calls": calls}
    return render(request, "grading/exchange.html", context)


def pretty(raw: str) -> str:
    """JSON with lines, for people; anything else as it is."""
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return raw

"""Practice: the candidate chooses what to be asked."""

import datetime as dt
import random
import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from interview_site.accounts.access import SignedInRequest, candidate_own
from interview_site.accounts.models import User
from questions.models import QuestionVersion, Topic
from sessions.drawing import NotEnoughQuestionsError, asked_before, draw
from sessions.forms import PracticeForm
from sessions.models import InterviewSession
from sessions.sittings import discard_practice, prepare_practice
from sessions.states import Mode

LAST_CHOICE = "practice_choice"  # in the browser's session: what was chosen for the last practice interview


@candidate_own
def practice(request: SignedInRequest) -> HttpResponse:
    """Choose topics, difficulty, number and time; then go to the lobby of the new session."""
    remembered = {} if "afresh" in request.GET else request.session.get(LAST_CHOICE, {})
    form = PracticeForm(request.POST or None, initial=remembered)
    if form.is_valid() and _has_begun_enough(request.user):
        form.add_error(None, "You have begun many interviews within an hour: finish one, or come back later.")
    elif form.is_valid():
        choice = form.cleaned_data
        try:
            versions = draw(
                topic_ids=choice["topics"],
                difficulties=choice["difficulties"],
                count=choice["question_count"],
                rng=random.SystemRandom(),
                asked_before=asked_before(request.user.pk),
            )
        except NotEnoughQuestionsError as error:
            form.add_error("question_count", _not_enough(error))
        else:
            interview_session = prepare_practice(
                request.user,
                versions,
                title=practice_title(choice["topics"]),
                time_limit_minutes=choice["time_limit_minutes"],
            )
            request.session[LAST_CHOICE] = choice
            return redirect("interview", interview_session.pk)
    context = {
        "form": form,
        "available": QuestionVersion.objects.ready().count(),
        "is_remembered": bool(remembered) and not form.is_bound,
    }
    return render(request, "sessions/practice.html", context, status=422 if form.is_bound else 200)


@candidate_own
@require_POST
def discard(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Throw away a practice interview of which nothing is submitted. Any other is kept, and the candidate told so."""
    if discard_practice(request.user, session_id):
        messages.success(request, "The interview is discarded.")
        return redirect("my-interviews")
    get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    messages.error(
        request, "This interview cannot be discarded: an answer is submitted, or you were invited to it."
    )
    return redirect("interview", session_id)


def _has_begun_enough(user: User) -> bool:
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    begun = InterviewSession.objects.filter(candidate=user, mode=Mode.PRACTICE, created_at__gt=hour_ago)
    return begun.count() >= settings.PRACTICE_PER_HOUR


def _not_enough(error: NotEnoughQuestionsError) -> str:
    if error.available == 0:
        return "No question matches this choice. Take in more topics or difficulties."
    only = f"Only {error.available} question{'s match' if error.available > 1 else ' matches'} this choice."
    return f"{only} Ask for fewer, or take in more topics or difficulties."


def practice_title(topic_ids: list[int]) -> str:
    """A title from the chosen topics: at most three of them by name."""
    titles = list(dict.fromkeys(Topic.objects.filter(pk__in=topic_ids).values_list("title", flat=True)))
    if not titles:
        return "All topics"
    if len(titles) > 3:
        return f"{', '.join(titles[:2])} and {len(titles) - 2} more topics"
    return ", ".join(titles)

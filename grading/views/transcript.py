"""The transcript for the hiring team, and the acts on a whole interview: lease, scorecard, confirm, release."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from grading.forms import ScorecardForm
from grading.models_review import Recommendation, Review
from grading.review import leases, scorecards
from grading.review.appeals import appeal_deadline
from grading.review.blinding import sight_of
from grading.review.human_grading import GradeConflictError, confirm
from grading.review.releasing import release as release_marks
from grading.review.signals import judge
from grading.review.transcript import Transcript, transcript_of
from interview_site.accounts import audit
from interview_site.accounts.access import SignedInRequest, hiring_team
from sessions.models import Answer, InterviewSession


def readable(request: SignedInRequest, session_id: uuid.UUID) -> InterviewSession:
    """A submitted assessment of the reviewer's teams, with its candidate; 404 for everything else."""
    rows = InterviewSession.objects.readable_by_hiring(request.user).select_related("candidate")
    return get_object_or_404(rows, pk=session_id)


def readable_answer(request: SignedInRequest, session_id: uuid.UUID, position: int) -> Answer:
    """One answer of such an interview, with its interview and its question."""
    answers = Answer.objects.filter(
        interview_session__in=InterviewSession.objects.readable_by_hiring(request.user)
    ).select_related("interview_session__candidate", "question_version")
    return get_object_or_404(answers, interview_session=session_id, position=position)


@hiring_team
@require_safe
@never_cache
def transcript(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """An assessment as its hiring team reads it. Practice is a 404 for everybody here."""
    interview_session = readable(request, session_id)
    shown = transcript_of(interview_session, request.user, timezone.now())
    return _render(request, interview_session, shown, _form_of(shown.own))


def _form_of(review: Review | None) -> ScorecardForm:
    if review is None:
        return ScorecardForm(initial={"version": 0})
    fields = ("recommendation", "notes", "message", "version")
    return ScorecardForm(initial={name: getattr(review, name) for name in fields})


def _render(
    request: SignedInRequest,
    interview_session: InterviewSession,
    shown: Transcript,
    form: ScorecardForm,
    status: int = 200,
) -> HttpResponse:
    lease = shown.lease
    is_mine = lease is not None and lease.reviewer_id == request.user.pk
    context = {
        "interview_session": interview_session,
        "candidate": interview_session.candidate,
        "transcript": shown,
        "result": shown.result,
        "form": form,
        "lease": lease,
        "lease_is_mine": is_mine,
        "appeal_deadline": appeal_deadline(interview_session),
        "marks_hidden": False,
    }
    return render(request, "grading/transcript.html", context, status=status)


@hiring_team
@require_POST
def lease(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Take the interview, take it over from somebody, or give it back."""
    interview_session = readable(request, session_id)
    now = timezone.now()
    act = request.POST.get("act")
    if act == "back":
        leases.give_back(interview_session, request.user)
        messages.success(request, "Others can take this interview now.")
    elif act == "over":
        other = leases.held_by_other(interview_session, request.user, now)
        leases.take_over(interview_session, request.user, now)
        audit.record(
            request.user,
            "lease.taken_over",
            interview_session,
            before={"reviewer": other and other.reviewer_id},
        )
        messages.success(request, "You are grading this interview now. What others wrote is kept.")
    else:
        held = leases.take(interview_session, request.user, now)
        if held.reviewer_id != request.user.pk:
            messages.warning(request, f"{held.reviewer} is grading this interview already.")
    return redirect("transcript", session_id)


@hiring_team
@require_POST
@never_cache
def scorecard(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Save the draft, or submit it. Who writes on an older version is shown both."""
    interview_session = readable(request, session_id)
    now = timezone.now()
    form = ScorecardForm(request.POST)
    if not form.is_valid():
        shown = transcript_of(interview_session, request.user, now)
        return _render(request, interview_session, shown, form, status=422)
    is_final = request.POST.get("act") == "submit"
    opens = not sight_of(interview_session, request.user).sees_all
    write = scorecards.submit if is_final else scorecards.save
    try:
        write(interview_session, request.user, form.card, form.cleaned_data["version"] or 0, now)
    except scorecards.StaleScorecardError as error:
        context = {
            "interview_session": interview_session,
            "stored": error.stored,
            "sent": form.card,
            "sent_recommendation": dict(Recommendation.choices).get(form.card.recommendation, ""),
        }
        return render(request, "grading/scorecard_conflict.html", context, status=409)
    except scorecards.NoRecommendationError as error:
        form.add_error("recommendation", str(error))
        shown = transcript_of(interview_session, request.user, now)
        return _render(request, interview_session, shown, form, status=422)
    leases.take(interview_session, request.user, now)
    if is_final:
        leases.give_back(interview_session, request.user)
        more = " What others and the machine said is open to you now." if opens else ""
        messages.success(request, f"Your scorecard is in.{more}")
    else:
        messages.success(request, "Draft saved.")
    return redirect("transcript", session_id)


@hiring_team
@require_POST
def confirm_marks(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Stand for the machine's marks that are open to the reviewer: of one answer, or of all that nobody confirmed.

    Each has to be the grade that the page showed. One transaction an answer: a conflict on one leaves the others.
    """
    interview_session = readable(request, session_id)
    now = timezone.now()
    shown = transcript_of(interview_session, request.user, now)
    asked = set(request.POST.getlist("grade"))
    confirmed, missed = 0, []
    for reading in shown.confirmable:
        grade = reading.card.grade
        if grade is None or str(grade.pk) not in asked:
            continue
        try:
            confirm(reading.card.answer, request.user, shown=grade.pk, now=now)
            confirmed += 1
        except GradeConflictError:
            missed.append(str(reading.card.position))
    if confirmed:
        leases.take(interview_session, request.user, now)
        messages.success(request, f"You stand for {confirmed} mark{'s' if confirmed > 1 else ''} now.")
    if missed or not confirmed:
        where = f" to question {', '.join(missed)}" if missed else ""
        messages.warning(request, f"Something has changed{where} since the page was made. Look again.")
    return redirect("transcript", session_id)


@hiring_team
@require_POST
def release(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Show the marks to the candidate, as far as the policy goes."""
    interview_session = readable(request, session_id)
    if release_marks(interview_session, request.user, timezone.now()):
        messages.success(request, f"Released: {interview_session.candidate} sees the result now.")
    else:
        messages.info(request, "The result was released before.")
    return redirect("transcript", session_id)


@hiring_team
@require_POST
def signal(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
    """A person's relevant or not relevant on one signal. No score follows from it."""
    answer = readable_answer(request, session_id, position)
    shown = transcript_of(answer.interview_session, request.user, timezone.now())
    facts = next(one.facts for one in shown.readings if one.card.answer.pk == answer.pk)
    key, verdict = request.POST.get("signal", ""), request.POST.get("relevant", "")
    if key in {one.key for one in facts.signals} and verdict in {"yes", "no"}:
        judge(answer, key, request.user, timezone.now(), is_relevant=verdict == "yes")
    else:
        messages.error(request, "That signal is not there any more.")
    return redirect(f"{reverse('transcript', args=[session_id])}#question-{position}")

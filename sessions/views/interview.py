"""The sitting: lobby, start, questions, drafts, skipping. Submitting starts grading and lives there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview_site.accounts.access import SignedInRequest, View, candidate_own
from questions.rendering import to_html
from sessions import sittings
from sessions.answer_text import cleaned
from sessions.drawing import NotEnoughQuestionsError
from sessions.forms import AnswerForm
from sessions.hiring_forms import AcceptForm
from sessions.models import Answer, AnswerQuerySet, InterviewSession, Invitation
from sessions.states import EventKind, Route, SessionStatus
from sessions.views.signed_out import keeping_text


@candidate_own
@require_safe
@never_cache
def interview(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """The lobby before the start, the next question during, the result after."""
    own = InterviewSession.objects.owned_by(request.user).select_related("invitation")
    interview_session = get_object_or_404(own, pk=session_id)
    if interview_session.status == SessionStatus.SUBMITTED:
        return redirect("result", session_id)
    if interview_session.status == SessionStatus.IN_PROGRESS:
        return redirect_onwards(interview_session)
    context = {
        "interview_session": interview_session,
        "question_count": interview_session.answers.count(),
        "notice_html": to_html(interview_session.notice),
        "grader_name": grader_name(),
        "can_start": interview_session.can_start_at(timezone.now()),
        # Who came by a link has agreed already.
        "form": None
        if interview_session.is_practice or interview_session.notice_accepted_at
        else AcceptForm(),
    }
    return render(request, "sessions/lobby.html", context)


def grader_name() -> str:
    """Who grades first as things are set up, for the candidate to read before the start."""
    if not settings.GRADING_MODEL:
        return "Offline grader"
    if settings.GRADING_FALLBACK == "offline":
        return f"{settings.GRADING_MODEL}, or the offline grader while it is away"
    return str(settings.GRADING_MODEL)


def redirect_onwards(interview_session: InterviewSession, after: int = 0) -> HttpResponse:
    """To the next question, or to the result when none is left or the time is over."""
    position = sittings.next_position(interview_session, after)
    if position is None or not interview_session.accepts_answers_at(timezone.now()):
        return redirect("result", interview_session.pk)
    return redirect("question", interview_session.pk, position)


@candidate_own
@require_POST
def start(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Start the clock. A second click starts nothing."""
    interview_session = get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    now = timezone.now()
    if not interview_session.is_practice and interview_session.notice_accepted_at is None:
        if "accept" not in request.POST:
            messages.error(request, "Please confirm that you have read how this interview works.")
            return redirect("interview", session_id)
        route = request.POST.get("route", Route.MACHINE_FIRST)
        sittings.accept_notice(
            interview_session, Route(route) if route in Route else Route.MACHINE_FIRST, now
        )
    try:
        sittings.start(interview_session, now)
    except sittings.InvitationClosedError:
        messages.error(
            request, "This invitation has expired or was withdrawn. Ask whoever invited you for a new one."
        )
        return redirect("home")
    return redirect("interview", session_id)


@candidate_own
@require_POST
def start_invitation(request: SignedInRequest, pk: int) -> HttpResponse:
    """From an invitation to the lobby of its one session."""
    invitation = get_object_or_404(Invitation, pk=pk, candidate=request.user)
    try:
        interview_session = sittings.open_invitation(invitation, timezone.now())
    except sittings.InvitationClosedError:
        messages.error(
            request, "This invitation has expired or was withdrawn. Ask whoever invited you for a new one."
        )
        return redirect("home")
    except NotEnoughQuestionsError:
        messages.error(
            request, "This interview cannot start yet: its questions are not ready. Your invitation is kept."
        )
        return redirect("home")
    return redirect("interview", interview_session.pk)


@candidate_own
@require_safe
@never_cache
def question(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
    """One question, with what has been typed so far."""
    now = timezone.now()
    answers = sitting(request, session_id)
    answer = next((one for one in answers if one.position == position), None)
    if answer is None:
        return redirect("interview", session_id)
    if not answer.interview_session.accepts_answers_at(now):
        return redirect("interview", session_id)
    sittings.note_first_shown(answer, now)
    form = AnswerForm(initial={"text": answer.draft_text, "revision": answer.draft_revision})
    return render_question(request, answer, answers, form, now)


def sitting(request: SignedInRequest, session_id: uuid.UUID) -> list[Answer]:
    """The session's answers in order, each with version and session: one query. 404 where it is not the user's."""
    answers = list(
        Answer.objects.owned_by(request.user)
        .filter(interview_session=session_id)
        .select_related("interview_session", "question_version")
        .defer(
            "question_version__reference_answer",
            "question_version__explanation",
            "question_version__grader_note",
        )
        .order_by("position")
    )
    if not answers:
        get_object_or_404(InterviewSession.objects.owned_by(request.user), pk=session_id)
    return answers


def render_question(
    request: SignedInRequest,
    answer: Answer,
    answers: list[Answer],
    form: AnswerForm,
    now: dt.datetime,
    status: int = 200,
) -> HttpResponse:
    """The question page. The form holds what the candidate typed, accepted or not."""
    open_answers = [one for one in answers if not one.is_submitted]
    context: dict[str, Any] = {
        "interview_session": answer.interview_session,
        "answer": answer,
        "answers": answers,
        "prompt_html": to_html(answer.question_version.prompt),
        "form": form,
        "max_characters": settings.ANSWER_MAX_CHARACTERS,
        "now": now,
        "remaining_seconds": sittings.remaining_seconds(answer.interview_session, now),
        "open_count": len(open_answers),
        "is_last_open": open_answers == [answer],
        "next_position": sittings.following(
            [(one.position, one.status) for one in open_answers], answer.position
        ),
        "submitted_count": len(answers) - len(open_answers),
    }
    return render(request, "sessions/interview.html", context, status=status)


def not_accepted(request: SignedInRequest, answer: Answer, text: str) -> HttpResponse:
    """An answer that came too late or a second time: say so, and give the text back."""
    answer.refresh_from_db()
    interview_session = answer.interview_session
    interview_session.refresh_from_db()
    if answer.is_submitted:
        reason = f"Your answer to question {answer.position} is submitted and cannot be changed any more."
        kept = "The submitted answer is kept as it was."
    elif interview_session.status == SessionStatus.NOT_STARTED:
        reason, kept = "The interview has not started yet.", "Nothing was stored."
    else:
        reason = "The time for this interview is over."
        kept = "What was saved before the end is submitted."
    is_late = interview_session.status != SessionStatus.NOT_STARTED
    if is_late and text and text != answer.final_text:
        is_running = interview_session.status == SessionStatus.IN_PROGRESS and answer.is_submitted
        sittings.record(answer, EventKind.LATE, characters=len(text), is_running=is_running)
    context = {
        "interview_session": interview_session,
        "reason": reason,
        "kept": kept,
        "text": text,
        "answer": answer,
        "remaining_seconds": sittings.remaining_seconds(interview_session),
    }
    return render(request, "sessions/not_accepted.html", context, status=409)


def takes_answer(answer: Answer, now: dt.datetime) -> bool:
    """Whether the answer can be written on: not submitted, its interview in progress. Needs the session."""
    return not answer.is_submitted and answer.interview_session.accepts_answers_at(now)


def own_answers(request: SignedInRequest) -> AnswerQuerySet:
    """The user's own answers, each with its session."""
    return Answer.objects.owned_by(request.user).select_related("interview_session")


@candidate_own
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def save_draft(request: SignedInRequest, session_id: uuid.UUID, position: int) -> JsonResponse:
    """Autosave, and facts about the sitting (pasted, left the tab). Answers in JSON; a GET tells what is saved."""
    now = timezone.now()
    answer = get_object_or_404(own_answers(request), interview_session=session_id, position=position)
    if request.method != "POST":
        text = answer.final_text if answer.is_submitted else answer.draft_text
        return JsonResponse({"text": text, "revision": answer.draft_revision})
    if takes_answer(answer, now):
        _record_facts(request, answer)
    if "text" not in request.POST:
        return JsonResponse({"revision": answer.draft_revision})
    form = AnswerForm(request.POST, may_be_blank=True)
    if not form.is_valid():
        complaints = [str(complaint) for errors in form.errors.values() for complaint in errors]
        return JsonResponse({"error": " ".join(complaints)}, status=422)
    try:
        revision = sittings.save_draft(
            answer, form.cleaned_data["text"], form.cleaned_data["revision"] or 0, now
        )
    except sittings.StaleDraftError:
        return JsonResponse(
            {"error": "This answer was changed in another window. Reload to see it; copy your text first."},
            status=409,
        )
    except sittings.NotEditableError:
        return JsonResponse({"error": "This answer is submitted or the time is over."}, status=409)
    if revision == 1:
        sittings.record(answer, EventKind.DRAFT_SAVED)
    return JsonResponse({"revision": revision, "saved_at": now.isoformat()})


def _record_facts(request: SignedInRequest, answer: Answer) -> None:
    """How the answer comes to be. What a window that was left open does afterwards is nobody's business."""
    pasted = request.POST.get("pasted", "")
    if pasted.isascii() and pasted.isdigit():
        sittings.record(answer, EventKind.PASTED, characters=min(int(pasted[:9]), 10_000_000))
    if request.POST.get("left_tab"):
        sittings.record(answer, EventKind.LEFT_TAB)


Acting = Callable[[SignedInRequest, Answer, AnswerForm, dt.datetime], HttpResponse]


def answering(
    answers: Callable[[SignedInRequest], AnswerQuerySet], *, may_be_blank: bool
) -> Callable[[Acting], View]:
    """What all buttons below an answer begin with: the candidate's own answer out of `answers`, and a valid form.

    A GET is a reload of a page that said why something was not accepted; it leads back to the question. What the form
    does not take is shown again with the reason; where nothing is taken any more, or not yet, without the question.
    """

    def opened(act: Acting) -> View:
        @candidate_own
        @keeping_text
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(act)
        def view(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
            if request.method != "POST":
                return redirect("question", session_id, position)
            now = timezone.now()
            answer = get_object_or_404(answers(request), interview_session=session_id, position=position)
            form = AnswerForm(request.POST, may_be_blank=may_be_blank)
            if form.is_valid():
                return act(request, answer, form, now)
            if not takes_answer(answer, now):
                return not_accepted(request, answer, cleaned(request.POST.get("text", "")))
            whole = sitting(request, session_id)
            current = next(one for one in whole if one.position == position)
            return render_question(request, current, whole, form, now, status=422)

        return view

    return opened


@answering(own_answers, may_be_blank=True)
def save(request: SignedInRequest, answer: Answer, form: AnswerForm, now: dt.datetime) -> HttpResponse:
    """Save the draft by hand and stay: for browsers in which nothing saves itself."""
    text, revision = form.cleaned_data["text"], form.cleaned_data["revision"] or 0
    try:
        sittings.save_draft(answer, text, revision, now)
    except sittings.StaleDraftError:
        answer.refresh_from_db(fields=["draft_text", "draft_revision"])
        if answer.draft_text != text:
            return ask_which(request, answer, text, now, tried="saved", again="Save again to keep")
    except sittings.NotEditableError:
        return not_accepted(request, answer, text)
    return redirect("question", answer.interview_session_id, answer.position)


def ask_which(
    request: SignedInRequest, answer: Answer, text: str, now: dt.datetime, *, tried: str, again: str
) -> HttpResponse:
    """Show both texts: trying again takes the one in the form. Nothing has been changed."""
    form = AnswerForm({"text": text, "revision": answer.draft_revision})
    form.add_error(
        "text",
        f"Another window has saved a different text since this page was opened, so nothing was {tried} yet. "
        f"{again} the text below. The other one is: “{answer.draft_text}”",
    )
    whole = sitting(request, answer.interview_session_id)
    current = next(one for one in whole if one.position == answer.position)
    return render_question(request, current, whole, form, now, status=409)


@answering(own_answers, may_be_blank=True)
def skip(request: SignedInRequest, answer: Answer, form: AnswerForm, now: dt.datetime) -> HttpResponse:
    """Put a question off; what was typed is kept as its draft."""
    try:
        sittings.skip(answer, form.cleaned_data["text"], now, form.cleaned_data["revision"])
    except sittings.NotEditableError:
        return not_accepted(request, answer, form.cleaned_data["text"])
    return redirect_onwards(answer.interview_session, after=answer.position)

"""Grading by hand: one answer, criterion by criterion; drafts; what to do when two people did it at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from grading.forms import from_draft, from_scores, judgements_from, rows_for
from grading.marking import marked
from grading.models import Criterion, CriterionScore, Grade
from grading.models_review import GradeDraft
from grading.presenting import shown_criteria, verdicts_of
from grading.rationales import said_of
from grading.review import leases
from grading.review.blinding import Sight, sight_of
from grading.review.human_grading import (
    GradeConflictError,
    IncompleteError,
    Judgement,
    StaleDraftError,
    draft_of,
    grade_by_hand,
    newest_by_machine,
    newest_by_person,
    nothing_met,
    rubric_to_grade_by,
    save_draft,
)
from grading.views.transcript import readable_answer
from interview_site.accounts.access import SignedInRequest, hiring_team
from questions.rendering import inline_html, to_html
from sessions.models import Answer


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def grade(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
    """The form, with what I wrote last; a POST submits it, or keeps it as a draft."""
    answer = readable_answer(request, session_id, position)
    sight = sight_of(answer.interview_session, request.user)
    criteria = list(rubric_to_grade_by(answer).criteria.all())
    if request.method != "POST":
        return _form(request, answer, sight, criteria)
    now = timezone.now()
    is_blank = answer.is_blank and request.POST.get("act") == "blank"
    sent = nothing_met(criteria) if is_blank else judgements_from(request.POST, criteria)
    sees = sight.sees_others_on(answer.pk)
    try:
        if request.POST.get("act") == "draft":
            version = _whole_number(request.POST.get("version", "")) or 0
            save_draft(answer, request.user, sent, version, now)
            leases.take(answer.interview_session, request.user, now)
            messages.success(request, "Draft saved.")
            return redirect("grade-answer", session_id, position)
        base = _whole_number(request.POST.get("base", ""))
        grade_by_hand(answer, request.user, sent, base=base, sees_machine=sees, now=now)
    except IncompleteError as error:
        return _form(request, answer, sight, criteria, sent, error.complaints, status=422)
    except StaleDraftError as error:
        stored = from_draft(error.stored)
        return _conflict(request, answer, criteria, sent, stored, version=error.stored.version)
    except GradeConflictError as error:
        theirs = _own_words(error.theirs) if error.theirs else {}
        return _conflict(request, answer, criteria, sent, theirs, theirs_grade=error.theirs)
    leases.take(answer.interview_session, request.user, now)
    messages.success(request, f"Your grade for question {position} is in.")
    following = _next_ungraded(answer, sight)
    return (
        redirect("grade-answer", session_id, following) if following else redirect("transcript", session_id)
    )


@hiring_team
@require_POST
@never_cache
def draft(request: SignedInRequest, session_id: uuid.UUID, position: int) -> HttpResponse:
    """Autosave: answers with the line that says so, and the next version."""
    answer = readable_answer(request, session_id, position)
    criteria = list(rubric_to_grade_by(answer).criteria.all())
    now = timezone.now()
    version = _whole_number(request.POST.get("version", "")) or 0
    context: dict[str, object] = {"saved_at": now}
    status = 200
    try:
        sent = judgements_from(request.POST, criteria)
        context["version"] = save_draft(answer, request.user, sent, version, now)
        leases.take(answer.interview_session, request.user, now)
    except StaleDraftError:
        context["is_stale"] = True
        status = 409
    return render(request, "grading/_draft_status.html", context, status=status)


def _next_ungraded(answer: Answer, sight: Sight) -> int | None:
    """The next answer that I have not graded; None where none is left."""
    positions = answer.interview_session.answers.exclude(pk__in=[*sight.judged, answer.pk])
    later = positions.order_by("position").values_list("position", flat=True)
    return next((one for one in later if one > answer.position), later.first())


def _form(
    request: SignedInRequest,
    answer: Answer,
    sight: Sight,
    criteria: list[Criterion],
    sent: Mapping[str, Judgement] | None = None,
    complaints: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    sees = sight.sees_others_on(answer.pk)
    by_machine = newest_by_machine(answer) if sees else None
    machine = _by_criterion(by_machine)
    draft = draft_of(answer, request.user)
    mine = answer.grades.by_effect().filter(grader="human", graded_by=request.user).first()
    newest = newest_by_person(answer)
    counting = (newest or by_machine) if sees else None
    if sent is None:
        sent = _prefilled(draft, mine, counting)
    shown, spans = shown_criteria(by_machine, as_in_rubric=True) if by_machine else ((), [])
    title, _, rest = answer.question_version.prompt.strip().partition("\n")
    positions = list(answer.interview_session.answers.order_by("position").values_list("position", flat=True))
    rows = rows_for(criteria, sent, machine, complaints or {})
    misconceptions = [row for row in rows if row.is_misconception]
    context = {
        "interview_session": answer.interview_session,
        "candidate": answer.interview_session.candidate,
        "answer": answer,
        "title_html": inline_html(title),
        "prompt_rest_html": to_html(rest) if rest.strip() else "",
        "reference_html": to_html(answer.question_version.reference_answer),
        "note_html": to_html(answer.question_version.grader_note),
        "segments": marked(answer.final_text, verdicts_of(shown), spans),
        "rows": rows,
        "misconceptions": misconceptions
        and {"count": len(misconceptions), "is_open": any(row.is_open for row in misconceptions)},
        "has_complaints": bool(complaints),
        "machine_grade": by_machine,
        "counting": counting,
        "is_hidden": not sees,
        "draft": draft,
        "mine": mine,
        "base": newest.pk if newest else "",
        "lease": leases.held_by_other(answer.interview_session, request.user, timezone.now()),
        "previous": max((one for one in positions if one < answer.position), default=None),
        "next": min((one for one in positions if one > answer.position), default=None),
        "total": len(positions),
    }
    return render(request, "grading/grade.html", context, status=status)


def _by_criterion(grade: Grade | None) -> dict[str, CriterionScore]:
    if grade is None:
        return {}
    rows = grade.criterion_scores.prefetch_related("evidence")
    return {str(row.criterion_id): row for row in rows if row.criterion_id}


def _own_words(grade: Grade) -> dict[str, Judgement]:
    """A person's grade, without the reasons that were the machine's."""
    return from_scores(grade.criterion_scores.all(), with_reasons=True, said=said_of(grade.answer))


def _prefilled(draft: GradeDraft | None, mine: Grade | None, counting: Grade | None) -> dict[str, Judgement]:
    """My draft, else my grade, else (where I may see it) what counts now, so that one override is one click."""
    if draft is not None:
        return from_draft(draft)
    if mine is not None:
        return _own_words(mine)
    if counting is not None:
        return from_scores(counting.criterion_scores.all(), with_reasons=False)
    return {}


def _conflict(
    request: SignedInRequest,
    answer: Answer,
    criteria: list[Criterion],
    sent: Mapping[str, Judgement],
    theirs: Mapping[str, Judgement],
    *,
    version: int | None = None,
    theirs_grade: Grade | None = None,
) -> HttpResponse:
    """Both versions side by side. Sending mine again is knowingly then; theirs stays in the history."""
    mine_rows = rows_for(criteria, sent, {}, {})
    their_rows = rows_for(criteria, theirs, {}, {})
    context = {
        "interview_session": answer.interview_session,
        "answer": answer,
        "title_html": inline_html(answer.question_version.title),
        "pairs": list(zip(mine_rows, their_rows, strict=True)),
        "theirs_grade": theirs_grade,
        "version": version,
    }
    return render(request, "grading/grade_conflict.html", context, status=409)

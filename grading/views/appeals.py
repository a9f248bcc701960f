"""Appeals: the candidate contests one criterion, a second person decides."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grading.forms import AppealDecisionForm, AppealForm
from grading.marking import marked
from grading.models import Verdict, label_of
from grading.models_review import Appeal
from grading.presenting import shown_criteria, verdicts_of
from grading.rationales import beyond, said_of
from grading.review.appeals import (
    AppealClosedError,
    AppealedBeforeError,
    DecidedError,
    NotIndependentError,
    appeal_deadline,
    contestable,
    decide,
    first_reviewers,
    is_open,
    open_appeal,
)
from interview_site.accounts.access import SignedInRequest, candidate_own, hiring_team
from questions.rendering import inline_html, to_html
from sessions.models import Answer, InterviewSession


@candidate_own
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contest(request: SignedInRequest, session_id: uuid.UUID, position: int, score_id: int) -> HttpResponse:
    """The candidate says why one criterion should be judged differently."""
    answers = Answer.objects.owned_by(request.user).select_related("interview_session", "question_version")
    answer = get_object_or_404(answers, interview_session=session_id, position=position)
    interview_session = answer.interview_session
    if not interview_session.candidate_may_see_marks or interview_session.is_practice:
        raise Http404
    now = timezone.now()
    score = get_object_or_404(contestable(answer).prefetch_related("evidence"), pk=score_id)
    deadline = appeal_deadline(interview_session)
    existing = Appeal.objects.filter(answer=answer, criterion=score.criterion_id).first()
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            open_appeal(answer, score, form.cleaned_data["reason"].strip(), now)
        except AppealClosedError:
            messages.error(request, "The time for appeals is over. Nothing was sent.")
        except AppealedBeforeError:
            messages.info(request, "You have contested this criterion before: once is enough.")
        else:
            messages.success(
                request, "Your appeal is in. Somebody who has not graded this answer will decide."
            )
        return redirect(f"{reverse('result', args=[session_id])}#question-{position}")
    context = {
        "interview_session": interview_session,
        "answer": answer,
        "title_html": inline_html(answer.question_version.title),
        "score": score,
        "segments": marked(answer.final_text, {}, []),
        "text_html": inline_html(score.text),
        "rationale_html": inline_html(beyond(score.rationale, score.text)),
        "form": form,
        "existing": existing,
        "is_open": is_open(deadline, now),
        "deadline": deadline,
    }
    return render(request, "grading/contest.html", context, status=422 if form.errors else 200)


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appeal(request: SignedInRequest, appeal_id: uuid.UUID) -> HttpResponse:
    """What is contested and why, and (for somebody who had no part in it) the decision."""
    readable = InterviewSession.objects.readable_by_hiring(request.user)
    rows = Appeal.objects.filter(answer__interview_session__in=readable).select_related(
        "answer__interview_session__candidate", "answer__question_version", "contested__grade__graded_by",
        "criterion", "decided_by",
    )  # fmt: skip
    one = get_object_or_404(rows, pk=appeal_id)
    kind = one.criterion.kind
    form = AppealDecisionForm(request.POST or None, appeal=one)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            try:
                decide(one, request.user, Verdict(data["verdict"]), data["reason"], timezone.now())
            except NotIndependentError:
                messages.error(request, "You had a part in this mark: somebody else has to decide.")
            except DecidedError:
                messages.warning(
                    request, "Somebody else has decided meanwhile. Theirs stands; yours was not stored."
                )
            else:
                messages.success(request, "Decided. The candidate and the first reviewer are told.")
            return redirect("appeal", appeal_id)
        status = 422
    answer = one.answer
    criteria, spans = shown_criteria(one.contested.grade)
    number = next((c.number for c in criteria if c.score_id == one.contested_id), None)
    context = {
        "appeal": one,
        "interview_session": answer.interview_session,
        "candidate": answer.interview_session.candidate,
        "answer": answer,
        "title_html": inline_html(answer.question_version.title),
        "reference_html": to_html(answer.question_version.reference_answer),
        "segments": marked(
            answer.final_text, verdicts_of(criteria), [span for span in spans if span[2] == number]
        ),
        "text_html": inline_html(one.contested.text),
        "rationale_html": inline_html(beyond(one.contested.rationale, one.contested.text)),
        "is_machines_word": (one.contested.criterion_id, one.contested.rationale) in said_of(answer),
        "verdict_label": label_of(Verdict(one.verdict), kind) if one.verdict else "",
        "form": form,
        "may_decide": not one.is_decided and request.user.pk not in first_reviewers(one),
    }
    return render(request, "grading/appeal.html", context, status=status)

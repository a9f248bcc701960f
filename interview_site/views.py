"""Home: what each kind of user sees first. Read-only pages across apps, a fixed number of queries each."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, DecimalField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.llm.status import notice
from grading.models import Grade, Grader, GradingJob, JobState
from grading.models_review import Review
from grading.review.blinding import reads_blind
from interview_site.accounts.access import SignedInRequest, candidate_own, hiring_team, public
from sessions.models import Answer, InterviewSession, Invitation
from sessions.states import AnswerStatus, SessionStatus

PAGE_SIZE = 20


@public
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Says ok when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What could not be read; of too much at once the limit is named. Not to be looked at with request.POST."""
    too_much = isinstance(exception, RequestDataTooBig)
    limit = filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE) if too_much else ""
    return render(request, "400.html", {"limit": limit}, status=413 if too_much else 400)


@public
@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponseBase:
    """The landing page, the candidate's dashboard, or the hiring team's list."""
    if not request.user.is_authenticated:
        return render(request, "interview_site/landing.html", {"sign_up_open": settings.SIGN_UP_OPEN})
    signed_in = cast(SignedInRequest, request)
    return assessments(signed_in) if signed_in.user.is_hiring_manager else my_interviews(signed_in)


@candidate_own
@require_safe
@never_cache
def my_interviews(request: SignedInRequest) -> HttpResponse:
    """Interviews under way, invitations, and past ones with their marks."""
    own = InterviewSession.objects.owned_by(request.user)
    in_progress = counted(own.under_way(timezone.now())).order_by("-created_at", "pk")
    past = scored(counted(own.filter(status=SessionStatus.SUBMITTED))).order_by("-submitted_at")
    invitations = (
        Invitation.objects.filter(candidate=request.user, revoked_at=None, interview_session=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        .select_related("template")[:20]
    )
    page = Paginator(past, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "in_progress": Paginator(in_progress, PAGE_SIZE).get_page(request.GET.get("open")),
        "invitations": invitations,
        "page": page,
        "past": page.object_list,
    }
    if request.user.is_admin:
        context["model_notice"] = notice(timezone.now())
    return render(request, "interview_site/dashboard.html", context)


@hiring_team
@require_safe
@never_cache
def assessments(request: SignedInRequest) -> HttpResponse:
    """Submitted assessments of the manager's teams, newest first: their home page; admins practise on theirs.

    Who is to read blind sees no marks here, either.
    """
    readable = InterviewSession.objects.readable_by_hiring(request.user).order_by("-submitted_at", "pk")
    page = Paginator(readable.only("pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    own = Review.objects.submitted().filter(interview_session=OuterRef("pk"), reviewer=request.user)
    # Marks are added up for the page alone, whatever the number of interviews.
    shown = InterviewSession.objects.filter(pk__in=[row.pk for row in page.object_list])
    rows = scored(counted(shown.select_related("candidate"))).annotate(is_reviewed_by_me=Exists(own))
    page.object_list = rows.order_by("-submitted_at", "pk")
    for row in page.object_list:
        row.marks_are_hidden = reads_blind(row) and not row.is_reviewed_by_me  # type: ignore[attr-defined]
    context = {"page": page, "model_notice": notice(timezone.now())}
    return render(request, "interview_site/hiring_dashboard.html", context)


def counted(rows: QuerySet[InterviewSession]) -> QuerySet[InterviewSession]:
    """Adds question_count and answered_count."""
    answered = Q(answers__status=AnswerStatus.SUBMITTED) & ~Q(answers__final_text="")
    return rows.annotate(question_count=Count("answers"), answered_count=Count("answers", filter=answered))


def scored(rows: QuerySet[InterviewSession]) -> QuerySet[InterviewSession]:
    """Adds points and max_points of the effective grades; of answers graded_count, pending_count, and
    provisional_count: those without a mark that a person stands for.
    """
    effective = Grade.objects.by_effect().filter(answer=OuterRef("pk"))
    per_answer = Answer.objects.filter(interview_session=OuterRef("pk")).annotate(
        effective_score=Subquery(effective.values("score")[:1]),
        effective_max=Subquery(effective.values("max_score")[:1]),
        effective_grader=Subquery(effective.values("grader")[:1]),
    )
    points = DecimalField(max_digits=8, decimal_places=2)

    def total(field: str) -> Subquery:
        summed = per_answer.order_by().values("interview_session").annotate(total=Sum(field)).values("total")
        return Subquery(summed, output_field=points)

    graded = per_answer.order_by().filter(effective_max__isnull=False).values("interview_session")
    marked = {"effective_grader": Grader.HUMAN, "effective_score__isnull": False}
    unconfirmed = per_answer.order_by().exclude(**marked).values("interview_session")
    # An answer without a job that lives waits for nobody but a person.
    alive = GradingJob.objects.filter(answer=OuterRef("pk")).exclude(state=JobState.DEAD)
    pending = per_answer.order_by().filter(Exists(alive), effective_max=None).values("interview_session")

    def number(grouped: QuerySet[Any, Any]) -> Coalesce:
        counted = Subquery(grouped.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return Coalesce(counted, 0)

    return rows.annotate(
        points=total("effective_score"),
        max_points=total("effective_max"),
        graded_count=number(graded),
        pending_count=number(pending),
        provisional_count=number(unconfirmed),
    )

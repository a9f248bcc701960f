"""The hiring team's templates: list, write, copy, delete; with a look at what a candidate would be asked."""

from __future__ import annotations

import random
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview_site.accounts.access import SignedInRequest, hiring_team
from questions.rendering import inline_html
from sessions import authoring
from sessions.authoring import Content, Plan
from sessions.hiring_forms import TemplateForms
from sessions.models import InterviewSession, InterviewTemplate, Invitation, TemplateDraw
from sessions.states import FeedbackPolicy, SessionStatus

PAGE_SIZE = 20
MORE_ROWS = 4


def with_counts(templates: QuerySet[InterviewTemplate]) -> QuerySet[InterviewTemplate]:
    """Adds question_count, waiting_count (invitations not used yet), and submitted_count, in the same query."""
    now = timezone.now()
    drawn = TemplateDraw.objects.filter(template=OuterRef("pk")).values("template").annotate(n=Sum("count"))
    unused = (
        Invitation.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), template=OuterRef("pk"))
        .filter(Q(interview_session=None) | Q(interview_session__status=SessionStatus.NOT_STARTED))
        .filter(revoked_at=None)
    )
    submitted = InterviewSession.objects.filter(template=OuterRef("pk"), status=SessionStatus.SUBMITTED)

    def counted(rows: QuerySet[Any]) -> Coalesce:
        total = rows.order_by().values("template").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(total, output_field=IntegerField()), 0)

    return templates.annotate(
        fixed_count=Count("fixed_questions", distinct=True),
        question_count=Count("fixed_questions", distinct=True)
        + Coalesce(Subquery(drawn.values("n"), output_field=IntegerField()), 0),
        waiting_count=counted(unused),
        submitted_count=counted(submitted),
    )


@hiring_team
@require_safe
@never_cache
def templates(request: SignedInRequest) -> HttpResponse:
    """The templates of the manager's teams."""
    rows = with_counts(InterviewTemplate.objects.managed_by(request.user)).order_by("title", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "sessions/templates.html", {"page": page})


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_template(request: SignedInRequest) -> HttpResponse:
    """Write a new one."""
    initial = Content(
        {"feedback_policy": FeedbackPolicy.WHEN_RELEASED, "appeal_days": 14, "time_limit_minutes": 45},
        (request.user.pk,),
    )
    if request.method != "POST":
        return _render(request, TemplateForms(content=initial), None, Plan())
    forms = TemplateForms(_data(request), content=initial)
    if (answer := _without_saving(request, forms, None)) is not None:
        return answer
    if not forms.is_valid():
        return _render(request, forms, None, forms.plan(), status=422)
    template = authoring.create(forms.content(), request.user)
    messages.success(request, f"“{template.title}” is ready. Now invite somebody to it.")
    return redirect("template-invitations", template.pk)


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one. Interviews that have been opened from it stay as they are."""
    template = get_object_or_404(InterviewTemplate.objects.managed_by(request.user), pk=pk)
    content = authoring.content_of(template)
    revision = authoring.revision_of(content)
    if request.method != "POST":
        forms = TemplateForms(template=template, content=content)
        return _render(request, forms, template, content.plan, revision=revision)
    # The form's own copy: validating writes into it, and the page's heading is what is stored.
    copy = InterviewTemplate.objects.get(pk=pk)
    forms = TemplateForms(_data(request), template=copy, content=content)
    if (answer := _without_saving(request, forms, template)) is not None:
        return answer
    if not forms.is_valid():
        return _render(request, forms, template, forms.plan(), status=422)
    seen = request.POST.get("revision", "")
    try:
        authoring.change(template, forms.content(), request.user, revision=seen)
    except authoring.ChangedMeanwhileError:
        extra = {"changed_meanwhile": True, "stored": template, "revision": revision}
        return _render(request, forms, template, forms.plan(), status=409, **extra)
    messages.success(request, "Saved. Interviews that have been opened already stay as they were.")
    return redirect("template-invitations", template.pk)


@hiring_team
@require_POST
def copy_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another one like it, to be changed."""
    template = get_object_or_404(InterviewTemplate.objects.managed_by(request.user), pk=pk)
    made = authoring.copy(template, request.user)
    messages.success(request, "This is the copy. Give it a title of its own.")
    return redirect("template-edit", made.pk)


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then remove one to which nobody was invited."""
    template = get_object_or_404(InterviewTemplate.objects.managed_by(request.user), pk=pk)
    if request.method == "POST" and authoring.delete(template, request.user):
        messages.success(request, f"“{template.title}” is deleted.")
        return redirect("templates")
    context = {"template": template, "is_unused": authoring.is_unused(template)}
    status = 409 if request.method == "POST" else 200
    return render(request, "sessions/template_delete.html", context, status=status)


def _data(request: SignedInRequest) -> QueryDict:
    """What was posted; with further empty rows where they were asked for."""
    data = request.POST.copy()
    for prefix in ("fixed", "draws"):
        if f"more_{prefix}" in data:
            rows = data.get(f"{prefix}-TOTAL_FORMS", "")
            if rows.isascii() and rows.isdigit():
                data[f"{prefix}-TOTAL_FORMS"] = str(min(int(rows[:4]) + MORE_ROWS, 60))
    return data


def _without_saving(
    request: SignedInRequest, forms: TemplateForms, template: InterviewTemplate | None
) -> HttpResponse | None:
    """The answer to Preview and More rows, which store nothing."""
    if "preview" in request.GET and request.htmx:  # type: ignore[attr-defined]
        context = preview_context(forms.plan())
        return render(request, "sessions/template_form.html#preview", context)
    if "preview" in request.GET or "more_fixed" in request.POST or "more_draws" in request.POST:
        return _render(request, forms, template, forms.plan())
    return None


def _render(
    request: SignedInRequest,
    forms: TemplateForms,
    template: InterviewTemplate | None,
    plan: Plan | None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    context = {
        "template": template,
        "forms": forms,
        "revision": request.POST.get("revision", ""),
        **preview_context(plan),
        **extra,
    }
    return render(request, "sessions/template_form.html", context, status=status)


def preview_context(plan: Plan | None) -> dict[str, Any]:
    """What one candidate would be asked; a plan of None has rows that cannot be read."""
    if plan is None:
        trouble = "One of the rows names no question or holds no number."
        return {"preview": authoring.Preview(trouble=trouble), "asked": []}
    preview = authoring.preview(plan, random.SystemRandom())
    asked = [
        (number, inline_html(version.title), version, number <= preview.fixed_count)
        for number, version in enumerate(preview.versions, start=1)
    ]
    return {"preview": preview, "asked": asked}

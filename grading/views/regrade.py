"""Regrading after a new rubric: what would change, and the button that makes it so."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from grading.models import CriterionScore, Grader, Rubric, RubricStatus
from grading.review.comparing import hidden_sessions
from grading.review.regrading import apply, dry_run, label, overview, stale_grades, under_way
from grading.views.compare import managed
from interview_site.accounts.access import SignedInRequest, hiring_team
from questions.rendering import inline_html

PAGE_SIZE = 20


@hiring_team
@require_safe
@never_cache
def regrade(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Rubrics of this template's questions that are newer than the marks given by them."""
    template = managed(request, template_id)
    running = under_way(template)
    rows = [
        (rubric, inline_html(rubric.question_version.title), machine, pinned, running.get(rubric.pk, 0))
        for rubric, machine, pinned in overview(template)
    ]
    return render(request, "grading/regrade.html", {"template": template, "rows": rows})


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def regrade_rubric(request: SignedInRequest, template_id: int, rubric_id: int) -> HttpResponse:
    """The dry run: old → new, per answer and per criterion. A POST queues the jobs."""
    template = managed(request, template_id)
    asked = Rubric.objects.filter(
        status=RubricStatus.PUBLISHED, question_version__answers__interview_session__template=template
    ).distinct()
    rubric = get_object_or_404(asked.select_related("question_version"), pk=rubric_id)
    if request.method == "POST":
        count = apply(template, rubric, request.user, timezone.now())
        messages.success(
            request, f"{count} answer{'' if count == 1 else 's'} will be graded anew. What people gave stays."
        )
        return redirect("regrade", template_id)
    scores = CriterionScore.objects.order_by("position")
    stale = stale_grades(template).filter(newest_rubric=rubric.pk)
    hidden = hidden_sessions(template, request.user)
    machine = (
        stale.exclude(grader=Grader.HUMAN)
        .exclude(answer__interview_session__in=hidden)
        .select_related("answer__question_version", "answer__interview_session__candidate", "rubric")
        .prefetch_related(Prefetch("criterion_scores", queryset=scores))
        .order_by("answer_id")
    )
    page = Paginator(machine, PAGE_SIZE).get_page(request.GET.get("page"))
    runs = dry_run(rubric, list(page.object_list))
    context = {
        "template": template,
        "rubric": rubric,
        "title_html": inline_html(rubric.question_version.title),
        "page": page,
        "pinned": stale.filter(grader=Grader.HUMAN).count(),
        "running": (running := under_way(template).get(rubric.pk, 0)),
        "total": (total := stale.exclude(grader=Grader.HUMAN).count()),
        "left": max(0, total - running),
        "hidden_count": total - page.paginator.count,
        "runs": [
            (
                run,
                [
                    (change, inline_html(change.text), label(change.old), label(change.new))
                    for change in run.changes
                    if change.is_changed
                ],
            )
            for run in runs
        ],
    }
    return render(request, "grading/regrade_rubric.html", context)

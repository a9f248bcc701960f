"""The agreement of machine and people for one template, and the answers behind every number."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.models import Criterion, CriterionScore, Grader, Verdict, label_of
from grading.review.agreement_figures import MACHINES, Sample, figures_for, human_scores
from grading.review.comparing import hidden_sessions
from grading.views.compare import managed
from interview_site.accounts.access import SignedInRequest, hiring_team
from questions.rendering import inline_html

PAGE_SIZE = 25
CRITERIA_ON_PAGE = (
    24  # in the tables of all graders together: a row is two kilobytes, the budget of a page 60
)


@hiring_team
@require_safe
@never_cache
def agreement(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Figures per template and per criterion, the unanchored sample apart."""
    template = managed(request, template_id)
    hidden = hidden_sessions(template, request.user)
    all_figures = figures_for(template, hidden)
    pages = {
        figures.grader: Paginator(figures.criteria, CRITERIA_ON_PAGE // len(all_figures)).get_page(
            request.GET.get(figures.grader)
        )
        for figures in all_figures
    }
    shown = []
    for figures in all_figures:
        unanchored = {one.criterion.pk: one for one in figures.unanchored_criteria}
        page = pages[figures.grader]
        rows = [
            (
                one.criterion,
                inline_html(one.criterion.text),
                one.agreement,
                blind.agreement if (blind := unanchored.get(one.criterion.pk)) else None,
            )
            for one in page
        ]
        others = [f"&{grader}={other.number}" for grader, other in pages.items() if grader != figures.grader]
        stay = f"{''.join(others)}#criteria-{figures.grader}"
        shown.append({"figures": figures, "rows": rows, "page": page, "stay": stay})
    context = {"template": template, "graders": shown, "hidden_count": len(hidden)}
    return render(request, "grading/agreement.html", context)


@hiring_team
@require_safe
@never_cache
def answers(request: SignedInRequest, template_id: int) -> HttpResponse:
    """The pairs of verdicts behind a number: grader, criterion, show (all, same, differ), sample. No names."""
    template = managed(request, template_id)
    grader = request.GET.get("grader", "")
    grader = grader if grader in MACHINES else Grader.KEYWORD
    column = f"{grader}_verdict"
    is_unanchored = request.GET.get("sample") == "unanchored"
    sample = Sample(template, frozenset(hidden_sessions(template, request.user)), is_unanchored)
    rows = human_scores(sample, [Grader(grader)]).filter(**{f"{column}__isnull": False})
    criterion = None
    try:
        wanted = uuid.UUID(request.GET.get("criterion", ""))
        criterion = Criterion.objects.filter(pk=wanted).first()
    except ValueError:
        pass
    if criterion:
        rows = rows.filter(criterion=criterion)
    show = request.GET.get("show", "all")
    if show == "differ":
        rows = rows.filter(~Q(verdict=F(column)))
    elif show == "same":
        rows = rows.filter(verdict=F(column))
    rows = rows.select_related("grade__answer", "grade__graded_by")
    page = Paginator(rows.order_by("grade__answer_id", "position"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    _leave_out_what_machines_said(page.object_list)
    for row in page.object_list:
        row.text_html, row.rationale_html = inline_html(row.text), inline_html(row.rationale)
        row.machine_verdict = getattr(row, column)
        row.machine_label = label_of(Verdict(row.machine_verdict), row.kind)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "template": template,
        "grader": Grader(grader),
        "criterion": criterion,
        "text_html": inline_html(criterion.text) if criterion else "",
        "show": show,
        "shows": [("all", "All"), ("differ", "They differ"), ("same", "They agree")],
        "is_unanchored": is_unanchored,
        "page": page,
        "filters": f"&{query.urlencode()}" if query else "",
    }
    return render(request, "grading/agreement_answers.html", context)


def _leave_out_what_machines_said(rows: Iterable[CriterionScore]) -> None:
    """Takes the reasons away that a person took over from a machine: they stand below the person's name here."""
    answers = {row.grade.answer_id for row in rows}
    machines = CriterionScore.objects.filter(grade__answer__in=answers).exclude(grade__grader=Grader.HUMAN)
    said = set(machines.values_list("grade__answer", "criterion", "rationale"))
    for row in rows:
        if (row.grade.answer_id, row.criterion_id, row.rationale) in said:
            row.rationale = ""

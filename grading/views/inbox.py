"""The inbox of the hiring side: who waits for a person, and why."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grading.review.inbox import Reason, counts, rows_of, waiting_for
from interview_site.accounts.access import SignedInRequest, hiring_team
from sessions.models import InterviewTemplate

PAGE_SIZE = 25


@hiring_team
@require_safe
@never_cache
def inbox(request: SignedInRequest) -> HttpResponse:
    """Oldest first. The filters stand in the address: reason, template, page."""
    everything = waiting_for(request.user)
    templates = list(InterviewTemplate.objects.filter(pk__in={one.template_id for one in everything}))
    template = next((one for one in templates if str(one.pk) == request.GET.get("template")), None)
    chosen = request.GET.get("reason", "")
    reason = Reason(chosen) if chosen in Reason.values else None
    of_template = [one for one in everything if template is None or one.template_id == template.pk]
    shown = [one for one in of_template if reason is None or reason in one.reasons]
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    sessions = {row.pk: row for row in rows_of(page.object_list)}
    now = timezone.now()
    rows = []
    for one in page.object_list:
        row = sessions[one.session_id]
        lease = getattr(row, "review_lease", None)
        is_taken = lease is not None and lease.holds_at(now) and lease.reviewer_id != request.user.pk
        rows.append({"session": row, "reasons": one.reasons, "lease": lease if is_taken else None})
    context = {
        "rows": rows,
        "page": page,
        "total": len(of_template),
        "counts": [(one, number) for one, number in counts(of_template).items() if number],
        "reason": reason,
        "template": template,
        "templates": templates,
        "filters": "".join(
            f"&{name}={value}"
            for name, value in (("reason", reason and reason.value), ("template", template and template.pk))
            if value
        ),
    }
    return render(request, "grading/inbox.html", context)

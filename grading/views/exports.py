"""What leaves the house by hand: CSV, JSON, PDF and impact ratios; a candidate's own data, and its erasure."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grading.forms import SelfIdentificationForm
from grading.models_review import Review, SelfIdentification
from grading.outgoing.impact import SELECTED, Considered, impact_ratios
from grading.outgoing.pdf import transcript_pdf
from grading.outgoing.people import NotACandidateError, data_of, erase
from grading.outgoing.records import CSV_COLUMNS, csv_rows, formula_safe, session_records
from grading.review.standing import Standing, standings
from grading.views.compare import managed
from grading.views.transcript import readable
from interview_site.accounts import audit
from interview_site.accounts.access import SignedInRequest, candidate_own, confirmed, hiring_team, staff
from interview_site.accounts.models import Role, User
from sessions.models import InterviewSession, InterviewTemplate
from sessions.states import SessionStatus


class _Line:
    """What csv.writer writes to: hands the line back."""

    def write(self, line: str) -> str:
        return line


def _attachment(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _finished(request: SignedInRequest, template: InterviewTemplate) -> Any:
    readable_here = InterviewSession.objects.readable_by_hiring(request.user).filter(template=template)
    return readable_here.order_by("submitted_at", "pk")


@hiring_team
@confirmed
@require_safe
@never_cache
def csv_file(request: SignedInRequest, template_id: int) -> HttpResponseBase:
    """One row per answer. No cell is a formula to a spreadsheet."""
    template = managed(request, template_id)
    audit.record(request.user, "export.csv", template)
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # tells spreadsheets that it is UTF-8
        yield writer.writerow(CSV_COLUMNS)
        for record in session_records(_finished(request, template), request.user):
            for row in csv_rows(record):
                yield writer.writerow([formula_safe(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    return _attachment(response, f"{slugify(template.title) or 'interviews'}.csv")


@hiring_team
@confirmed
@require_safe
@never_cache
def json_file(request: SignedInRequest, template_id: int) -> HttpResponseBase:
    """Every interview with every grade, criterion and quote."""
    template = managed(request, template_id)
    audit.record(request.user, "export.json", template)

    def pieces() -> Iterator[str]:
        yield "["
        for number, record in enumerate(session_records(_finished(request, template), request.user)):
            yield ",\n" if number else "\n"
            yield json.dumps(record, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield "\n]\n"

    response = StreamingHttpResponse(pieces(), content_type="application/json")
    return _attachment(response, f"{slugify(template.title) or 'interviews'}.json")


@hiring_team
@confirmed
@require_safe
@never_cache
def pdf_file(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponseBase:
    """The transcript to print, with what this reader may see."""
    interview_session = readable(request, session_id)
    audit.record(request.user, "export.pdf", interview_session)
    rows = InterviewSession.objects.filter(pk=interview_session.pk)
    (record,) = session_records(rows, request.user)
    response = HttpResponse(transcript_pdf(record, timezone.now()), content_type="application/pdf")
    return _attachment(response, f"transcript-{slugify(str(interview_session.candidate)) or session_id}.pdf")


@staff
@confirmed
@require_safe
@never_cache
def impact_file(request: SignedInRequest, template_id: int) -> HttpResponseBase:
    """Impact ratios by sex and ethnicity: counts per category, nothing about anybody."""
    template = get_object_or_404(InterviewTemplate.objects.managed_by(request.user), pk=template_id)
    audit.record(request.user, "export.impact", template)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerow(
        ["dimension", "category", "considered", "selected", "selection_rate", "selection_impact_ratio",
         "scored", "scoring_rate", "scoring_impact_ratio"]
    )  # fmt: skip
    for row in impact_ratios(_considered(template)):
        figures = (row.selection_rate, row.selection_ratio, row.scored, row.scoring_rate, row.scoring_ratio)
        shown = ["" if one is None else round(one, 4) for one in figures]
        selected = "" if row.selected is None else row.selected
        writer.writerow([row.dimension, row.category, row.considered, selected, *shown])
    return _attachment(response, f"impact-{slugify(template.title) or template.pk}.csv")


def _considered(template: InterviewTemplate) -> list[Considered]:
    """Everybody who finished, without who they are. Selected: the scorecard that was submitted last says yes.

    Who sat the interview more than once counts once, with the newest: five sittings are not five people.
    """
    cards = Review.objects.submitted().filter(interview_session=OuterRef("pk"))
    newest = cards.order_by("-submitted_at", "-pk").values("recommendation")[:1]
    sessions = InterviewSession.objects.filter(
        template=template, mode="assessment", status=SessionStatus.SUBMITTED
    )
    found = standings(sessions.values("pk"))
    rows = sessions.annotate(word=Subquery(newest)).values_list(
        "candidate", "pk", "self_identification__sex", "self_identification__ethnicity", "word"
    )
    people = {
        candidate: Considered(sex or "", ethnicity or "", word in SELECTED, found.get(pk, Standing()).share)
        for candidate, pk, sex, ethnicity, word in rows.order_by("submitted_at", "pk")
    }
    return list(people.values())


@candidate_own
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def about_me(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Voluntary self-identification after an assessment. Nobody who reads the interview sees it."""
    own = InterviewSession.objects.owned_by(request.user).filter(
        mode="assessment", status=SessionStatus.SUBMITTED
    )
    interview_session = get_object_or_404(own, pk=session_id)
    stored = SelfIdentification.objects.filter(interview_session=interview_session).first()
    form = SelfIdentificationForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        form.instance.interview_session = interview_session
        form.save()
        messages.success(request, "Thank you. It is kept apart from your interview.")
        return redirect("result", session_id)
    context = {"interview_session": interview_session, "form": form}
    return render(request, "grading/about_me.html", context, status=422 if form.errors else 200)


@staff
@require_safe
@never_cache
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """One candidate's data: what there is, a file with all of it, and the way to erase it."""
    shown = get_object_or_404(User.objects.filter(role=Role.CANDIDATE), pk=user_id)
    interviews = InterviewSession.objects.filter(candidate=shown)
    context = {"person": shown, "interview_count": interviews.count()}
    return render(request, "grading/person.html", context)


@staff
@confirmed
@require_safe
@never_cache
def person_file(request: SignedInRequest, user_id: int) -> HttpResponseBase:
    """Everything that is kept about one candidate, for them."""
    shown = get_object_or_404(User.objects.filter(role=Role.CANDIDATE), pk=user_id)
    audit.record(request.user, "person.exported", shown)
    text = json.dumps(data_of(shown), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return _attachment(HttpResponse(text, content_type="application/json"), f"person-{shown.pk}.json")


@staff
@confirmed
@require_POST
@never_cache
def erase_person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Erase a candidate for good. The address has to be typed, since nothing brings it back."""
    shown = get_object_or_404(User.objects.filter(role=Role.CANDIDATE), pk=user_id)
    if request.POST.get("email", "").strip().casefold() != shown.email.casefold():
        messages.error(request, "The address does not match. Nothing was erased.")
        return redirect("person", user_id)
    try:
        erase(shown, request.user)
    except NotACandidateError:
        messages.error(request, "Only candidates can be erased here.")
        return redirect("person", user_id)
    messages.success(
        request, "Erased: the account, the interviews and everything that was written about them."
    )
    return redirect("inbox")

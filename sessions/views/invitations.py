"""The hiring team's invitations to one template: list, invite, renew, withdraw, extra time."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview_site.accounts.access import SignedInRequest, confirmed, hiring_team
from interview_site.accounts.mail import is_only_printed
from sessions import inviting
from sessions.hiring_forms import ExtraTimeForm, InviteForm
from sessions.invitation_mail import send
from sessions.invitees import Complaint, read_invitees
from sessions.inviting import Link
from sessions.models import InterviewTemplate, Invitation
from sessions.states import InvitationState
from sessions.views.templates import with_counts

PAGE_SIZE = 50
RENEWED_FOR_DAYS = 14


def _template(request: SignedInRequest, pk: int) -> InterviewTemplate:
    managed = InterviewTemplate.objects.managed_by(request.user)
    return get_object_or_404(with_counts(managed), pk=pk)


def _invitation(request: SignedInRequest, pk: int) -> Invitation:
    managed = Invitation.objects.managed_by(request.user).select_related("template", "candidate")
    return get_object_or_404(managed.with_state(timezone.now()), pk=pk)


@hiring_team
@require_safe
@never_cache
def invitations(request: SignedInRequest, pk: int) -> HttpResponse:
    """The template's page: its invitations and how far each has come; the state is a filter in the address."""
    template = _template(request, pk)
    now = timezone.now()
    every = Invitation.objects.filter(template=template)
    counts = every.state_counts(now)
    chosen = request.GET.get("state", "")
    rows = every.in_states(
        [InvitationState(chosen)] if chosen in InvitationState else list(InvitationState), now
    )
    rows = rows.select_related("candidate", "interview_session", "template").order_by("-created_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "template": template,
        "page": page,
        "chosen": chosen,
        "filters": f"&state={chosen}" if chosen in InvitationState else "",
        "total": sum(counts.values()),
        "states": [(state.value, state.label, counts[state]) for state in InvitationState if state in counts],
    }
    return render(request, "sessions/invitations.html", context)


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Invite one or many. Every good line is invited; the others come back, each with what is wrong with it."""
    template = _template(request, pk)
    context: dict[str, Any] = {"template": template}
    if request.method != "POST":
        return render(request, "sessions/invite.html", {**context, "form": InviteForm()})
    form = InviteForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "sessions/invite.html", {**context, "form": form}, status=422)
    now, choice = timezone.now(), form.cleaned_data
    already = inviting.standing_addresses(template, now)
    invitees, complaints = read_invitees(choice["people"], choice["file"], already=already)
    links = inviting.invite(template, invitees, request.user, now, days=choice["days"]) if invitees else []
    if not links:
        context |= {"form": _again(choice, complaints), "complaints": complaints}
        return render(request, "sessions/invite.html", context, status=422)
    return _show_links(
        request,
        template,
        links,
        by_mail=choice["send_mail"],
        complaints=complaints,
        form=_again(choice, complaints) if complaints else None,
    )


def _again(choice: dict[str, Any], complaints: list[Complaint]) -> InviteForm:
    """The form with the lines that could not be used, to be put right."""
    lines = "\n".join(complaint.text for complaint in complaints)
    return InviteForm(initial={"people": lines, "days": choice["days"], "send_mail": choice["send_mail"]})


def _show_links(
    request: SignedInRequest,
    template: InterviewTemplate,
    links: list[Link],
    *,
    by_mail: bool,
    **extra: Any,
) -> HttpResponse:
    """The one page on which links stand: an answer to a POST, kept nowhere."""
    addressed = [
        (link, request.build_absolute_uri(reverse("invitation-link", args=[link.token]))) for link in links
    ]
    sent = send(addressed) if by_mail else set()
    context = {
        "template": template,
        "links": [(link.invitation, address, link.invitation.pk in sent) for link, address in addressed],
        "by_mail": by_mail,
        "only_printed": by_mail and is_only_printed(),
        "unsent_count": len(links) - len(sent),
        **extra,
    }
    return render(request, "sessions/invitation_links.html", context)


@hiring_team
@require_POST
@never_cache
def renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new link, mailed and shown; the old one is dead."""
    invitation = _invitation(request, pk)
    try:
        link = inviting.renew(invitation, request.user, timezone.now(), days=RENEWED_FOR_DAYS)
    except inviting.TooLateError as late:
        return _too_late(request, invitation, late)
    return _show_links(request, invitation.template, [link], by_mail=bool(request.POST.get("send_mail")))


@hiring_team
@require_POST
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw it."""
    invitation = _invitation(request, pk)
    try:
        inviting.revoke(invitation, request.user, timezone.now())
    except inviting.TooLateError as late:
        return _too_late(request, invitation, late)
    messages.success(
        request, f"The invitation of {invitation.addressee} is withdrawn; its link leads nowhere now."
    )
    return redirect("template-invitations", invitation.template_id)


@hiring_team
@confirmed
@require_POST
@never_cache
def erase(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a dead invitation with the name and the address in it."""
    invitation = _invitation(request, pk)
    try:
        inviting.erase(invitation, request.user, timezone.now())
    except inviting.TooLateError as late:
        return _too_late(request, invitation, late)
    messages.success(request, "Erased: the invitation, with the name and the address in it.")
    return redirect("template-invitations", invitation.template_id)


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: SignedInRequest, pk: int) -> HttpResponse:
    """One invitation: what has happened, and what can be done with it; a POST sets the extra time."""
    found = _invitation(request, pk)
    form = ExtraTimeForm(request.POST or None, initial={"percent": found.extra_time_percent})
    if request.method == "POST" and form.is_valid():
        try:
            inviting.set_extra_time(found, form.cleaned_data["percent"], request.user, timezone.now())
        except inviting.TooLateError as late:
            return _too_late(request, found, late)
        found = _invitation(request, pk)
        minutes = found.minutes_allowed
        time = f"{minutes} minutes in all" if minutes else "the interview has no time limit"
        messages.success(request, f"{found.addressee}: {form.cleaned_data['percent']} % extra time, {time}.")
        return redirect("invitation-detail", pk)
    context = {
        "invitation": found,
        "interview_session": getattr(found, "interview_session", None),
        "form": form,
        "days_left": _days_left(found),
    }
    return render(request, "sessions/invitation.html", context, status=422 if form.errors else 200)


def _days_left(invitation: Invitation) -> int | None:
    if invitation.expires_at is None:
        return None
    return max(0, math.ceil((invitation.expires_at - timezone.now()).total_seconds() / 86_400))


def _too_late(request: SignedInRequest, invitation: Invitation, late: inviting.TooLateError) -> HttpResponse:
    messages.error(request, f"Nothing was changed: this invitation is {late.state.label.lower()} by now.")
    return redirect("template-invitations", invitation.template_id)

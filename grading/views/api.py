"""The read-only JSON API, and the page on which people make and revoke their tokens."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from grading.outgoing.openapi import document
from grading.outgoing.records import session_records
from interview_site.accounts import audit
from interview_site.accounts.access import SignedInRequest, asked_first, hiring_team, public, token
from interview_site.accounts.models import User
from interview_site.accounts.names import readable_name
from interview_site.accounts.throttling import RATES, RETRY_AFTER_SECONDS, may
from interview_site.integrations.models import ApiToken, hash_of
from sessions.models import InterviewSession, InterviewTemplate
from sessions.states import SessionStatus

PAGE_SIZE = 100
PREFIX = "mb_"
API_RATE = RATES["api"].removesuffix("/key").replace("/m", " a minute")
# last_used_at is written at most this often: reading should not write.
USED_EVERY_SECONDS = 3600


def _json(content: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(content, encoder=DjangoJSONEncoder, status=status)


def authenticated(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets the view run as the token's owner, who must still be in a role that hires. 401 otherwise;
    429 for a token that asks too often.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        found = ApiToken.objects.for_secret(secret.strip()).select_related("owner").first()
        if scheme.lower() != "bearer" or found is None or found.owner.is_candidate:
            answer = _json({"error": "Send a token of yours as `Authorization: Bearer …`."}, status=401)
            answer["WWW-Authenticate"] = "Bearer"
            return answer
        if not may(request, "api", key=str(found.pk)):
            answer = _json({"error": f"Too many requests ({API_RATE}): try again in a minute."}, status=429)
            answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return answer
        now = timezone.now()
        if found.last_used_at is None or (now - found.last_used_at).total_seconds() > USED_EVERY_SECONDS:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
        return view(request, found.owner, *args, **kwargs)

    return guarded


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """GET and HEAD. What else is asked is refused in JSON, too: so no form is to be forged here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            answer = _json({"error": "The API only reads: use GET or HEAD."}, status=405)
            answer["Allow"] = "GET, HEAD"
            return answer
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


@public
@csrf_exempt
@never_cache
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Every other address below /api/: in JSON, and with the slash that may have been left out."""
    if request.method in {"GET", "HEAD"} and rest and not rest.endswith("/"):
        return redirect(request.get_full_path(force_append_slash=True))
    return _json(
        {"error": "There is nothing at this address; /api/v1/openapi.json has them all."}, status=404
    )


@public
@reading
def openapi(request: HttpRequest) -> HttpResponse:
    """What the API can be asked, for programs that read OpenAPI."""
    return _json(document(request.build_absolute_uri("/").rstrip("/")))


@token
@reading
@never_cache
@authenticated
def templates(_request: HttpRequest, owner: User) -> HttpResponse:
    """The templates of the owner's teams."""
    finished = Count("interview_sessions", filter=Q(interview_sessions__status=SessionStatus.SUBMITTED))
    rows = InterviewTemplate.objects.managed_by(owner).annotate(finished=finished).order_by("pk")
    return _json({"items": list(rows.values("id", "title", "role", "finished"))})


@token
@reading
@never_cache
@authenticated
def interviews(request: HttpRequest, owner: User) -> HttpResponse:
    """Finished assessments, oldest first, without their answers."""
    rows = InterviewSession.objects.readable_by_hiring(owner)
    if template := request.GET.get("template"):
        if not (template.isascii() and template.isdigit() and len(template) < 19):
            return _json({"error": "template takes the number of a template."}, status=400)
        rows = rows.filter(template=int(template))
    if after := request.GET.get("submitted_after"):
        try:
            moment = parse_datetime(after.replace(" ", "+"))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            error = "submitted_after takes a moment with its time zone, such as 2026-11-24T12:00:00Z."
            return _json({"error": error}, status=400)
        rows = rows.filter(submitted_at__gt=moment)
    page = Paginator(rows.order_by("submitted_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = InterviewSession.objects.filter(pk__in=[row.pk for row in page.object_list])
    records = session_records(shown.order_by("submitted_at", "pk"), owner, with_answers=False)
    paginator = page.paginator
    return _json(
        {"items": list(records), "page": page.number, "pages": paginator.num_pages, "count": paginator.count}
    )


@token
@reading
@never_cache
@authenticated
def interview(_request: HttpRequest, owner: User, session_id: uuid.UUID) -> HttpResponse:
    """One finished assessment with answers, grades, criteria and quotes."""
    rows = InterviewSession.objects.readable_by_hiring(owner).filter(pk=session_id)
    record = next(session_records(rows, owner), None)
    if record is None:
        return _json({"error": "There is no such interview for you."}, status=404)
    return _json(record)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="What it is for, so that you know it again.")

    def clean_name(self) -> str:
        return readable_name(self.cleaned_data["name"], "Write a name that can be read.")


@hiring_team
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    """One's own tokens. A new one is shown once, on the page that answers its making.

    Where the password is asked for first, the token is made after it, on this page: what would be shown on the page
    that asks is lost with a reload.
    """
    form = TokenForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    made = ""
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if asking := asked_first(request, reverse("api-tokens", query={"name": name})):
            return asking
        made = PREFIX + secrets.token_urlsafe(32)
        row = ApiToken.objects.create(owner=request.user, name=name, secret_hash=hash_of(made))
        audit.record(request.user, "token.made", row)
        form = TokenForm()
    context = {
        "form": form,
        "made": made,
        "is_confirmed": "name" in request.GET and asked_first(request, "") is None,
        "tokens": ApiToken.objects.filter(owner=request.user, revoked_at=None),
    }
    return render(request, "grading/tokens.html", context, status=422 if form.errors else 200)


@hiring_team
@require_POST
def revoke_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    """From now on it opens nothing."""
    row = get_object_or_404(ApiToken.objects.filter(owner=request.user), pk=token_id)
    if ApiToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(request.user, "token.revoked", row)
        messages.success(request, f"“{row.name}” opens nothing any more.")
    return redirect("api-tokens")

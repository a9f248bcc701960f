"""What an invited candidate meets: the link, the page that says what it is about, accepting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from interview_site.accounts.access import public
from interview_site.accounts.models import User
from interview_site.accounts.throttling import may
from questions.rendering import to_html
from sessions import inviting
from sessions.drawing import NotEnoughQuestionsError
from sessions.hiring_forms import AcceptForm, NewcomerForm
from sessions.models import Invitation
from sessions.sittings import InvitationClosedError, NoticeChangedError
from sessions.states import InvitationState, Route
from sessions.tokens import hash_of

# In the browser's session stands the hash: the token itself is stored nowhere.
SESSION_KEY = "invitation"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@public
@require_safe
@never_cache
@sensitive_variables("token")
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once. Looking changes nothing: not by HEAD, nor by a browser's guess."""
    if _is_prefetch(request):
        return _sealed(HttpResponse(status=503))
    invitation = inviting.by_token_hash(hash_of(token), timezone.now())
    if invitation is None:
        if not may(request, "unknown_link"):
            return _sealed(render(request, "429.html", status=429))
        return _sealed(render(request, "sessions/invited_unknown.html", status=404))
    if request.method == "GET":
        request.session[SESSION_KEY] = invitation.token_hash
    return _sealed(redirect("invitation"))


def _is_prefetch(request: HttpRequest) -> bool:
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"))
    return any("prefetch" in purpose.lower() or "preview" in purpose.lower() for purpose in purposes)


def _sealed(response: HttpResponse) -> HttpResponse:
    """No other site, no search engine and no other page of ours learns the address."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest) -> HttpResponse:
    """What the interview is and how it works; a POST accepts it, and goes on to the lobby."""
    now = timezone.now()
    found = inviting.by_token_hash(request.session.get(SESSION_KEY, ""), now)
    if found is None:
        return render(request, "sessions/invited_unknown.html", status=404)
    state = InvitationState(found.state)
    if state in {InvitationState.REVOKED, InvitationState.EXPIRED}:
        return render(
            request, "sessions/invited_closed.html", {"invitation": found, "state": state}, status=410
        )
    owner = inviting.account_of(found)
    visitor = request.user
    if visitor.is_authenticated and visitor != owner:
        return render(request, "sessions/invited_other_account.html", {"invitation": found}, status=409)
    if owner and not visitor.is_authenticated:
        context = {
            "invitation": found,
            "template": found.template,
            "is_used": state != InvitationState.INVITED,
        }
        return render(request, "sessions/invited_sign_in.html", context)
    if state != InvitationState.INVITED:
        return redirect("interview", found.interview_session.pk)
    form = _form(request, found, owner)
    if request.method == "POST" and form.is_valid():
        return _accept(request, found, form)
    return _page(request, found, form)


def _form(request: HttpRequest, found: Invitation, owner: User | None) -> AcceptForm:
    data = request.POST if request.method == "POST" else None
    if owner:
        return AcceptForm(data)
    return NewcomerForm(data, email=found.email, initial={"name": found.name})


def _page(request: HttpRequest, found: Invitation, form: AcceptForm, trouble: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "invitation": found,
        "template": found.template,
        "notice_html": to_html(found.template.notice),
        "form": form,
        "trouble": trouble,
    }
    status = 409 if trouble else 422 if form.errors else 200
    return render(request, "sessions/invited.html", context, status=status)


def _accept(request: HttpRequest, found: Invitation, form: AcceptForm) -> HttpResponse:
    now, choice = timezone.now(), form.cleaned_data
    notice, route = choice["notice"] or 0, Route(choice["route"])
    try:
        if isinstance(request.user, User):
            interview_session = inviting.accept(found, request.user, notice=notice, route=route, now=now)
            # A key that was known before the interview is worth nothing in it.
            request.session.cycle_key()
        else:
            interview_session = inviting.accept_as_newcomer(
                found,
                name=choice["name"],
                password=choice["password"],
                notice=notice,
                route=route,
                now=now,
            )
            login(request, interview_session.candidate, backend=BACKEND)  # cycles the key, too
    except (inviting.AccountExistsError, InvitationClosedError):
        # What became of it since the page was made, the page itself says.
        return redirect("invitation")
    except NoticeChangedError:
        trouble = (
            "What you are asked to agree to was changed meanwhile. Please read it again; nothing was stored."
        )
        return _page(request, found, form, trouble)
    except NotEnoughQuestionsError:
        trouble = (
            "This interview cannot be opened yet: its questions are not ready. Your invitation is kept, and nothing "
            "was stored. Please tell whoever invited you."
        )
        return _page(request, found, form, trouble)
    # The invitation stays in the session: whoever goes back to its page is led on to the interview.
    messages.success(request, "Accepted. The clock starts when you press Start, not before.")
    return redirect("interview", interview_session.pk)

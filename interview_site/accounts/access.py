"""Access policies: every view declares one, and tests/test_access.py walks them all.

The decorators say who may call a view at all; which rows they see is the queryset's business
(`visible_to`), so that a foreign id is a 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from interview_site.accounts.models import Role, User

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """What a view gets that is not public: LoginRequiredMiddleware sees to it that user is one of ours."""

    user: User


PUBLIC = "public"
SIGNED_IN = "signed-in"
CANDIDATE_OWN = "candidate-own"
HIRING_TEAM = "hiring-team"
STAFF = "staff"
TOKEN = "token"  # noqa: S105 - the name of a policy


def public(view: View) -> View:
    """Anybody, signed in or not."""
    marked = login_not_required(view)
    marked.access_policy = PUBLIC  # type: ignore[attr-defined]
    return marked


def signed_in(view: View) -> View:
    """Any signed-in user."""
    view.access_policy = SIGNED_IN  # type: ignore[attr-defined]
    return view


def candidate_own(view: View) -> View:
    """Any signed-in user, for interviews that are their own: the view's queryset sees to that.
    A hiring manager who tries a practice interview is a candidate in it.
    """
    view.access_policy = CANDIDATE_OWN  # type: ignore[attr-defined]
    return view


def hiring_team(view: View) -> View:
    """Hiring managers and admins, for what their team owns."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.role not in {Role.HIRING_MANAGER, Role.ADMIN}:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.access_policy = HIRING_TEAM  # type: ignore[attr-defined]
    return guarded


def staff(view: View) -> View:
    """Admins only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.role != Role.ADMIN:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.access_policy = STAFF  # type: ignore[attr-defined]
    return guarded


def token(view: View) -> View:
    """Programs with a token of the API, which the view checks itself; no cookie counts here."""
    marked = login_not_required(view)
    marked.access_policy = TOKEN  # type: ignore[attr-defined]
    return marked


def confirmed(view: View) -> View:
    """Whoever gets here has typed their password lately: an open browser is not enough for what cannot be taken back.

    Stands below the policy. What was posted is kept in the session until the password is there, then done.
    """
    return reauthentication_required(view)


@reauthentication_required
def confirm_identity(_request: HttpRequest) -> None:
    """The same in the middle of a view. Raises ReauthenticationRequired, of which allauth's middleware makes the page
    that asks.
    """


def asked_first(request: HttpRequest, back: str) -> HttpResponseRedirect | None:
    """The way to the page that asks for the password and leads back; None where it was typed lately."""
    try:
        confirm_identity(request)
    except ReauthenticationRequired:
        return redirect_to_login(back, reverse("account_reauthenticate"))
    return None


def confirmed_to_look(view: View) -> View:
    """The same for forms with secrets in them, which must not lie in a session: what was posted is typed again."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return asked_first(request, request.get_full_path()) or view(request, *args, **kwargs)

    return guarded


def confirmed_to_act(view: View) -> View:
    """The same for pages on which only a POST does something: whoever just looks is not asked."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (confirmed(view) if request.method == "POST" else view)(request, *args, **kwargs)

    return guarded

"""When a sign-in ends: SESSION_COOKIE_AGE after it, whatever was done meanwhile; and that of staff whose browser has
stood open too long, SESSION_IDLE_MINUTES after the last request.

Candidates are not signed out for doing nothing: whoever thinks about an answer for an hour must find their interview
as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponseBase

from interview_site.accounts.models import User

# In the browser's session, in seconds since 1970.
LAST_USED = "last_used"
SIGNED_IN = "signed_in"
DAY = 24 * 3600


def note_sign_in(request: HttpRequest, user: AbstractBaseUser, **_signal: object) -> None:
    """Both clocks begin with the sign-in, which writes the session anyway."""
    request.session[LAST_USED] = request.session[SIGNED_IN] = time.time()


def sign_out_idle(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, after messages. Django's own expiry begins anew with every write of the session: it is no end."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User):
            now = time.time()
            why = _is_old(request, now) or _is_idle(request, request.user, now)
            if why:
                logout(request)
                messages.info(request, why)
        return get_response(request)

    return middleware


def _is_old(request: HttpRequest, now: float) -> str:
    """Why the sign-in is over, if it is. Whoever signed in under a version that kept no such time begins now."""
    if now - request.session.setdefault(SIGNED_IN, now) <= settings.SESSION_COOKIE_AGE:
        return ""
    return f"You were signed out: a sign-in lasts {settings.SESSION_COOKIE_AGE // DAY} days."


def _is_idle(request: HttpRequest, user: User, now: float) -> str:
    """As above, for staff. The session is written only when a tenth of the time has gone."""
    allowed = settings.SESSION_IDLE_MINUTES * 60
    if not allowed or user.is_candidate:
        return ""
    idle = now - request.session.setdefault(LAST_USED, now)
    if idle > allowed:
        return "You were signed out, since this browser was not used for a while."
    if idle > allowed / 10:
        request.session[LAST_USED] = now
    return ""

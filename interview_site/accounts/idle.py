"""Staff whose browser has stood open too long are signed out: SESSION_IDLE_MINUTES, counted from the last request.

Candidates never are: whoever thinks about an answer for an hour must find their interview as it was.
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

LAST_USED = "last_used"  # seconds since 1970, in the browser's session


def note_sign_in(request: HttpRequest, user: AbstractBaseUser, **_signal: object) -> None:
    """The clock begins with the sign-in, which writes the session anyway."""
    request.session[LAST_USED] = time.time()


def sign_out_idle(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, after messages. The session is written only when a tenth of the time has gone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        allowed = settings.SESSION_IDLE_MINUTES * 60
        if allowed and isinstance(request.user, User) and not request.user.is_candidate:
            now = time.time()
            # Whoever signed in under a version that kept no such time begins now.
            idle = now - request.session.setdefault(LAST_USED, now)
            if idle > allowed:
                logout(request)
                messages.info(request, "You were signed out, since this browser was not used for a while.")
            elif idle > allowed / 10:
                request.session[LAST_USED] = now
        return get_response(request)

    return middleware

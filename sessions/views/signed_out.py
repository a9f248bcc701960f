"""An answer that arrives after the login has expired: its text is shown again, never dropped."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

AnswerView = Callable[..., HttpResponse]


def keeping_text(view: AnswerView) -> AnswerView:
    """Stands below the policy of views that take an answer's text. Nothing is stored of what a stranger sends.

    Signed out, a text comes back with 401 and a way to sign in that leads to the question; anything else goes there
    at once.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: Any, session_id: uuid.UUID, position: int) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, session_id, position)
        question = reverse("question", args=[session_id, position])
        text = request.POST.get("text", "")
        if not text:
            return redirect_to_login(question)
        context = {"text": text, "question": question, "position": position}
        response = render(request, "sessions/signed_out.html", context, status=401)
        add_never_cache_headers(response)  # whoever comes next to this computer is not to read it
        return response

    return guarded

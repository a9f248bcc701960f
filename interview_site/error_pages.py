"""The error page that needs more than a template: a form whose token is not accepted."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

# How Django begins its reason for a form that another site has sent: the text in it is not the reader's.
_FROM_ELSEWHERE = ("Origin checking failed", "Referer checking failed")


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not accepted; an answer's text in it is given back, unless another site sent it."""
    text = "" if reason.startswith(_FROM_ELSEWHERE) else request.POST.get("text", "")
    return render(request, "403_csrf.html", {"text": text}, status=403)

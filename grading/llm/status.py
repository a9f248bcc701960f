"""What admins and hiring managers should know of the model just now: one sentence, or nothing."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from grading.llm import breaker, budget, configuration

_MEANWHILE = {
    "offline": "Answers get provisional offline grades and are graded again later.",
    "wait": "Answers wait.",
    "person": "Answers wait for a person.",
}


def notice(now: dt.datetime) -> str:
    """A sentence on why no model grades, "" where one does or none is configured. Three queries at the most."""
    if not settings.GRADING_MODEL:
        return ""
    if not configuration.is_switched_on():
        return "The model grader is switched off; the offline grader grades."
    meanwhile = _MEANWHILE[settings.GRADING_FALLBACK]
    endpoint = configuration.endpoint()
    if endpoint.lacks_key:
        return f"The model grader has no key: set OPENAI_API_KEY. {meanwhile}"
    state = breaker.state(endpoint.name)
    if state.is_open and state.kind == "configuration":
        return f"The model grader cannot be used. {state.reason} {meanwhile}"
    if state.is_open:
        return f"The model grader cannot be reached at present. {meanwhile}"
    if budget.is_spent(now):
        return f"Today's budget for the model grader is spent. {meanwhile}"
    return ""

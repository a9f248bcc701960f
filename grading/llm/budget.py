"""What a day's calls may use, in tokens and in money, and what they have used. Days are those of TIME_ZONE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from grading.llm.exchanging import Call, Endpoint
from grading.models_exchange import ModelUsage


def is_spent(now: dt.datetime) -> bool:
    """Whether the day's budget is used up. No query where there is no budget."""
    if not settings.GRADING_DAILY_TOKENS and not settings.GRADING_DAILY_COST:
        return False
    used = ModelUsage.objects.filter(day=timezone.localdate(now)).first()
    if used is None:
        return False
    tokens = used.input_tokens + used.output_tokens
    return (0 < settings.GRADING_DAILY_TOKENS <= tokens) or (0 < settings.GRADING_DAILY_COST <= used.cost)


def next_day(now: dt.datetime) -> dt.datetime:
    """When the next day's budget begins."""
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(tomorrow, dt.time()))


def add(calls: Iterable[Call], endpoint: Endpoint, now: dt.datetime) -> None:
    """Count these calls, failed ones included: what was paid for was paid for."""
    made = list(calls)
    if not made:
        return
    day = timezone.localdate(now)
    used = {
        "calls": F("calls") + len(made),
        "input_tokens": F("input_tokens") + sum(call.tokens[0] for call in made),
        "output_tokens": F("output_tokens") + sum(call.tokens[1] for call in made),
        "cost": F("cost") + sum((money(call, endpoint) for call in made), Decimal(0)),
    }
    if not ModelUsage.objects.filter(day=day).update(**used):
        ModelUsage.objects.get_or_create(day=day)
        ModelUsage.objects.filter(day=day).update(**used)


def money(call: Call, endpoint: Endpoint) -> Decimal:
    """A call's cost to a millionth."""
    return Decimal(str(round(call.cost(endpoint), 6)))

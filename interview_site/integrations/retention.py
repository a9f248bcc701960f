"""The log of webhooks goes after LOG_RETENTION_DAYS; what still waits to be delivered stays."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef

from interview_site.integrations.models import Delivery, DeliveryState, Event

BATCH = 500


def purge(now: dt.datetime) -> int:
    """Delete events that are due, with their deliveries and attempts, BATCH at the most; how many."""
    old = Event.objects.filter(created_at__lt=now - dt.timedelta(days=settings.LOG_RETENTION_DAYS))
    waiting = Delivery.objects.filter(event=OuterRef("pk"), state=DeliveryState.WAITING)
    # One that was sent again lately is no old news.
    recent = Delivery.objects.filter(
        event=OuterRef("pk"), created_at__gte=now - dt.timedelta(days=settings.LOG_RETENTION_DAYS)
    )
    due = old.filter(~Exists(waiting), ~Exists(recent)).order_by("created_at")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    if ids:
        Event.objects.filter(pk__in=ids).delete()
    return len(ids)

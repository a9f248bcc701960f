"""The log of webhooks goes after LOG_RETENTION_DAYS; what still waits to be delivered stays, for its week."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef

from interview_site.integrations.delivering import GIVE_UP_AFTER
from interview_site.integrations.models import Delivery, DeliveryState, Event

BATCH = 500


def purge(now: dt.datetime) -> int:
    """Delete events that are due, with their deliveries and attempts, BATCH at the most; how many."""
    _give_up_resting(now)
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


def _give_up_resting(now: dt.datetime) -> None:
    """Of an endpoint that is switched off nothing is tried, so nothing would find that a delivery's week is over; all
    of them would be posted when it is switched on again.
    """
    resting = Delivery.objects.filter(
        state=DeliveryState.WAITING, endpoint__is_active=False, created_at__lt=now - GIVE_UP_AFTER
    )
    # Asked first: an update takes the database's one pen with every sweep, for nothing.
    if resting.exists():
        resting.update(state=DeliveryState.GIVEN_UP)

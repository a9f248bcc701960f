"""Telling other programs: an event and its deliveries are rows of the transaction in which the thing happens."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from interview_site.integrations.models import Delivery, Endpoint, Event, EventKind


def wanting(kind: EventKind) -> list[Endpoint]:
    """The active endpoints that are told of such events."""
    return [one for one in Endpoint.objects.filter(is_active=True) if not one.kinds or kind in one.kinds]


def emit(kind: EventKind, data: dict[str, Any], *, template_id: int | None, once: str = "") -> Event | None:
    """Write the event and a delivery for every endpoint that wants it; None where nobody does.

    data holds ids, states and times: no names, no texts, nothing that would have to be erased with a person. once is
    the name of what happens a single time: a second event by that name is not written. Inside a transaction.
    """
    now = timezone.now()
    endpoints = [one for one in wanting(kind) if one.template_id in (None, template_id)]
    if not endpoints:
        return None
    try:
        with transaction.atomic():
            event = Event.objects.create(kind=kind, data=data, once=once or None, created_at=now)
    except IntegrityError:
        return None  # Told of before, or by another process at this moment.
    Delivery.objects.bulk_create(
        Delivery(event=event, endpoint=endpoint, not_before=now) for endpoint in endpoints
    )
    return event


def send_again(delivery: Delivery) -> Delivery:
    """The same event to the same endpoint once more, beside what the log says of the first time."""
    return Delivery.objects.create(event=delivery.event, endpoint=delivery.endpoint, is_replay=True)

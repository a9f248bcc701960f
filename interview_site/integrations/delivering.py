"""Posting deliveries: signed, again and again with growing delays, until the other side says 2xx."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
import urllib.request
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from interview_site.integrations.models import Attempt, Delivery, DeliveryState, Event
from interview_site.integrations.outbound import status_of

logger = logging.getLogger(__name__)

# For a whole try, however the other side drips; well within the lease, so that nobody else posts it meanwhile.
TIMEOUT_SECONDS = 10.0
LEASE = dt.timedelta(seconds=60)
# Seconds to the next try; the last one repeats until GIVE_UP_AFTER.
DELAYS = (10, 60, 300, 1800, 7200, 21600, 43200)
GIVE_UP_AFTER = dt.timedelta(days=7)

_at_work = threading.Lock()


def body_of(event: Event) -> bytes:
    """The same bytes at every try, so that the receiver can tell a repeat by its id."""
    content = {"id": str(event.pk), "type": event.kind, "created_at": event.created_at, "data": event.data}
    return json.dumps(content, cls=DjangoJSONEncoder, separators=(",", ":"), sort_keys=True).encode()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`t=…,v1=…`: HMAC-SHA256 (hex) over `timestamp.body`. The time is signed, too: an old post tells its age."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def delay_after(attempt: int) -> dt.timedelta:
    """How long to wait after that attempt (1 for the first) has failed."""
    return dt.timedelta(seconds=DELAYS[min(attempt, len(DELAYS)) - 1])


def deliver_due(now: dt.datetime, limit: int = 50) -> int:
    """Try what is due; how many were tried. Two processes at once try nothing twice."""
    is_free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=now)
    tried = 0
    for pk in list(Delivery.objects.due(now).values_list("pk", flat=True)[:limit]):
        mine = Delivery.objects.filter(is_free, pk=pk, state=DeliveryState.WAITING, not_before__lte=now)
        # From this moment, not from the batch's first: those before may each have taken TIMEOUT_SECONDS.
        if mine.update(lease_expires_at=timezone.now() + LEASE):
            _try(Delivery.objects.select_related("event", "endpoint").get(pk=pk))
            tried += 1
    return tried


def start_delivering(now: dt.datetime) -> bool:
    """Deliver what is due in a thread of its own, one at a time in a process; False where nothing is due.

    Called from sweeps, which must not wait for other people's servers.
    """
    if not Delivery.objects.due(now).exists() or not _at_work.acquire(blocking=False):
        return False
    threading.Thread(target=_deliver_in_thread, daemon=True, name="webhooks").start()
    return True


def _deliver_in_thread() -> None:
    try:
        while deliver_due(timezone.now()):
            pass
    except Exception:
        logger.exception("Delivering stopped; the next sweep tries again.")
    finally:
        connection.close()
        _at_work.release()


def _try(delivery: Delivery) -> None:
    number, started = delivery.attempts + 1, time.monotonic()
    status, error = _post(delivery)
    now = timezone.now()
    Attempt.objects.create(
        delivery=delivery,
        number=number,
        status=status,
        error=error[:200],
        milliseconds=int((time.monotonic() - started) * 1000),
        tried_at=now,
    )
    changes: dict[str, Any] = {"attempts": number, "lease_expires_at": None}
    if status is not None and 200 <= status < 300:
        changes |= {"state": DeliveryState.DELIVERED, "delivered_at": now}
    elif now - delivery.created_at > GIVE_UP_AFTER:
        changes |= {"state": DeliveryState.GIVEN_UP}
    else:
        changes |= {"not_before": now + delay_after(number)}
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(**changes)


def _post(delivery: Delivery) -> tuple[int | None, str]:
    """(status, error)."""
    body = body_of(delivery.event)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked where an admin types the address
        delivery.endpoint.url,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Mockingbird",
            "Mockingbird-Event": delivery.event.kind,
            "Mockingbird-Delivery": str(delivery.pk),
            "Mockingbird-Signature": signature(delivery.endpoint.secret, int(time.time()), body),
        },
    )
    try:
        return status_of(request, TIMEOUT_SECONDS), ""
    except (OSError, ValueError, http.client.HTTPException) as trouble:
        return None, f"{type(trouble).__name__}: {getattr(trouble, 'reason', trouble)}"

"""The circuit breaker: after 5 failures in 30 s nobody calls, but for one probe now and then. Shared by all workers.

Time is passed in; every change is one transaction on the endpoint's row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q

from grading.models_exchange import Breaker, BreakerKind

OPENS_AFTER = 5
WINDOW = dt.timedelta(seconds=30)
# Waits before one probe after the other; the last one repeats. 60 s of outage cost five probes at the most.
PROBE_WAITS = (10, 15, 20, 30, 60)
CONFIGURATION_WAIT = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class State:
    """Whether calls may be made. probe_at is when one may try although it is open."""

    is_open: bool = False
    probe_at: dt.datetime | None = None
    kind: str = ""
    reason: str = ""


def state(endpoint: str) -> State:
    row = Breaker.objects.filter(endpoint=endpoint).first()
    if row is None or row.opened_at is None:
        return State()
    return State(is_open=True, probe_at=row.probe_at, kind=row.kind, reason=row.reason)


def claim_probe(endpoint: str, now: dt.datetime) -> bool:
    """Whether the caller may make the one call that is allowed now; of many callers one may."""
    # Later than any wait can be: the clock was set back meanwhile.
    is_time = Q(probe_at__lte=now) | Q(probe_at__gt=now + CONFIGURATION_WAIT)
    row = Breaker.objects.filter(is_time, endpoint=endpoint).exclude(opened_at=None).first()
    if row is None:
        return False
    taken = Breaker.objects.filter(pk=row.pk, probe_at=row.probe_at).update(
        probes=row.probes + 1, probe_at=now + _wait(row.kind, row.probes + 1)
    )
    return taken == 1


def note_failure(endpoint: str, reason: str, now: dt.datetime) -> bool:
    """Count a failure; whether it opened the breaker."""
    with transaction.atomic():
        row = _locked(endpoint)
        recent = [at for at in row.failures if (now - WINDOW).timestamp() < at <= now.timestamp()]
        row.failures = [*recent, now.timestamp()][-OPENS_AFTER:]
        opens = row.opened_at is None and len(row.failures) >= OPENS_AFTER
        if opens:
            _open(row, BreakerKind.OUTAGE, reason, now)
        elif row.opened_at is not None:
            row.reason = reason
        row.save()
    return opens


def note_misconfiguration(endpoint: str, reason: str, now: dt.datetime) -> bool:
    """Open at once: every call would fail until somebody acts. Whether it was closed before."""
    with transaction.atomic():
        row = _locked(endpoint)
        was_closed = row.opened_at is None
        if was_closed or row.kind != BreakerKind.CONFIGURATION:
            _open(row, BreakerKind.CONFIGURATION, reason, now)
        row.reason = reason
        row.save()
    return was_closed


def note_success(endpoint: str) -> bool:
    """Close it; whether it was open. Costs one query where all is well."""
    closed = Breaker.objects.filter(endpoint=endpoint).exclude(opened_at=None, failures=[])
    return closed.update(opened_at=None, probe_at=None, probes=0, failures=[], reason="") > 0


def _locked(endpoint: str) -> Breaker:
    rows = Breaker.objects.select_for_update()
    if (row := rows.filter(endpoint=endpoint).first()) is not None:
        return row
    try:
        with transaction.atomic():
            return Breaker.objects.create(endpoint=endpoint)
    except IntegrityError:  # another worker was faster
        return rows.get(endpoint=endpoint)


def _open(row: Breaker, kind: BreakerKind, reason: str, now: dt.datetime) -> None:
    row.opened_at, row.kind, row.reason, row.probes = now, kind, reason, 0
    row.probe_at = now + _wait(kind, 0)


def _wait(kind: str, probes: int) -> dt.timedelta:
    if kind == BreakerKind.CONFIGURATION:
        return CONFIGURATION_WAIT
    return dt.timedelta(seconds=PROBE_WAITS[min(probes, len(PROBE_WAITS) - 1)])

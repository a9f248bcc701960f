"""What Django keeps about people's visits: sessions that have expired, and the history of the admin pages."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

BATCH = 500


def purge(now: dt.datetime) -> int:
    """Delete what has expired, and history older than LOG_RETENTION_DAYS, BATCH of each at the most; how many rows.

    The audit log is not touched: it is kept for good.
    """
    expired = Session.objects.filter(expire_date__lt=now)
    keys = list(expired.values_list("pk", flat=True)[:BATCH])
    if keys:
        # Asked once more: somebody may have come back meanwhile.
        expired.filter(pk__in=keys).delete()
    old = LogEntry.objects.filter(action_time__lt=now - dt.timedelta(days=settings.LOG_RETENTION_DAYS))
    entries = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if entries:
        LogEntry.objects.filter(pk__in=entries).delete()
    return len(keys) + len(entries)

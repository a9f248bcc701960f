"""What was sent and answered word for word goes after GRADING_RAW_RETENTION_DAYS; hashes, tokens and costs stay."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from grading.models_exchange import Exchange

BATCH = 500


def purge(now: dt.datetime) -> int:
    """Blank the raw texts that are due, BATCH at the most; how many."""
    due = Exchange.objects.with_raw_before(now - dt.timedelta(days=settings.GRADING_RAW_RETENTION_DAYS))
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    return Exchange.objects.filter(pk__in=ids).update(raw_request="", raw_response="", raw_purged_at=now)

"""The audit log: appending entries, proving that none was changed, erasing what a person may have erased.

Every entry's hash is taken over the hash of the one before it and over its own content, so whoever changes, removes
or slips in a row breaks the chain from there on. Entries hold no personal data beyond the actor's number; what must
be said in words goes into the particulars, which can be erased.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Max

from interview_site.accounts.models import AuditEntry, AuditHead, User

BEFORE_THE_FIRST = "0" * 64
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole chain found. broken_at is the number of the first bad entry, None where all is well."""

    entries: int
    erased: int
    head: str
    broken_at: int | None = None
    complaint: str = ""


@transaction.atomic
def record(
    actor: User | None,
    action: str,
    target: models.Model,
    *,
    before: Any = None,
    after: Any = None,
    why: str = "",
) -> AuditEntry:
    """Append an entry in the caller's transaction: it is there exactly if the act is.

    actor None is the system. action reads like "invitation.revoked". before and after are anything that JSON can say:
    ids, states and numbers rather than names and texts. Make it the last write of the transaction: the end of the
    chain is locked from here to the commit, which is what keeps the chain one line.
    """
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    particulars = _canonical({"before": before, "after": after, "why": why})
    entry = AuditEntry(
        number=head.number + 1,
        actor_id=actor.pk if actor else None,
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        particulars=particulars,
        salt=secrets.token_hex(16),
        previous_hash=head.hash,
    )
    entry.particulars_digest = digest_of_particulars(entry)
    entry.hash = hash_of(entry)
    entry.save()
    AuditHead.objects.filter(pk=head.pk).update(number=entry.number, hash=entry.hash)
    return entry


def hash_of(entry: AuditEntry) -> str:
    """The hash that the entry has to carry: over the one before it and over what it says."""
    content = [
        entry.previous_hash,
        entry.number,
        entry.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.action,
        entry.target_type,
        entry.target_id,
        entry.particulars_digest,
    ]
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def digest_of_particulars(entry: AuditEntry) -> str:
    """Salted, so that an erased text cannot be guessed from its digest."""
    return hashlib.sha256(f"{entry.salt}\n{entry.particulars}".encode()).hexdigest()


def verify() -> Verdict:
    """Walk the whole chain, to the end that it has now. Memory does not grow with it."""
    # In this order: what is appended while we look is past both, and what was slipped in past the head is not.
    newest = AuditEntry.objects.aggregate(newest=Max("number"))["newest"] or 0
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    previous, expected, erased = BEFORE_THE_FIRST, 1, 0
    written = AuditEntry.objects.filter(number__lte=max(newest, head.number)).order_by("number")
    for entry in written.iterator(chunk_size=BATCH):
        complaint = _complaint_about(entry, expected, previous)
        if complaint:
            return Verdict(expected - 1, erased, previous, min(entry.number, expected), complaint)
        erased += entry.is_erased
        previous, expected = entry.hash, expected + 1
    if (head.number, head.hash) != (expected - 1, previous):
        complaint = (
            f"the log ends with entry {expected - 1}, and entry {head.number} was the last one written"
        )
        return Verdict(expected - 1, erased, previous, expected, complaint)
    return Verdict(expected - 1, erased, previous)


def _complaint_about(entry: AuditEntry, expected: int, previous: str) -> str:
    if entry.number != expected:
        return f"entry {expected} is missing" if entry.number > expected else "a number stands twice"
    if entry.previous_hash != previous:
        return "it does not follow from the entry before it"
    if entry.hash != hash_of(entry):
        return "its content is not what was written"
    if not entry.is_erased and entry.particulars_digest != digest_of_particulars(entry):
        return "its particulars are not what was written"
    return ""


@transaction.atomic
def erase_particulars(targets: Iterable[models.Model]) -> int:
    """Remove before, after and why of every entry about these records: for the erasure of a person's data.

    The entries stay and the chain still verifies; the number of entries erased. Record that it was done.
    """
    count = 0
    for target in targets:
        entries = AuditEntry.objects.filter(
            target_type=target._meta.label_lower, target_id=str(target.pk)
        ).exclude(particulars="")
        # The one change that the log allows; its own queryset refuses every other.
        count += models.QuerySet.update(entries, particulars="", salt="")
    return count


def erase_traces(targets: Sequence[models.Model]) -> None:
    """Remove whatever logs say in words about these records: particulars here, and Django admin's own log."""
    erase_particulars(targets)
    for target in targets:
        kind = ContentType.objects.get_for_model(target)
        LogEntry.objects.filter(content_type=kind, object_id=str(target.pk)).delete()


def _canonical(content: Any) -> str:
    """One spelling for one content; as text, since a database's own JSON types rewrite numbers."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)

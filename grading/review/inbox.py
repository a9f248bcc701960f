"""The inbox: which interviews wait for a person, and why; oldest first. A fixed number of queries for any number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from grading.models import GradingJob, JobState
from grading.models_review import Review, open_appeals_of_session
from grading.review.blinding import in_blind_share
from grading.review.standing import Standing, standings
from interview_site.accounts.models import User
from sessions.models import InterviewSession
from sessions.states import Route

# A share of the points between these is near enough to the middle for a person's second thought.
BORDERLINE = (0.45, 0.55)


class Reason(models.TextChoices):
    """Why an interview waits, the most pressing first."""

    APPEAL = "appeal", "Appeal"
    UNGRADED = "ungraded", "No machine mark"
    UNSURE = "unsure", "Unsure"
    FLAGGED = "flagged", "Flagged"
    DISAGREEMENT = "disagreement", "Disagreement"
    BORDERLINE = "borderline", "Borderline"
    FINISHED = "finished", "Finished"


# What would tell a reviewer who is to read blind what the machine thinks.
TELLING = frozenset({Reason.UNSURE, Reason.DISAGREEMENT, Reason.BORDERLINE, Reason.FLAGGED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One interview that waits."""

    session_id: uuid.UUID
    template_id: int | None
    submitted_at: dt.datetime | None
    reasons: tuple[Reason, ...]


def reasons_for(
    standing: Standing,
    *,
    is_reviewed: bool,
    has_open_appeal: bool,
    is_ungraded: bool,
    is_blind: bool,
) -> tuple[Reason, ...]:
    """Pure. Nothing where the interview does not wait: a review is in and nobody appeals."""
    found = [Reason.APPEAL] if has_open_appeal else []
    if is_reviewed:
        return tuple(found)
    low, high = BORDERLINE
    share = standing.share
    checks = (
        (Reason.UNGRADED, is_ungraded or standing.unscored > 0),
        (Reason.UNSURE, standing.unsure > 0),
        (Reason.FLAGGED, standing.flagged > 0),
        (Reason.DISAGREEMENT, standing.differing > 0),
        (Reason.BORDERLINE, share is not None and low <= share <= high),
        (Reason.FINISHED, True),
    )
    found += [reason for reason, holds in checks if holds and not (is_blind and reason in TELLING)]
    return tuple(found)


def waiting_for(user: User) -> list[Waiting]:
    """All that waits for this user's teams, oldest first: two queries."""
    own = Review.objects.submitted().filter(interview_session=OuterRef("pk"))
    dead = GradingJob.objects.filter(answer__interview_session=OuterRef("pk"), state=JobState.DEAD)
    rows = (
        InterviewSession.objects.readable_by_hiring(user)
        .annotate(
            is_reviewed=Exists(own),
            has_open_appeal=open_appeals_of_session(),
            has_dead=Exists(dead.filter(answer__grades=None)),
        )
        .exclude(is_reviewed=True, has_open_appeal=False)
    )
    found = standings(rows.values("pk"))
    listed = rows.order_by("submitted_at", "pk").values_list(
        "pk", "template_id", "submitted_at", "is_reviewed", "has_open_appeal", "has_dead", "route", "blind_first",
    )  # fmt: skip
    return [
        Waiting(
            pk,
            template_id,
            submitted_at,
            reasons_for(
                found.get(pk, Standing()),
                is_reviewed=is_reviewed,
                has_open_appeal=has_open_appeal,
                is_ungraded=has_dead or route == Route.HUMAN_ONLY,
                is_blind=blind_first or in_blind_share(pk),
            ),
        )
        for pk, template_id, submitted_at, is_reviewed, has_open_appeal, has_dead, route, blind_first in listed
    ]


def counts(waiting: list[Waiting]) -> Mapping[Reason, int]:
    """How many wait for each reason; one interview counts for every reason that it has."""
    counted = Counter(reason for one in waiting for reason in one.reasons)
    return {reason: counted[reason] for reason in Reason}


def rows_of(page: Iterable[Waiting]) -> QuerySet[InterviewSession]:
    """The interviews of one page, with candidate, template and lease, in no particular order."""
    return InterviewSession.objects.filter(pk__in=[one.session_id for one in page]).select_related(
        "candidate", "template", "review_lease__reviewer"
    )

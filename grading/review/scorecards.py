"""Scorecards: draft → submitted. A submitted one is a named person's word, and does not change any more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from grading import announcing
from grading.models_review import Recommendation, Review, ReviewStatus
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import InterviewSession


@dataclass(frozen=True, slots=True)
class Card:
    """What a reviewer writes. notes are for the team; message is for the candidate, once released."""

    recommendation: str = ""
    notes: str = ""
    message: str = ""


class StaleScorecardError(Exception):
    """Saved from another window since, or submitted; stored is what stands there."""

    def __init__(self, stored: Review) -> None:
        super().__init__("This scorecard was changed in another window.")
        self.stored = stored


class NoRecommendationError(ValueError):
    """A scorecard needs one of the five recommendations before it is submitted."""


def scorecard(interview_session: InterviewSession, reviewer: User) -> Review:
    """The reviewer's own scorecard, unsaved where there is none yet."""
    own = Review.objects.filter(interview_session=interview_session, reviewer=reviewer).first()
    return own or Review(interview_session=interview_session, reviewer=reviewer)


def save(
    interview_session: InterviewSession, reviewer: User, card: Card, version: int, now: dt.datetime
) -> Review:
    """Keep the draft; version is the one that it was written on. Raises StaleScorecardError."""
    return _write(interview_session, reviewer, card, version, now, {})


@transaction.atomic
def submit(
    interview_session: InterviewSession, reviewer: User, card: Card, version: int, now: dt.datetime
) -> Review:
    """The reviewer's decision. Raises StaleScorecardError, NoRecommendationError."""
    if card.recommendation not in Recommendation.values:
        raise NoRecommendationError("Choose a recommendation. “No decision” is one, too.")
    submitted = {"status": ReviewStatus.SUBMITTED, "submitted_at": now}
    review = _write(interview_session, reviewer, card, version, now, submitted)
    announcing.review_submitted(review)
    audit.record(reviewer, "review.submitted", review, after={"recommendation": card.recommendation})
    return review


def _write(
    interview_session: InterviewSession,
    reviewer: User,
    card: Card,
    version: int,
    now: dt.datetime,
    extra: dict[str, object],
) -> Review:
    fields = {
        "recommendation": card.recommendation,
        "notes": card.notes,
        "message": card.message,
        "updated_at": now,
        **extra,
    }
    with transaction.atomic():
        Review.objects.get_or_create(interview_session=interview_session, reviewer=reviewer)
        rows = Review.objects.filter(interview_session=interview_session, reviewer=reviewer)
        changed = rows.filter(version=version, status=ReviewStatus.DRAFT).update(
            **fields, version=F("version") + 1
        )
        stored = rows.get()
    if not changed:
        raise StaleScorecardError(stored)
    return stored

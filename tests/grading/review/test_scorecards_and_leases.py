"""Scorecards change by versions, leases expire, a release happens once."""

import datetime as dt

import pytest
from django.utils import timezone

from grading.models_review import Review, ReviewLease
from grading.review import leases
from grading.review.releasing import messages_for_candidate, release
from grading.review.scorecards import Card, NoRecommendationError, StaleScorecardError, save, submit

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_a_draft_is_saved_and_submitted(assessment, mia):
    save(assessment, mia, Card("yes", "clear"), 0, timezone.now())
    submit(assessment, mia, Card("strong_yes", "clear", "Well done."), 1, timezone.now())
    review = Review.objects.get()
    assert (review.status, review.recommendation, review.version) == ("submitted", "strong_yes", 2)


def test_an_older_window_is_refused_with_what_is_stored(assessment, mia):
    save(assessment, mia, Card("yes", "from the first window"), 0, timezone.now())
    with pytest.raises(StaleScorecardError) as refused:
        save(assessment, mia, Card("no", "from the second window"), 0, timezone.now())
    assert refused.value.stored.notes == "from the first window"
    assert Review.objects.get().notes == "from the first window"


def test_a_submitted_scorecard_does_not_change(assessment, mia):
    submit(assessment, mia, Card("no_decision"), 0, timezone.now())
    for write in (save, submit):
        with pytest.raises(StaleScorecardError):
            write(assessment, mia, Card("yes"), 1, timezone.now())
    assert Review.objects.get().recommendation == "no_decision"


def test_submitting_needs_a_recommendation_and_leaves_nothing_where_it_is_missing(assessment, mia):
    with pytest.raises(NoRecommendationError):
        submit(assessment, mia, Card(""), 0, timezone.now())
    assert not Review.objects.exists()


def test_two_reviewers_have_a_scorecard_each(assessment, mia, max_):
    submit(assessment, mia, Card("yes"), 0, timezone.now())
    submit(assessment, max_, Card("no"), 0, timezone.now())
    assert Review.objects.submitted().count() == 2


def test_the_second_reviewer_is_told_who_was_first(assessment, mia, max_):
    now = timezone.now()
    assert leases.take(assessment, mia, now).reviewer == mia
    assert leases.take(assessment, max_, now).reviewer == mia
    assert leases.held_by_other(assessment, max_, now).reviewer == mia
    assert leases.held_by_other(assessment, mia, now) is None


def test_a_lease_ends_after_eight_hours_and_is_renewed_by_working(assessment, mia, max_):
    now = timezone.now()
    leases.take(assessment, mia, now)
    leases.take(assessment, mia, now + dt.timedelta(hours=7))
    assert leases.take(assessment, max_, now + dt.timedelta(hours=9)).reviewer == mia
    assert leases.take(assessment, max_, now + dt.timedelta(hours=15, seconds=1)).reviewer == max_


def test_taking_over_is_an_act_of_its_own_and_giving_back_frees_only_ones_own(assessment, mia, max_):
    now = timezone.now()
    leases.take(assessment, mia, now)
    leases.give_back(assessment, max_)
    assert ReviewLease.objects.get().reviewer == mia
    assert leases.take_over(assessment, max_, now).reviewer == max_
    leases.give_back(assessment, max_)
    assert not ReviewLease.objects.exists()


def test_a_release_happens_once(assessment, mia, max_):
    assert release(assessment, mia, timezone.now())
    assert not release(assessment, max_, timezone.now())


def test_messages_reach_the_candidate_with_the_release_and_notes_never(assessment, mia):
    submit(assessment, mia, Card("no", "SECRET", "Read about generators."), 0, timezone.now())
    assert messages_for_candidate(assessment) == []
    release(assessment, mia, timezone.now())
    assessment.refresh_from_db()
    assert messages_for_candidate(assessment) == ["Read about generators."]

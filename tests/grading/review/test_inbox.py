"""Who waits for a person, and why."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from grading.models import Grade, GradingJob
from grading.review import blinding
from grading.review.appeals import contestable, open_appeal
from grading.review.inbox import Reason, counts, reasons_for, waiting_for
from grading.review.releasing import release
from grading.review.scorecards import Card, submit
from grading.review.standing import Standing, standings
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at, practice_session
from tests.grading.review.conftest import sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


def why(standing=Standing(), **flags):  # noqa: B008
    defaults = dict.fromkeys(["is_reviewed", "has_open_appeal", "is_ungraded", "is_blind"], False)
    return [reason.value for reason in reasons_for(standing, **{**defaults, **flags})]


def standing(points=3, out_of=4, **counted):
    return Standing(Decimal(points), Decimal(out_of), asked=1, graded=1, **counted)


@pytest.mark.parametrize(
    ("reasons", "given", "flags"),
    [
        (["finished"], standing(), {}),
        (["unsure", "finished"], standing(unsure=1), {}),
        (["flagged", "finished"], standing(flagged=2), {}),
        (["disagreement", "finished"], standing(differing=1), {}),
        (["borderline", "finished"], standing(2, 4), {}),
        (["ungraded", "finished"], standing(unscored=1), {}),
        (["ungraded", "finished"], Standing(), {"is_ungraded": True}),
        (["appeal"], standing(unsure=1), {"is_reviewed": True, "has_open_appeal": True}),
        ([], standing(unsure=1, flagged=1), {"is_reviewed": True}),
        (["finished"], standing(2, 4, unsure=1, flagged=1, differing=1), {"is_blind": True}),
    ],
)
def test_the_reasons(reasons, given, flags):
    assert why(given, **flags) == reasons


def test_oldest_first_and_only_of_ones_own_teams_and_never_practice(assessment, ana, mia, ned):
    later = sat(UserFactory.create(), [mia])
    sat(UserFactory.create(), [ned])
    practice_session(ana)
    InterviewSession.objects.filter(pk=assessment.pk).update(
        submitted_at=timezone.now() - dt.timedelta(days=3)
    )
    assert [one.session_id for one in waiting_for(mia)] == [assessment.pk, later.pk]


def test_a_submitted_scorecard_takes_an_interview_out_and_an_appeal_brings_it_back(assessment, mia, max_):
    submit(assessment, mia, Card("no"), 0, timezone.now())
    assert waiting_for(max_) == []
    release(assessment, mia, timezone.now())
    answer = answer_at(assessment, 2)
    open_appeal(answer, contestable(answer).first(), "Look again.", timezone.now())
    (waiting,) = waiting_for(max_)
    assert waiting.reasons == (Reason.APPEAL,)


def test_two_graders_far_apart_are_a_disagreement(assessment, mia, max_):
    answer = answer_at(assessment, 1)
    machine = answer.grades.get()
    assert Reason.DISAGREEMENT not in waiting_for(mia)[0].reasons
    Grade.objects.create(
        answer=answer, rubric=machine.rubric, grader="llm", score=machine.score - 1, max_score=4,
        rubric_hash="", answer_hash="",
    )  # fmt: skip
    assert Reason.DISAGREEMENT in waiting_for(mia)[0].reasons


def test_a_dead_job_and_a_human_only_interview_wait_without_a_machine_mark(mia):
    dead = sat(UserFactory.create(), [mia], graded=False)
    GradingJob.objects.update(state="dead")
    human_only = sat(UserFactory.create(), [mia], route="human_only")
    assert not GradingJob.objects.filter(answer__interview_session=human_only).exists()
    reasons = {one.session_id: one.reasons for one in waiting_for(mia)}
    assert Reason.UNGRADED in reasons[dead.pk]
    assert Reason.UNGRADED in reasons[human_only.pk]


def test_what_the_machine_thinks_is_not_given_away_where_reading_is_blind(assessment, mia, settings):
    Grade.objects.update(flags=["injection"])
    assert Reason.FLAGGED in waiting_for(mia)[0].reasons
    settings.REVIEW_BLIND_SHARE = 1.0
    assert waiting_for(mia)[0].reasons == (Reason.FINISHED,)


def test_one_interview_counts_for_each_of_its_reasons(assessment, mia):
    Grade.objects.update(flags=["injection"])
    counted = counts(waiting_for(mia))
    assert (counted[Reason.FLAGGED], counted[Reason.FINISHED], counted[Reason.APPEAL]) == (1, 1, 0)


def test_a_standing_adds_up_effective_grades_only(assessment, mia):
    answer = answer_at(assessment, 1)
    by_hand(answer, mia, "met", "unmet")
    found = standings([assessment.pk])[assessment.pk]
    assert (found.points, found.max_points, found.graded, found.by_people) == (2, 8, 2, 1)
    assert not found.is_confirmed
    assert found.share == 0.25


def test_the_random_share_is_stable_and_about_as_large_as_it_says(settings):
    import uuid

    settings.REVIEW_BLIND_SHARE = 0.2
    ids = [uuid.UUID(int=n) for n in range(4000)]
    chosen = {pk for pk in ids if blinding.in_blind_share(pk)}
    assert 0.17 < len(chosen) / len(ids) < 0.23
    assert chosen == {pk for pk in ids if blinding.in_blind_share(pk)}

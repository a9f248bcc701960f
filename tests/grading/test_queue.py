"""The lease queue: one owner at a time, nothing lost, nothing done twice."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grading import queue
from grading.models import Grader, GradingJob, JobState
from tests.factories import UserFactory, answer_at, practice_session

pytestmark = [pytest.mark.django_db, pytest.mark.services]

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture
def job():
    return make_job()


def make_job(**fields):
    interview_session = practice_session(UserFactory.create(), 1)
    return GradingJob.objects.create(answer=answer_at(interview_session, 1), **{"not_before": NOW, **fields})


def test_claiming_stores_token_attempt_and_lease_before_any_work(job, settings):
    settings.GRADING_LEASE_SECONDS = 60
    lease = queue.claim(NOW)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == (JobState.RUNNING, 1, lease.token)
    assert job.lease_expires_at == after(60)


def test_a_claimed_job_is_nobody_elses(job):
    assert queue.claim(NOW)
    assert queue.claim(NOW) is None


def test_a_job_is_not_due_before_its_time():
    make_job(not_before=after(1))
    assert queue.claim(NOW) is None
    assert queue.claim(after(1))


def test_the_oldest_due_job_comes_first():
    later, earlier = make_job(not_before=after(-1)), make_job(not_before=after(-2))
    assert [queue.claim(NOW).job_id, queue.claim(NOW).job_id] == [earlier.pk, later.pk]


def test_a_hint_claims_its_own_job_only():
    first, second = make_job(), make_job()
    assert queue.claim(NOW, second.pk).job_id == second.pk
    assert queue.claim(NOW, second.pk) is None
    assert queue.claim(NOW).job_id == first.pk


def test_an_expired_lease_is_taken_over_and_the_first_owner_is_fenced_off(job, settings):
    first = queue.claim(NOW)
    late = after(settings.GRADING_LEASE_SECONDS + 1)
    second = queue.claim(late)
    assert second.attempt == 2
    assert not queue.finish(first, late)
    assert not queue.renew(first, late)
    assert queue.fail(first, "too late", late) is None
    assert not queue.release(first, late)
    job.refresh_from_db()
    assert (job.state, job.lease_token, job.last_error) == (JobState.RUNNING, second.token, "")
    assert queue.finish(second, late)


def test_a_renewed_lease_is_not_taken_over(settings):
    settings.GRADING_LEASE_SECONDS = 60
    make_job()
    lease = queue.claim(NOW)
    assert queue.renew(lease, after(50))
    assert queue.claim(after(61)) is None
    assert queue.claim(after(111))


def test_finishing_ends_the_job_for_good(job):
    lease = queue.claim(NOW)
    assert queue.finish(lease, NOW)
    assert not queue.finish(lease, NOW)
    assert queue.claim(after(10_000)) is None
    job.refresh_from_db()
    assert (job.state, job.lease_token, job.finished_at) == (JobState.DONE, None, NOW)


def test_a_failure_is_tried_again_later_and_later(job):
    first = queue.claim(NOW)
    assert queue.fail(first, "boom", NOW) == JobState.QUEUED
    job.refresh_from_db()
    assert (job.not_before, job.last_error) == (after(5), "boom")
    second = queue.claim(after(5))
    queue.fail(second, "boom again", after(5))
    job.refresh_from_db()
    assert job.not_before == after(35)


def test_the_other_side_may_ask_for_a_longer_wait(job):
    queue.fail(queue.claim(NOW), "429", NOW, delay=dt.timedelta(seconds=90))
    job.refresh_from_db()
    assert job.not_before == after(90)


def test_after_three_attempts_a_person_has_to_look(job, settings):
    settings.GRADING_MAX_ATTEMPTS = 3
    now = NOW
    for attempt in (1, 2, 3):
        now += dt.timedelta(hours=1)
        outcome = queue.fail(queue.claim(now), "boom", now)
        assert outcome == (JobState.DEAD if attempt == 3 else JobState.QUEUED)
    assert queue.claim(now + dt.timedelta(days=1)) is None


def test_a_job_that_kills_its_workers_is_buried_and_its_neighbours_are_not_held_up(settings):
    settings.GRADING_MAX_ATTEMPTS, settings.GRADING_LEASE_SECONDS = 3, 60
    poison = make_job(not_before=after(-9))
    now = NOW
    for _ in range(3):
        assert queue.claim(now).job_id == poison.pk
        now += dt.timedelta(seconds=61)
    neighbour = make_job()
    assert queue.claim(now).job_id == neighbour.pk
    poison.refresh_from_db()
    assert poison.state == JobState.DEAD
    assert "did not come back" in poison.last_error


def test_a_worker_that_is_told_to_stop_gives_its_job_back_untried(job):
    queue.release(queue.claim(NOW), NOW)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert queue.claim(NOW).attempt == 1


def test_the_age_of_the_oldest_due_job():
    assert queue.oldest_due_age(NOW) == dt.timedelta()
    make_job(not_before=after(-30))
    assert queue.oldest_due_age(NOW) == dt.timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_jobs_without_a_job_done_twice():
    expected = {make_job(not_before=timezone.now()).pk for _ in range(24)}
    claimed, lock = [], threading.Lock()
    start = threading.Barrier(6)

    def work():
        start.wait()
        try:
            while lease := queue.claim(timezone.now()):
                with lock:
                    claimed.append(lease.job_id)
                queue.finish(lease, timezone.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert sorted(claimed) == sorted(expected)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ungraded_only", [False, True])
def test_a_claim_of_several_takes_what_another_claim_under_way_has_left(ungraded_only):
    """On SQLite after it: there is one writer at a time."""
    first, second = (make_job(not_before=after(-age)).pk for age in (30, 20))
    found: list[int] = []

    def another():
        try:
            leases = queue.claim_many(NOW, 1, Grader.KEYWORD, ungraded_only=ungraded_only)
            found.extend(lease.job_id for lease in leases)
        finally:
            connection.close()

    thread = threading.Thread(target=another)
    with transaction.atomic():
        assert [lease.job_id for lease in queue.claim_many(NOW, 1, Grader.KEYWORD)] == [first]
        if connection.features.has_select_for_update_skip_locked:
            thread.start()
            thread.join(60)
    if not thread.ident:
        thread.start()
        thread.join(60)
    assert found == [second]

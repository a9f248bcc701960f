"""Submitting: the text freezes and the job is made, together and once."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from grading import submission
from grading.models import GradingJob
from grading.submission import end_if_due, submit_answer, submit_expired, submit_session
from sessions.sittings import NotEditableError, save_draft
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, practice_session

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def ana():
    return UserFactory.create(name="Ana")


def test_submitting_freezes_the_text_and_makes_the_job(ana):
    answer = answer_at(practice_session(ana), 1)
    rubric = answer.question_version.rubrics.get()
    now = timezone.now()
    job = submit_answer(answer, "My answer", rubric.pk, now)
    answer.refresh_from_db()
    assert (answer.status, answer.final_text, answer.submitted_at) == ("submitted", "My answer", now)
    assert (job.answer, job.rubric, job.state) == (answer, rubric, "queued")
    assert answer.events.get().kind == "submitted"


def test_a_second_submit_changes_nothing(ana):
    answer = answer_at(practice_session(ana), 1)
    submit_answer(answer, "First", None, timezone.now())
    with pytest.raises(NotEditableError):
        submit_answer(answer, "Second", None, timezone.now())
    answer.refresh_from_db()
    assert answer.final_text == "First"
    assert GradingJob.objects.count() == 1


def test_where_the_job_cannot_be_made_the_answer_stays_open(ana, monkeypatch):
    answer = answer_at(practice_session(ana), 1)

    def refuse(**_fields):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(submission.GradingJob.objects, "create", refuse)
    with pytest.raises(RuntimeError):
        submit_answer(answer, "My answer", None, timezone.now())
    answer.refresh_from_db()
    assert (answer.status, answer.final_text) == ("open", "")


def test_after_the_deadline_nothing_is_accepted(ana):
    now = timezone.now()
    answer = answer_at(practice_session(ana, minutes=10, at=now), 1)
    with pytest.raises(NotEditableError):
        submit_answer(answer, "Too late", None, now + dt.timedelta(minutes=11))


def test_finishing_submits_drafts_as_they_stand_and_leaves_the_rest_blank(ana):
    interview_session = practice_session(ana, 3)
    submit_answer(answer_at(interview_session, 1), "Done", None, timezone.now())
    save_draft(answer_at(interview_session, 2), "Half done", 0, timezone.now())
    save_draft(answer_at(interview_session, 3), " \u200b ", 0, timezone.now())
    assert submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    assert [a.final_text for a in interview_session.answers.order_by("position")] == ["Done", "Half done", ""]
    assert [a.is_blank for a in interview_session.answers.order_by("position")] == [False, False, True]
    assert GradingJob.objects.count() == 3


def test_an_interview_ends_once(ana):
    interview_session = practice_session(ana)
    assert submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    assert not submit_session(interview_session, EndedBy.DEADLINE, timezone.now())
    assert interview_session.ended_by == "candidate"
    assert GradingJob.objects.count() == 3


def test_the_deadline_submits_what_is_saved(ana):
    now = timezone.now()
    interview_session = practice_session(ana, minutes=10, at=now)
    save_draft(answer_at(interview_session, 1), "Saved in time", 0, now)
    assert submit_expired(now + dt.timedelta(minutes=9)) == 0
    assert submit_expired(now + dt.timedelta(minutes=11)) == 1
    interview_session.refresh_from_db()
    assert (interview_session.status, interview_session.ended_by) == ("submitted", "deadline")
    assert answer_at(interview_session, 1).final_text == "Saved in time"


def test_an_interview_with_every_answer_given_is_over(ana):
    interview_session = practice_session(ana, 2)
    submit_answer(answer_at(interview_session, 1), "One", None, timezone.now())
    assert not end_if_due(interview_session, timezone.now())
    submit_answer(answer_at(interview_session, 2), "Two", None, timezone.now())
    assert end_if_due(interview_session, timezone.now())
    assert interview_session.ended_by == "candidate"


def test_the_sweep_ends_an_answered_interview_whose_candidate_closed_the_browser(ana):
    interview_session = practice_session(ana, 1)
    submit_answer(answer_at(interview_session, 1), "One", None, timezone.now())
    assert submit_expired(timezone.now()) == 1
    interview_session.refresh_from_db()
    assert interview_session.status == "submitted"


def test_the_hint_goes_out_after_the_commit(ana, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(submission, "ring", rung.append)
    answer = answer_at(practice_session(ana), 1)
    with django_capture_on_commit_callbacks(execute=True):
        job = submit_answer(answer, "My answer", None, timezone.now())
        assert rung == []
    assert rung == [[job.pk]]


@pytest.mark.django_db(transaction=True)
def test_of_many_submits_at_the_same_moment_one_counts_and_the_others_change_nothing():
    interview_session = practice_session(UserFactory.create(), 4)
    answers = [answer_at(interview_session, position) for position in (1, 2, 3, 4)]
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def submit(name):
        try:
            for answer in answers:
                start.wait(30)
                try:
                    submit_answer(answer, name, None, timezone.now())
                    outcomes.append(name)
                except NotEditableError:
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=(f"Window {n}",)) for n in range(8)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert len(outcomes) == 4
    assert GradingJob.objects.count() == 4
    assert sorted(interview_session.answers.values_list("final_text", flat=True)) == sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_submitting_while_the_interview_ends_loses_no_answer_and_makes_no_second_job():
    for _ in range(5):
        interview_session = practice_session(UserFactory.create(), 3)
        accepted: list[int] = []
        start = threading.Barrier(4)

        def submit(position, session=interview_session, accepted=accepted, start=start):
            start.wait(30)
            try:
                submit_answer(answer_at(session, position), "In time", None, timezone.now())
                accepted.append(position)
            except NotEditableError:
                pass
            finally:
                connection.close()

        def end(session=interview_session, start=start):
            start.wait(30)
            submit_session(session, EndedBy.CANDIDATE, timezone.now())
            connection.close()

        threads = [threading.Thread(target=submit, args=(n,)) for n in (1, 2, 3)] + [
            threading.Thread(target=end)
        ]
        [thread.start() for thread in threads]
        [thread.join(60) for thread in threads]
        answers = interview_session.answers.order_by("position")
        assert [a.position for a in answers if a.final_text == "In time"] == sorted(accepted)
        assert GradingJob.objects.filter(answer__in=answers).count() == 3

"""The breaker, an outage with many answers waiting, and what stands in meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.llm import breaker
from grading.llm.concurrency import START
from grading.llm.configuration import endpoint
from grading.models import Grade, GradingJob, JobState
from grading.worker import Worker
from tests.grading.llm.submitting import let_time_pass, submit_many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


def test_five_failures_in_thirty_seconds_open_the_breaker():
    assert [breaker.note_failure("e", "503", after(n)) for n in range(5)] == [False] * 4 + [True]
    assert breaker.state("e").is_open
    assert not breaker.state("other").is_open


def test_failures_that_are_far_apart_do_not():
    for n in range(20):
        breaker.note_failure("e", "503", after(n * 8))
    assert not breaker.state("e").is_open


def test_of_many_workers_one_may_probe_and_then_longer_waits_follow():
    for n in range(5):
        breaker.note_failure("e", "503", after(n))
    assert not breaker.claim_probe("e", after(5))
    assert [breaker.claim_probe("e", after(15)) for _ in range(3)] == [True, False, False]
    assert not breaker.claim_probe("e", after(25))
    assert breaker.claim_probe("e", after(30))


def test_a_clock_that_is_set_back_holds_up_neither_the_probe_nor_the_count():
    for n in range(5):
        breaker.note_failure("e", "503", after(86_400 + n))
    assert breaker.claim_probe("e", NOW), "the next day's probe is not waited for"
    assert breaker.note_success("e")
    for n in range(4):
        breaker.note_failure("e", "503", after(86_400 + n))
    assert not breaker.note_failure("e", "503", NOW), "failures that are yet to come do not count"


def test_a_minute_of_outage_costs_five_probes_at_the_most():
    for _ in range(5):
        breaker.note_failure("e", "503", NOW)
    assert sum(breaker.claim_probe("e", after(n / 2)) for n in range(120)) <= 5


def test_a_success_closes_it():
    for _ in range(5):
        breaker.note_failure("e", "503", NOW)
    assert breaker.note_success("e")
    assert not breaker.state("e").is_open
    assert not breaker.note_failure("e", "503", NOW), "counting begins anew"


def test_a_wrong_key_opens_it_at_once_and_says_what_to_do():
    assert breaker.note_misconfiguration("e", "Check OPENAI_API_KEY.", NOW)
    assert breaker.state("e") == breaker.State(True, after(300), "configuration", "Check OPENAI_API_KEY.")


def test_an_outage_with_two_hundred_answers_waiting_costs_few_calls_and_loses_nothing(model_settings, fake):
    submit_many(200)
    fake.script("503")
    Worker().drain()
    until_open = len(fake.calls)
    assert until_open <= breaker.OPENS_AFTER + START
    for probes in (1, 2, 3):  # time passes: one call each time that a probe is due
        let_time_pass()
        Worker().drain()
        assert len(fake.calls) == until_open + probes
    assert Grade.objects.filter(is_fallback=True).count() == 200

    fake.then("good")
    let_time_pass()
    Worker().drain()
    assert not breaker.state(endpoint().name).is_open
    let_time_pass()
    Worker().drain()
    graded = Grade.objects.filter(grader="llm").values_list("answer_id", flat=True)
    assert len(graded) == len(set(graded)) == 200
    assert {g.grader for g in Grade.objects.effective()} == {"llm"}
    assert not GradingJob.objects.filter(state=JobState.DEAD).exists()


# --- Fallback ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "state", "grades"), [("offline", "queued", 1), ("wait", "queued", 0), ("person", "dead", 0)]
)
def test_without_a_key_the_setting_decides(model_settings, fake, setting, state, grades):
    model_settings.OPENAI_API_KEY = model_settings.OPENAI_BASE_URL = ""
    model_settings.GRADING_FALLBACK = setting
    submit_many(1)
    Worker().drain()
    assert (GradingJob.objects.get().state, Grade.objects.count()) == (state, grades)
    assert fake.calls == []


@pytest.mark.parametrize(("setting", "jobs"), [("wait", 2), ("person", 1)])
def test_without_an_offline_fallback_an_outage_makes_no_grade(model_settings, fake, setting, jobs):
    model_settings.GRADING_FALLBACK = setting
    fake.script("503")
    submit_many(1)
    for _ in range(4):
        GradingJob.objects.filter(reason="submitted", state="queued").update(not_before=timezone.now())
        Worker().drain()
    assert not Grade.objects.exists()
    assert GradingJob.objects.get(reason="submitted").state == "dead"
    assert GradingJob.objects.count() == jobs, "with wait another try is planned"


@pytest.mark.parametrize(
    "behaviour", ["401", "404", "insufficient_quota", "429_for_an_hour", "503_for_an_hour"]
)
@pytest.mark.parametrize(
    ("setting", "grades"), [("offline", [("keyword", True)]), ("wait", []), ("person", [])]
)
def test_the_one_answer_that_was_called_for_is_not_left_without_a_mark(
    model_settings, fake, behaviour, setting, grades
):
    model_settings.GRADING_FALLBACK = setting
    fake.script(behaviour)
    submit_many(1)
    Worker().drain()
    assert list(Grade.objects.values_list("grader", "is_fallback")) == grades
    is_for_good = behaviour in {"401", "404", "insufficient_quota"}
    assert GradingJob.objects.get().state == ("dead" if setting == "person" and is_for_good else "queued")
    if setting == "offline":
        fake.then("good")
        let_time_pass()
        Worker().drain()
        assert Grade.objects.by_effect().first().grader == "llm"


def test_a_stand_in_is_labelled_wherever_it_appears(model_settings, fake, client):
    model_settings.OPENAI_API_KEY = model_settings.OPENAI_BASE_URL = ""
    interview_session = submit_many(1)
    Worker().drain()
    client.force_login(interview_session.candidate)
    page = client.get(reverse("result", args=[interview_session.pk])).content.decode()
    assert "offline, provisional" in page

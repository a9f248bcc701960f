"""How many calls are under way, how long an endpoint may make us wait, and stopping at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from grading.llm.concurrency import START, AdaptiveLimit, CallThreads
from grading.llm.refusals import retry_after
from grading.models import Grade, GradingJob
from grading.worker import Worker
from tests.grading.llm.submitting import submit_many, wait_for
from tests.stack import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_the_limit_doubles_by_the_round_and_halves_once_by_burst():
    limit = AdaptiveLimit(64)
    seen = []
    for _ in range(5):
        seen.append(limit.at(0))
        [limit.on_success() for _ in range(limit.at(0))]
    assert seen == [4, 8, 16, 32, 64]
    [limit.on_throttle(started=1.0, now=2.0 + n / 10) for n in range(10)]
    assert limit.at(3) == 32
    [limit.on_success() for _ in range(33)]
    assert limit.at(3) == 33, "from here on by one a round"


def test_nobody_calls_before_the_time_that_the_endpoint_named():
    limit = AdaptiveLimit(8)
    limit.on_throttle(started=0.0, now=1.0, retry_after=7.0)
    assert (limit.at(7.9), limit.at(8.1)) == (0, 2)


def test_an_endpoint_that_names_no_time_is_left_alone_for_longer_and_longer():
    limit, now, pauses = AdaptiveLimit(8), 1.0, []
    for _ in range(11):
        limit.on_throttle(started=now, now=now)
        pauses.append(limit.pause_at(now))
        now += pauses[-1] + 1
    assert pauses == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    limit.on_success()
    limit.on_throttle(started=now, now=now)
    assert limit.pause_at(now) == 0


@pytest.mark.parametrize(("switch", "stand_in"), [(True, True), (False, False)])
def test_answers_do_not_wait_for_an_endpoint_that_wants_no_call_for_long(
    model_settings, fake, switch, stand_in
):
    worker = Worker(poll_seconds=0.01)
    worker.calls.limit.on_throttle(0.0, time.monotonic(), retry_after=3000.0)
    submit_many(2)
    model_settings.GRADING_MODEL_ENABLED = switch
    worker.drain()
    assert list(Grade.objects.values_list("grader", "is_fallback")) == [("keyword", stand_in)] * 2
    assert fake.calls == []


def test_what_was_made_ready_beforehand_is_given_back_when_the_endpoint_wants_to_be_left_alone(
    model_settings, fake
):
    model_settings.GRADING_TIMEOUT_SECONDS = 1.3  # five times as long is less than the seven seconds
    fake.script("429_retry_after", "good+0.3")
    submit_many(12)
    Worker(poll_seconds=0.01).drain()
    assert GradingJob.objects.filter(state="queued", attempts=0).exists()
    assert not GradingJob.objects.filter(last_error__contains="time limit").exists()


def test_only_calls_that_have_begun_are_given_up():
    threads, held = CallThreads(), threading.Event()
    threads.allow(1)
    threads.submit("first", held.wait)
    threads.submit("second", lambda: "done")
    wait_for(lambda: threads.give_up(0.0) == ["first"])
    assert threads.done.get(timeout=10) == ("second", "done")
    assert threads.give_up(0.0) == []
    threads.submit("third", lambda: "done")
    assert threads.done.get(timeout=10) == ("third", "done")
    held.set()


def test_a_failure_now_and_then_changes_nothing_and_three_in_a_row_leave_one_call_at_a_time():
    limit = AdaptiveLimit(8, start=8)
    for _ in range(10):
        assert not limit.on_failure()
        limit.on_success()
    assert limit.at(0) == 8
    assert [limit.on_failure() for _ in range(3)] == [False, False, True]
    assert limit.at(0) == 1
    limit.on_success()
    assert limit.at(0) == 2
    assert limit.on_failure(is_certain=True), "a wrong key will be wrong the next time, too"
    assert limit.at(0) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 100),
        ({"retry-after": "99999999"}, 3600),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers, seconds):
    assert retry_after(headers, now=0.0) == seconds


def test_many_calls_are_under_way_at_once_and_never_more_than_set(model_settings, fake):
    model_settings.GRADING_CONCURRENCY = 8
    fake.script("good+0.2")
    submit_many(24)
    Worker(poll_seconds=0.01).drain()
    assert Grade.objects.filter(grader="llm").count() == 24
    assert START < fake.most_at_once <= 8


def test_sigterm_gives_back_what_is_under_way_at_once(model_settings, fake):
    fake.script("hang")
    submit_many(4)
    settings = {
        name: str(getattr(model_settings, name))
        for name in ("GRADING_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
    }
    code = (
        "import django; django.setup(); from django.db import connection; from grading.worker import Worker; "
        f"connection.settings_dict.update(NAME={str(connection.settings_dict['NAME'])!r}); Worker().run()"
    )
    env = {
        **os.environ,
        **settings,
        "DJANGO_SETTINGS_MODULE": "interview_site.settings",
        "GRADING_TIMEOUT_SECONDS": "60",
    }
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env)
    try:
        wait_for(lambda: len(fake.calls) == 4 and GradingJob.objects.filter(state="running").count() == 4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
    assert list(GradingJob.objects.values_list("state", "attempts")) == [("queued", 0)] * 4

"""Answers handed in for the tests of the model grader, and time that passes without waiting."""

from __future__ import annotations

import time

from django.utils import timezone

from grading.models import GradingJob, JobState
from grading.models_exchange import Breaker
from grading.submission import submit_answer
from sessions.sittings import create_practice, start
from tests.factories import UserFactory, answer_at, ready_questions

GOOD = "The values are computed one at a time, on demand. The local variables survive between two calls."


def submit_many(count, text=GOOD):
    """So many answers of one candidate; the questions repeat after twenty. The interview."""
    versions = ready_questions(min(count, 20))
    interview_session = create_practice(
        UserFactory.create(),
        [versions[n % 20] for n in range(count)],
        title="Practice",
        time_limit_minutes=None,
    )
    start(interview_session, timezone.now())
    for position in range(1, count + 1):
        answer = answer_at(interview_session, position)
        submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())
    return interview_session


def let_time_pass():
    """Every wait is over: for the next probe, and for each job."""
    now = timezone.now()
    Breaker.objects.exclude(opened_at=None).update(probe_at=now)
    GradingJob.objects.filter(state=JobState.QUEUED).update(not_before=now)


def wait_for(condition):
    """Until then, looking again and again; a minute at the most."""
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)

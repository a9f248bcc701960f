"""What is kept of a call, and for how long; replays; what is never sent."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grading.llm import retention
from grading.llm.exchanging import sha256
from grading.models import Grade
from grading.models_exchange import Exchange
from grading.submission import submit_answer
from grading.worker import Worker
from tests.factories import UserFactory, answer_at, practice_session
from tests.grading.llm.submitting import GOOD, submit_many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_raw_texts_go_after_their_time_and_hashes_stay(model_settings, fake):
    model_settings.GRADING_RAW_RETENTION_DAYS = 30
    submit_many(1)
    Worker().drain()
    assert retention.purge(timezone.now() + dt.timedelta(days=29)) == 0
    assert retention.purge(timezone.now() + dt.timedelta(days=31)) == 1
    exchange = Exchange.objects.get()
    assert (exchange.raw_request, exchange.raw_response) == ("", "")
    assert exchange.request_hash
    assert exchange.response_hash
    with pytest.raises(CommandError, match="no longer kept"):
        call_command("replay_grade", Grade.objects.get().pk)


def test_with_no_days_nothing_raw_is_kept_at_all(model_settings, fake):
    model_settings.GRADING_RAW_RETENTION_DAYS = 0
    submit_many(1)
    Worker().drain()
    exchange = Exchange.objects.get()
    assert (exchange.raw_request, exchange.raw_response) == ("", "")
    assert exchange.raw_purged_at


def test_texts_of_calls_that_are_written_together_are_kept_letter_by_letter(model_settings, fake):
    submit_many(3, text=GOOD + ' A quote: "C:\\temp", {braces}, a comma, NULL, it\'s 100 %s.')
    Worker().drain()
    exchanges = Exchange.objects.all()
    assert len(exchanges) == 3
    assert all(r"C:\\\\temp" in one.raw_request for one in exchanges), "JSON within JSON"
    assert [sha256(one.raw_request) for one in exchanges] == [one.request_hash for one in exchanges]
    assert [sha256(one.raw_response) for one in exchanges] == [one.response_hash for one in exchanges]


@pytest.mark.parametrize("behaviour", ["good", "unsure_once", "fenced"])
def test_a_replay_finds_the_same_verdicts(model_settings, fake, behaviour):
    fake.script(behaviour)
    submit_many(1)
    Worker().drain()
    out = StringIO()
    call_command("replay_grade", Grade.objects.get().pk, stdout=out)
    assert "The same verdicts" in out.getvalue()


@pytest.mark.parametrize("second", ["prose", "refusal", "400", "truncated"])
def test_a_replay_knows_what_a_second_call_that_failed_was_to_settle(model_settings, fake, second):
    fake.script("blind", second)  # finds nothing of what the offline grader is sure of
    submit_many(1)
    Worker().drain()
    grade = Grade.objects.get()
    assert "unsure" in grade.criterion_scores.values_list("verdict", flat=True)
    call_command("replay_grade", grade.pk, stdout=StringIO())


def test_a_replay_of_another_reply_says_where_it_differs(model_settings, fake):
    submit_many(1)
    Worker().drain()
    exchange = Exchange.objects.get()
    Exchange.objects.update(raw_response=exchange.raw_response.replace('\\"met\\"', '\\"unmet\\"'))
    out = StringIO()
    with pytest.raises(CommandError, match="Not the same"):
        call_command("replay_grade", Grade.objects.get().pk, stdout=out)
    assert "met → unmet" in out.getvalue()


def test_a_call_that_came_to_nothing_says_how_long_it_took(model_settings, fake):
    fake.script("503+0.3")
    submit_many(1)
    Worker().drain()
    exchange = Exchange.objects.get()
    assert "503" in exchange.error
    assert exchange.latency_ms >= 300


def test_nothing_about_the_candidate_is_sent(model_settings, fake):
    ana = UserFactory.create(name="Anastasia Quirrelworth", email="canary.quirrelworth@example.org")
    answer = answer_at(practice_session(ana, 1), 1)
    submit_answer(answer, GOOD, answer.question_version.rubrics.get().pk, timezone.now())
    Worker().drain()
    (call,) = fake.calls
    sent = (str(call["body"]) + call["head"]).lower()
    for canary in ("quirrelworth", "anastasia", "canary", str(answer.interview_session_id), "example.org"):
        assert canary not in sent

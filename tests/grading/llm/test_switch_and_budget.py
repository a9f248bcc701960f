"""The switch that turns the model off, and the day's budget."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.llm import budget, status
from grading.llm.exchanging import Call, Endpoint, Mode, Reply
from grading.models import Grade, GradingJob
from grading.models_exchange import ModelSwitch, ModelUsage
from grading.worker import Worker
from interview_site.accounts.models import Role
from tests.factories import UserFactory
from tests.grading.llm.submitting import submit_many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


def test_the_switch_turns_the_model_off_for_everybody_and_the_offline_grader_grades(model_settings, fake):
    ModelSwitch.objects.create(is_on=False, why="The works council asked.")
    submit_many(2)
    Worker().drain()
    assert fake.calls == []
    assert {(g.grader, g.is_fallback) for g in Grade.objects.all()} == {("keyword", False)}
    assert "switched off" in status.notice(timezone.now())
    ModelSwitch.objects.create(is_on=True, why="They agreed.")
    submit_many(1)
    Worker().drain()
    assert Grade.objects.filter(grader="llm").count() == 1


def test_an_admin_turns_the_switch_and_is_named(model_settings, client):
    ada = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(ada)
    client.post(reverse("admin:grading_modelswitch_add"), {"why": "Costs"})
    turn = ModelSwitch.objects.get()
    assert (turn.is_on, turn.why, turn.turned_by) == (False, "Costs", ada)


def test_the_settings_switch_keeps_new_answers_from_the_model(model_settings, fake):
    model_settings.GRADING_MODEL_ENABLED = False
    submit_many(1)
    Worker().drain()
    assert GradingJob.objects.get().method == "keyword"
    assert fake.calls == []


@pytest.mark.parametrize("limit", [{"GRADING_DAILY_TOKENS": 2000}, {"GRADING_DAILY_COST": Decimal("0.004")}])
def test_when_the_days_budget_is_spent_answers_wait_for_the_next_day(model_settings, fake, limit):
    for name, value in {"GRADING_PRICE_INPUT": 1, "GRADING_PRICE_OUTPUT": 5, **limit}.items():
        setattr(model_settings, name, value)
    model_settings.GRADING_CONCURRENCY = 1
    submit_many(4)
    Worker().drain()
    assert len(fake.calls) == 2, "1,200 tokens and 0.002 each"
    waiting = GradingJob.objects.filter(state="queued")
    assert {job.not_before for job in waiting} == {budget.next_day(timezone.now())}
    assert Grade.objects.filter(is_fallback=True).count() == 2
    assert "budget" in status.notice(timezone.now())


@pytest.mark.parametrize("behaviour", ["usage_missing", "usage_nonsense"])
def test_an_endpoint_that_does_not_say_what_it_used_spends_the_budget_all_the_same(
    model_settings, fake, behaviour
):
    model_settings.GRADING_DAILY_TOKENS = 500  # less than a prompt
    model_settings.GRADING_CONCURRENCY = 1
    fake.script(behaviour)
    submit_many(3)
    Worker().drain()
    assert len(fake.calls) == 1
    used = ModelUsage.objects.get()
    assert 500 < used.input_tokens < 5000
    assert 50 < used.output_tokens < 1000
    assert Grade.objects.filter(is_fallback=True).count() == 2


def test_what_failed_calls_used_counts_too():
    reply = Reply("x", "m", "stop", Mode.TEXT, 100, 50, 0.1, "{}", "{}")
    calls = [Call("first", (), "v1", "", reply, "unreadable"), Call("first", (), "v1", "", None, "down")]
    budget.add(calls, Endpoint("m", price_input=10.0, price_output=20.0), NOW)
    budget.add(calls, Endpoint("m", price_input=10.0, price_output=20.0), NOW)
    used = ModelUsage.objects.get()
    assert (used.calls, used.input_tokens, used.output_tokens, used.cost) == (4, 200, 100, Decimal("0.004"))

"""A submitted answer, a real endpoint on loopback, a worker: what is stored, and what every failure ends in."""

from __future__ import annotations

import pytest
from django.utils import timezone

from grading.models import Grade, GradingJob, JobState
from grading.models_exchange import Breaker, Exchange, ModelUsage
from grading.submission import submit_answer
from grading.worker import Worker
from tests.factories import UserFactory, answer_at, practice_session

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "The values are computed one at a time, on demand. The local variables survive between two calls."
OWN_WORDS = (
    "Nothing is worked out until somebody asks for the next one. It remembers where it was and what it held."
)


@pytest.fixture
def answer(model_settings):
    return answer_at(practice_session(UserFactory.create(name="Ana"), 1), 1)


def submitted(answer, text=GOOD):
    return submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())


def try_until_over(times=5):
    """Let the worker have every attempt now, whatever wait was set."""
    for _ in range(times):
        GradingJob.objects.filter(state=JobState.QUEUED).exclude(reason="regrade").update(
            not_before=timezone.now()
        )
        Worker().drain()


@pytest.mark.services
def test_a_model_grades_with_quotes_and_its_provenance_is_stored(answer, fake):
    job = submitted(answer)
    assert job.method == "llm"
    Worker().drain()
    grade = Grade.objects.get()
    assert (grade.grader, grade.score, grade.max_score) == ("llm", 4, 4)
    assert (grade.model, grade.prompt_version, grade.is_fallback) == ("fake-1", "v1", False)
    first = grade.criterion_scores.first()
    (quote,) = first.evidence.all()
    assert GOOD[quote.start : quote.end] == quote.text == "The values are computed one at a time, on demand."
    exchange = Exchange.objects.get()
    assert (exchange.grade, exchange.job, exchange.attempt, exchange.purpose) == (grade, job, 1, "first")
    assert (exchange.endpoint, exchange.model, exchange.mode) == (fake.url, "fake-1", "json_schema")
    assert (exchange.input_tokens, exchange.output_tokens) == (1000, 200)
    assert len(exchange.request_hash) == len(exchange.response_hash) == 64
    assert "computed one at a time" in exchange.raw_request
    assert "verdict" in exchange.raw_response
    assert ModelUsage.objects.get().calls == 1
    assert len(fake.calls) == 1


@pytest.mark.parametrize(
    ("behaviour", "calls", "mode"),
    [
        ("good", 1, "json_schema"),
        ("fenced", 1, "json_schema"),
        ("thinking", 1, "json_schema"),
        ("extra_keys", 1, "json_schema"),
        ("no_schema", 2, "json_object"),
        ("no_json", 3, "text"),
        ("no_temperature", 2, "json_schema"),
        ("old_tokens", 2, "json_schema"),
    ],
)
def test_whatever_the_endpoint_can_do_the_grade_is_the_same(answer, fake, behaviour, calls, mode):
    fake.script(behaviour)
    submitted(answer)
    Worker().drain()
    grade = Grade.objects.get()
    assert (grade.grader, grade.score) == ("llm", 4)
    assert len(fake.calls) == calls
    assert Exchange.objects.get().mode == mode


def test_what_an_endpoint_can_do_is_remembered(answer, fake):
    fake.script("no_json")
    other = answer_at(practice_session(UserFactory.create(name="Bob"), 1), 1)
    for one in (answer, other):
        submitted(one)
        Worker().drain()
    assert Grade.objects.filter(grader="llm").count() == 2
    assert ["response_format" in call["body"] for call in fake.calls] == [True, True, False, False]


@pytest.mark.parametrize("behaviour", ["liar", "unsure", "numbers"])
def test_what_cannot_be_believed_goes_to_a_person_without_a_number(answer, fake, behaviour):
    fake.script(behaviour)
    submitted(answer, OWN_WORDS)
    Worker().drain()
    grade = Grade.objects.get()
    assert (grade.grader, grade.score) == ("llm", None)
    assert {s.verdict for s in grade.criterion_scores.filter(kind="core")} == {"unsure"}
    assert len(fake.calls) == 2, "asked once more, and no more than that"


def test_criteria_that_the_model_leaves_out_are_unsure_and_the_rest_counts(answer, fake):
    fake.script("missing_criteria")
    submitted(answer)
    Worker().drain()
    grade = Grade.objects.get()
    assert grade.grader == "llm"
    assert "unsure" in {s.verdict for s in grade.criterion_scores.all()}


@pytest.mark.services
def test_only_what_is_in_doubt_is_asked_again_and_in_another_order(answer, fake):
    fake.script("unsure_once")
    submitted(answer)
    Worker().drain()
    assert Grade.objects.get().score == 4
    first, again = Exchange.objects.order_by("position")
    assert (first.purpose, again.purpose) == ("first", "again")
    assert len(first.asked) == 4
    assert len(again.asked) == 2, "the doubtful criterion and the control"


@pytest.mark.parametrize(
    "behaviour",
    [
        "500",
        "503",
        "hang",
        "slow_drip",
        "reset",
        "cut",
        "html",
        "html_502",
        "no_choices",
        "endless_500",
        "nested",
        "stream",
        "huge",
    ],
)
def test_an_endpoint_that_fails_three_times_leaves_a_labelled_offline_grade_and_another_try(
    answer, fake, behaviour, settings
):
    if behaviour in {"hang", "slow_drip"}:
        settings.GRADING_TIMEOUT_SECONDS = 0.5
    fake.script(behaviour)
    job = submitted(answer)
    try_until_over()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, 3)
    assert len(fake.calls) == 3
    grade = Grade.objects.get()
    assert (grade.grader, grade.is_fallback, grade.job) == ("keyword", True, None)
    again = GradingJob.objects.get(reason="regrade")
    assert (again.state, again.method) == (JobState.QUEUED, "llm")
    assert Exchange.objects.filter(grade=None).exclude(error="").count() == 3

    settings.GRADING_TIMEOUT_SECONDS = 30.0
    fake.then("good")
    GradingJob.objects.filter(pk=again.pk).update(not_before=timezone.now())
    Worker().drain()
    best = Grade.objects.by_effect().first()
    assert (best.grader, best.score, best.job) == ("llm", 4, again)


@pytest.mark.parametrize("behaviour", ["malformed", "prose", "empty", "two_sets", "truncated"])
def test_an_unreadable_reply_is_no_zero(answer, fake, behaviour):
    fake.script(behaviour)
    job = submitted(answer)
    try_until_over()
    job.refresh_from_db()
    assert job.state == JobState.DEAD
    assert "UnreadableError" in job.last_error
    assert Grade.objects.get().is_fallback
    assert GradingJob.objects.filter(reason="regrade").exists()


@pytest.mark.services
def test_a_reply_that_was_cut_off_is_asked_for_once_more_with_twice_the_room(answer, fake, settings):
    fake.script("truncated", "good")
    settings.GRADING_MAX_TOKENS = 500
    submitted(answer)
    Worker().drain()
    assert Grade.objects.get().score == 4
    assert [call["body"]["max_completion_tokens"] for call in fake.calls] == [500, 1000]
    assert [e.purpose for e in Exchange.objects.all()] == ["first", "longer"]


@pytest.mark.services
@pytest.mark.parametrize("behaviour", ["refusal", "content_filter", "400_content_filter"])
def test_what_the_model_refuses_to_judge_a_person_judges(answer, fake, behaviour):
    fake.script(behaviour)
    job = submitted(answer)
    try_until_over()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, 1)
    assert not Grade.objects.exists()
    assert len(fake.calls) == 1


@pytest.mark.parametrize("behaviour", ["400", "400_too_long"])
def test_a_request_that_is_rejected_for_good_is_not_repeated(answer, fake, behaviour):
    fake.script(behaviour)
    job = submitted(answer)
    try_until_over()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, 1)
    assert Grade.objects.get().is_fallback
    assert len(fake.calls) == 1


@pytest.mark.parametrize("behaviour", ["401", "403", "404", "insufficient_quota", "redirect"])
def test_a_wrong_configuration_costs_one_call_and_no_attempt(answer, fake, behaviour):
    fake.script(behaviour)
    other = answer_at(practice_session(UserFactory.create(name="Bob"), 1), 1)
    job = submitted(answer)
    Worker().drain()
    submitted(other)
    try_until_over()
    assert len(fake.calls) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert {(g.grader, g.is_fallback) for g in Grade.objects.all()} == {("keyword", True)}
    assert Grade.objects.count() == 2


@pytest.mark.services
@pytest.mark.parametrize(("behaviour", "seconds"), [("429", 5), ("429_retry_after", 7)])
def test_throttling_costs_no_attempt_and_the_endpoint_says_how_long_to_wait(answer, fake, behaviour, seconds):
    fake.script(behaviour)
    job = submitted(answer)
    before = timezone.now()
    Worker().drain()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert seconds - 0.1 <= (job.not_before - before).total_seconds() <= seconds + 5
    assert not Grade.objects.exists()
    fake.then("good")
    try_until_over(1)
    assert Grade.objects.get().score == 4


@pytest.mark.services
@pytest.mark.parametrize(
    ("behaviour", "state", "grade"),
    [
        ("400_garbled", "dead", "keyword"),
        ("401_garbled", "queued", "keyword"),
        ("refusal_garbled", "dead", None),
        ("model_garbled", "done", "llm"),
    ],
)
def test_what_no_database_stores_in_an_endpoints_words_costs_nothing(answer, fake, behaviour, state, grade):
    fake.script(behaviour)
    job = submitted(answer)
    Worker().drain()
    job.refresh_from_db()
    assert (job.state, len(fake.calls)) == (state, 1)
    assert "Unicode" not in job.last_error
    assert list(Grade.objects.values_list("grader", flat=True)) == ([grade] if grade else [])
    assert Exchange.objects.count() == 1
    assert Breaker.objects.exclude(opened_at=None).exists() == (behaviour == "401_garbled")


def test_a_busy_endpoint_may_say_when_to_come_back(answer, fake):
    fake.script("503_retry_after")
    job = submitted(answer)
    before = timezone.now()
    Worker().drain()
    job.refresh_from_db()
    assert 19.9 <= (job.not_before - before).total_seconds() <= 25


def test_an_endpoint_that_drips_headers_for_ever_is_given_up(answer, fake, settings):
    settings.GRADING_TIMEOUT_SECONDS = 0.5
    fake.script("slow_headers")
    job = submitted(answer)
    Worker().drain()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert "time limit" in job.last_error

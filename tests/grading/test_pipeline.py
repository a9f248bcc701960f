"""load → grade → store: what a grade row holds, and what happens when grading fails."""

import datetime as dt

import pytest
from django.utils import timezone

from grading import pipeline, queue
from grading.core.assessment import Assessment
from grading.models import AppendOnlyError, CriterionScore, Grade, GradingJob, JobState
from grading.rubrics import ensure_published
from grading.submission import submit_answer, submit_session
from grading.worker import Worker
from questions.publishing import copy_as_draft, publish
from sessions.states import EndedBy
from tests.factories import RubricFactory, UserFactory, answer_at, practice_session

pytestmark = [pytest.mark.django_db, pytest.mark.services]

GOOD = "The values are computed one at a time, on demand. The local variables survive between two calls."


@pytest.fixture
def answer():
    return answer_at(practice_session(UserFactory.create(name="Ana"), 1), 1)


def submitted(answer, text=GOOD):
    rubric = answer.question_version.rubrics.get()
    return submit_answer(answer, text, rubric.pk, timezone.now())


def test_a_grade_holds_verdicts_with_quotes_from_the_answer(answer):
    job = submitted(answer)
    assert Worker().drain() == 1
    grade = Grade.objects.get()
    assert (grade.answer, grade.job, grade.grader, grade.max_score) == (answer, job, "keyword", 4)
    assert grade.rubric_hash == job.rubric.content_hash
    assert 0 < grade.score <= 4
    first = grade.criterion_scores.first()
    assert first.verdict == "met"
    (quote,) = first.evidence.all()[:1]
    assert GOOD[quote.start : quote.end] == quote.text
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_points_and_text_of_the_criteria_are_snapshots(answer):
    job = submitted(answer)
    Worker().drain()
    score = CriterionScore.objects.first()
    assert score.text == job.rubric.criteria.first().text
    assert score.points_possible == 2


def test_a_blank_answer_gets_an_honest_nothing(answer):
    submit_session(answer.interview_session, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()
    grade = Grade.objects.get()
    assert grade.score == 0
    assert {s.verdict for s in grade.criterion_scores.all()} == {"unmet"}


def test_an_answer_without_a_published_rubric_gets_a_derived_one(answer):
    answer.question_version.rubrics.update(status="retired")
    submit_answer(answer, GOOD, None, timezone.now())
    Worker().drain()
    assert Grade.objects.get().rubric.origin == "derived"


def test_a_failure_is_no_zero_but_another_try_and_then_a_person(answer, monkeypatch):
    job = submitted(answer)

    def explode(*_args):
        raise RuntimeError("out of order")

    monkeypatch.setattr(pipeline, "assess_offline", explode)
    for _ in range(3):
        GradingJob.objects.update(not_before=timezone.now())
        Worker().drain()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, 3)
    assert job.last_error == "RuntimeError: out of order"
    assert not Grade.objects.exists()


def test_a_grade_without_a_score_is_stored_without_one(answer, monkeypatch):
    submitted(answer)
    monkeypatch.setattr(pipeline, "assess_offline", lambda *_args: Assessment((), None, 4))
    Worker().drain()
    assert Grade.objects.get().score is None


def test_a_grade_that_comes_after_the_lease_was_lost_is_thrown_away(answer):
    job = submitted(answer)
    first = queue.claim(timezone.now())
    GradingJob.objects.update(lease_expires_at=timezone.now() - dt.timedelta(seconds=1))
    second = queue.claim(timezone.now())
    pipeline.work(first)
    assert not Grade.objects.exists()
    pipeline.work(second)
    assert Grade.objects.get().job == job


def test_an_answer_that_is_erased_between_claim_and_grading_costs_the_worker_nothing(answer, monkeypatch):
    submitted(answer)
    claim_many = queue.claim_many

    def claim_and_erase(*args, **kwargs):
        leases = claim_many(*args, **kwargs)
        GradingJob.objects.all().delete()
        return leases

    monkeypatch.setattr(queue, "claim_many", claim_and_erase)
    Worker().drain()
    assert not Grade.objects.exists()


def test_a_message_that_is_delivered_five_times_makes_one_grade(answer):
    job = submitted(answer)
    for _ in range(5):
        pipeline.grade_job(job.pk)
    assert Grade.objects.count() == 1


def test_a_grade_never_changes(answer):
    submitted(answer)
    Worker().drain()
    grade = Grade.objects.get()
    grade.score = 4
    with pytest.raises(AppendOnlyError):
        grade.save()


def test_the_effective_grade_is_a_persons_before_the_models_before_the_offline_graders(answer):
    submitted(answer)
    Worker().drain()
    offline = Grade.objects.get()

    def another(grader, score):
        return Grade.objects.create(
            answer=answer, rubric=offline.rubric, grader=grader, score=score, max_score=4,
            rubric_hash="", answer_hash="",
        )  # fmt: skip

    human, llm, newer_human, newer_llm = (
        another(g, n) for n, g in enumerate(["human", "llm", "human", "llm"])
    )
    assert list(Grade.objects.by_effect()) == [newer_human, human, newer_llm, llm, offline]


def test_a_new_version_of_a_question_keeps_the_marking_scheme_that_people_wrote():
    rubric = RubricFactory.create(origin="bank")
    new = copy_as_draft(rubric.question_version)
    publish(new)
    carried, is_new = ensure_published(new)
    assert is_new
    assert [c.text for c in carried.criteria.all()] == [c.text for c in rubric.criteria.all()]

"""A new version of a rubric: a dry run first, then marks by it, for what machines gave alone."""

import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from grading.models import Grade, Grader, GradingJob
from grading.review.regrading import apply, dry_run, overview, stale_grades
from grading.rubrics import copy_as_draft, publish
from grading.worker import Worker
from tests.factories import answer_at
from tests.grading.review.test_human_grading import by_hand
from tests.test_supervisor import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_rubric(three):
    """The first question's rubric, with the second criterion taken out and published."""
    old = answer_at(three[0], 1).question_version.rubrics.get()
    draft = copy_as_draft(old)
    draft.criteria.filter(position=2).delete()
    publish(draft)
    return draft


def test_the_dry_run_shows_old_and_new_by_criterion_and_writes_nothing(three, new_rubric, mia):
    by_hand(answer_at(three[2], 1), mia, "met", "unmet")
    template = three[0].template
    assert [(rubric, machine, pinned) for rubric, machine, pinned in overview(template)] == [
        (new_rubric, 2, 1)
    ]
    counts = (Grade.objects.count(), GradingJob.objects.count())
    stale = stale_grades(template).exclude(grader=Grader.HUMAN).order_by("answer_id")
    run = dry_run(new_rubric, list(stale.select_related("answer__question_version")))[0]
    assert (run.grade.max_score, run.new_max) == (4, 2)
    gone = next(change for change in run.changes if not change.new)
    assert (gone.old, gone.text) == ("met", "Local variables survive between two calls.")
    assert counts == (Grade.objects.count(), GradingJob.objects.count())


def test_applying_grades_anew_what_the_machine_gave_and_leaves_what_people_gave(three, new_rubric, mia):
    by_hand(answer_at(three[2], 1), mia, "met", "unmet")
    template = three[0].template
    assert apply(template, new_rubric, mia, timezone.now()) == 2
    assert apply(template, new_rubric, mia, timezone.now()) == 0
    Worker().drain()
    counting = {grade.answer.interview_session_id: grade for grade in Grade.objects.effective().filter(
        answer__position=1, answer__interview_session__template=template)}  # fmt: skip
    assert counting[three[0].pk].rubric == new_rubric
    assert counting[three[2].pk].graded_by == mia
    assert answer_at(three[0], 1).grades.count() == 2
    assert [row[1:] for row in overview(template)] == [(0, 1)]


def test_what_is_graded_anew_counts_also_where_the_offline_grader_had_to_stand_in(three, new_rubric, mia):
    """The model gave the old mark, and is switched off by now."""
    stale = Grade.objects.effective().filter(pk__in=stale_grades(three[0].template).values("pk"))
    Grade.objects.filter(pk__in=[grade.pk for grade in stale]).update(grader=Grader.LLM, model="m")
    apply(three[0].template, new_rubric, mia, timezone.now())
    Worker().drain()
    assert overview(three[0].template) == []
    answer = answer_at(three[0], 1)
    counting = answer.grades.by_effect().first()
    assert (counting.grader, counting.rubric) == (Grader.KEYWORD, new_rubric)
    assert Grade.objects.effective().get(answer=answer) == counting
    by_person = by_hand(answer, mia, "met")
    assert Grade.objects.effective().get(answer=answer) == by_person


def test_a_rubric_that_is_taken_back_has_its_marks_back(three, new_rubric, mia):
    old = answer_at(three[0], 1).grades.get().rubric
    template = three[0].template
    apply(template, new_rubric, mia, timezone.now())
    Worker().drain()
    publish(old)
    assert answer_at(three[0], 1).grades.by_effect().first().rubric == old
    assert overview(template) == []


def test_the_pages_of_a_dry_run(client, three, new_rubric, mia, settings):
    client.force_login(mia)
    assert (
        "See what would change"
        in client.get(reverse("regrade", args=[three[0].template_id])).content.decode()
    )
    address = reverse("regrade-rubric", args=[three[0].template_id, new_rubric.pk])
    response = client.get(address)
    assert len(response.context["runs"]) == 3
    assert "not asked" in response.content.decode()
    settings.REVIEW_BLIND_SHARE = 1.0
    assert client.get(address).context["runs"] == []
    assert client.post(address).status_code == 302
    assert GradingJob.objects.filter(reason="regrade").count() == 3


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_second_one_waits_and_finds_nothing_left_to_start(assessment, mia, max_):
    rubric = copy_as_draft(answer_at(assessment, 1).grades.get().rubric)
    rubric.criteria.filter(position=2).delete()
    publish(rubric)
    started: list[int] = []

    def second():
        try:
            started.append(apply(assessment.template, rubric, max_, timezone.now()))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert apply(assessment.template, rubric, mia, timezone.now()) == 1
        if connection.features.has_select_for_update:  # on SQLite there is one writer at a time anyway
            thread.start()
            wait_for(somebody_waits, 60)
    if not thread.ident:
        thread.start()
    thread.join(60)
    assert started == [0]
    assert GradingJob.objects.filter(reason="regrade").count() == 1

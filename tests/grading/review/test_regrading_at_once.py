"""Two reviewers press *grade anew* at the same moment."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grading.models import GradingJob
from grading.review.regrading import apply
from grading.rubrics import copy_as_draft, publish
from tests.factories import answer_at
from tests.test_supervisor import wait_for


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

"""What people decided becomes labelled examples that the evaluation reads."""

import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from grading.evaluation import read_answers, read_banks
from grading.models import Verdict
from grading.outgoing.labelled import labelled_examples
from grading.review.appeals import contestable, decide, open_appeal
from grading.review.human_grading import confirm
from grading.review.releasing import release
from interview_site.accounts.models import Role
from sessions.models import InterviewSession
from sessions.states import Route
from tests.factories import UserFactory, answer_at
from tests.grading.review.conftest import GOOD, sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer():
    """Mia found nothing in Ana's answer; on appeal Ada found the first criterion met. The blank one is confirmed."""
    mia, ada = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER), UserFactory.create(role=Role.ADMIN)
    assessment = sat(UserFactory.create(name="Ana Kanari"), [mia], appeal_days=7)
    answer, blank = answer_at(assessment, 1), answer_at(assessment, 2)
    by_hand(answer, mia, "unmet", "unmet")
    confirm(blank, mia, shown=blank.grades.get().pk, now=timezone.now())
    release(assessment, mia, timezone.now())
    appeal = open_appeal(answer, contestable(answer).first(), "Look again.", timezone.now())
    decide(appeal, ada, Verdict.MET, "It says so.", timezone.now())
    return answer


def test_a_decided_appeal_is_an_example_with_its_verdict_and_reason(answer):
    (example,) = labelled_examples()
    assert (example["answer"], example["score"], example["kind"]) == (GOOD, 0.5, "appeal")
    assert example["criteria"][0]["verdict"] == "met"
    assert example["criteria"][0]["reason"] == "It says so."
    assert [one["appeal"] for one in example["criteria"]] == ["changed", None, None]
    assert "Kanari" not in json.dumps(example)


def test_what_was_only_confirmed_teaches_nothing(answer):
    assert len(list(labelled_examples())) == 1


def test_who_wanted_no_machine_to_read_the_answers_is_read_by_no_grader_that_is_measured(answer):
    InterviewSession.objects.update(route=Route.HUMAN_ONLY)
    assert list(labelled_examples()) == list(labelled_examples(only_appeals=True)) == []


def test_the_evaluation_reads_the_file(answer, tmp_path):
    call_command("export_labels", tmp_path / "labels.jsonl")
    (row,) = read_answers(tmp_path / "labels.jsonl", read_banks([]))
    assert (row.answer, row.score) == (GOOD, 0.5)

"""What people decided becomes labelled examples that the evaluation reads."""

import json
import uuid

import pytest
from django.core.management import call_command
from django.utils import timezone

from grading.evaluation import read_answers, read_banks
from grading.models import Verdict
from grading.outgoing.labelled import labelled_examples
from grading.review.appeals import contestable, decide, open_appeal
from grading.review.human_grading import Judgement, confirm, decide_in_group, withdraw
from grading.review.releasing import release
from sessions.models import InterviewSession
from sessions.states import Route
from tests.factories import UserFactory, answer_at
from tests.grading.review.conftest import GOOD, sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(mia, ada):
    """Mia found nothing in Ana's answer; on appeal Ada found the first criterion met. The blank one is confirmed."""
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


@pytest.fixture
def machine_marked(mia):
    """Ana's answer as only the machine has marked it."""
    return answer_at(sat(UserFactory.create(name="Ana"), [mia], appeal_days=7), 1)


def decided_for_a_group(answer, by, position, verdict=Verdict.UNMET):
    counting = answer.grades.by_effect().first()
    return decide_in_group(
        answer,
        by,
        shown=counting.pk,
        criterion_id=str(counting.criterion_scores.get(position=position).criterion_id),
        judged=Judgement(verdict, "For all of them."),
        batch=uuid.uuid4(),
        now=timezone.now(),
    )


def appealed(answer, by, verdict):
    release(answer.interview_session, by, timezone.now())
    contested = answer.grades.by_effect().first().criterion_scores.get(position=1)
    appeal = open_appeal(answer, contested, "Look again.", timezone.now())
    return decide(appeal, by, verdict, "I looked.", timezone.now())


def labels(example):
    return [(one["text"][:6], one["verdict"], one["reason"]) for one in example["criteria"]]


def test_a_decision_for_a_group_is_a_label_for_its_one_criterion_and_no_score(machine_marked, mia):
    decided_for_a_group(machine_marked, mia, 2)
    (example,) = labelled_examples()
    assert labels(example) == [("Local ", "unmet", "For all of them.")]
    assert example["score"] is None


def test_an_undone_decision_for_a_group_is_no_label(machine_marked, mia):
    withdraw(decided_for_a_group(machine_marked, mia, 2), mia, timezone.now())
    assert list(labelled_examples()) == []
    decided_for_a_group(machine_marked, mia, 1)
    withdraw(decided_for_a_group(machine_marked, mia, 2), mia, timezone.now())
    (example,) = labelled_examples()
    assert [text for text, _verdict, _reason in labels(example)] == ["Values"]


@pytest.mark.parametrize("verdict", [Verdict.UNMET, Verdict.MET])
def test_an_appeal_against_a_mark_of_the_machine_is_a_label_for_what_was_contested(mia, ada, verdict):
    assessment = sat(UserFactory.create(), [mia], text="Some sort of function, I think.", appeal_days=7)
    appealed(answer_at(assessment, 1), ada, verdict)
    (example,) = labelled_examples()
    assert labels(example) == [("Values", verdict, "I looked.")]
    assert (example["kind"], example["score"]) == ("appeal", None)


def test_an_appeal_that_keeps_what_somebody_only_confirmed_is_a_label(machine_marked, mia, ada):
    confirm(machine_marked, mia, shown=machine_marked.grades.get().pk, now=timezone.now())
    appealed(machine_marked, ada, Verdict.MET)
    (example,) = labelled_examples()
    assert labels(example) == [("Values", "met", "I looked.")]


def test_a_decision_on_top_of_a_grade_by_hand_leaves_all_its_labels(machine_marked, mia):
    by_hand(machine_marked, mia, "met", "met", reason="By hand.")
    decided_for_a_group(machine_marked, mia, 2)
    (example,) = labelled_examples()
    assert [verdict for _text, verdict, _reason in labels(example)] == ["met", "unmet", "unmet"]
    assert example["score"] == 0.5


def test_the_evaluation_reads_the_file(answer, tmp_path):
    call_command("export_labels", tmp_path / "labels.jsonl")
    (row,) = read_answers(tmp_path / "labels.jsonl", read_banks([]))
    assert (row.answer, row.score) == (GOOD, 0.5)

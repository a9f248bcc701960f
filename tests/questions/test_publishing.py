"""draft → ready → retired, and what is ready never changes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from grading.importing import import_question
from grading.models import Rubric
from grading.rubrics import copy_as_draft as copy_rubric
from grading.rubrics import ensure_published
from questions.bank.model import BankQuestion
from questions.models import FrozenError, QuestionVersion, Topic
from questions.publishing import add_version, copy_as_draft, publish, retire
from tests.factories import QuestionFactory, QuestionVersionFactory, RubricFactory, ready_questions

pytestmark = pytest.mark.django_db


def test_publishing_the_next_version_retires_the_one_before_it():
    old = QuestionVersionFactory.create()
    new = copy_as_draft(old)
    assert publish(new)
    old.refresh_from_db()
    assert (old.status, new.status, new.number) == ("retired", "ready", 2)
    assert new.ready_at is not None


def test_publishing_what_is_ready_does_nothing():
    version = QuestionVersionFactory.create()
    assert not publish(version)


def test_a_retired_version_is_not_retired_twice():
    version = QuestionVersionFactory.create()
    assert retire(version)
    assert not retire(version)


@pytest.mark.parametrize("field", ["prompt", "reference_answer", "difficulty", "explanation", "grader_note"])
@pytest.mark.parametrize("status", ["ready", "retired"])
def test_a_version_that_is_or_was_ready_never_changes(field, status):
    version = QuestionVersionFactory.create(status=status)
    setattr(version, field, "hard")
    with pytest.raises(FrozenError):
        version.save()


def test_a_draft_may_change():
    draft = QuestionVersionFactory.create(status="draft")
    draft.prompt = "Something else?"
    draft.save()
    assert QuestionVersion.objects.get().title == "Something else?"


def test_a_question_has_one_ready_version_at_the_most():
    (version,) = ready_questions(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionVersionFactory.create(question=version.question, number=2, status="ready")


def test_the_content_hash_tells_versions_apart_by_what_they_say():
    question = QuestionFactory.create()
    one = QuestionVersionFactory.create(question=question, number=1, status="draft")
    two = QuestionVersionFactory.create(question=question, number=2, status="draft")
    assert one.content_hash == two.content_hash
    two.reference_answer += "!"
    assert one.content_hash != two.content_hash


def together(act, times=6):
    """The act in several threads at once; an error in one of them is raised."""
    start = Barrier(times)

    def guarded(_):
        try:
            start.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(guarded, range(times)))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_next_version_asked_for_in_six_windows_at_once_is_one_draft():
    version = QuestionVersionFactory.create()
    drafts = together(lambda: copy_as_draft(version))
    assert [draft.number for draft in drafts] == [2] * 6
    assert QuestionVersion.objects.count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_six_versions_written_at_once_have_six_numbers():
    question = QuestionVersionFactory.create().question
    together(lambda: add_version(question, {"prompt": "What is it?", "reference_answer": "A thing."}))
    assert sorted(QuestionVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_drafts_published_at_once_leave_one_ready_version():
    version = QuestionVersionFactory.create()
    authored = {"prompt": version.prompt, "reference_answer": version.reference_answer}
    drafts = [add_version(version.question, authored) for _ in range(6)]
    together(lambda: publish(QuestionVersion.objects.get(pk=drafts.pop().pk)))
    assert QuestionVersion.objects.ready().count() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_next_rubric_asked_for_in_six_windows_at_once_is_one_draft():
    rubric = RubricFactory.create()
    drafts = together(lambda: copy_rubric(rubric))
    assert [draft.number for draft in drafts] == [2] * 6
    assert Rubric.objects.count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_same_question_imported_six_times_at_once_is_there_once():
    question = BankQuestion("new", "New?", "- One thing.\n- Another thing.", ("Topic", "Below"))
    outcomes = together(lambda: import_question(question, 1).question.outcome)
    assert sorted(outcomes) == ["created", *["unchanged"] * 5]
    assert (Topic.objects.count(), QuestionVersion.objects.count(), Rubric.objects.count()) == (2, 1, 1)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_first_rubric_asked_for_by_six_workers_at_once_is_made_once():
    version = QuestionVersionFactory.create()
    assert len({rubric.pk for rubric, _ in together(lambda: ensure_published(version))}) == 1
    assert Rubric.objects.count() == 1

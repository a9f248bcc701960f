"""Below a name stand that person's own words: what a machine said is shown as the machine's, or to whom it speaks."""

import datetime as dt

import pytest
from django.utils import timezone

from grading.models import CriterionScore
from grading.outgoing import pdf
from grading.outgoing.records import session_records
from grading.review.human_grading import confirm
from grading.review.releasing import release
from sessions.models import InterviewSession
from tests.factories import answer_at
from tests.grading.review.test_human_grading import by_hand
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db

SAID = "This is a list of words: say what they do."


@pytest.fixture
def spoken(assessment):
    """The offline grader has said something of the first criterion, and nothing beyond its verdict of the second."""
    scores = CriterionScore.objects.filter(grade__answer=answer_at(assessment, 1))
    scores.filter(position=1).update(rationale=SAID, verdict="partial")
    scores.filter(position=2).update(rationale="Your answer covers this.")
    return assessment


@pytest.fixture
def confirmed(spoken, mia):
    answer = answer_at(spoken, 1)
    confirm(answer, mia, shown=answer.grades.get().pk, now=timezone.now())
    return spoken


def text_of(client, name, *args, **query):
    return " ".join(page(client, name, *args, **query).content.decode().split())


def test_reviewers_read_to_whom_the_machine_speaks_and_no_verdict_twice(client, spoken):
    for name, args in (("transcript", [spoken.pk]), ("grade-answer", [spoken.pk, 1])):
        text = text_of(client, name, *args)
        assert f"To the candidate: {SAID}" in text
        assert "Your answer covers this." not in text


def test_whoever_confirms_a_mark_does_not_say_what_the_machine_said(client, confirmed, mia):
    assert f"To the candidate: {SAID}" in text_of(client, "transcript", confirmed.pk)
    assert f">{SAID}</textarea>" not in text_of(client, "grade-answer", confirmed.pk, 1)
    answers = text_of(client, "agreement-answers", confirmed.template_id)
    assert "Mia" in answers
    assert SAID not in answers


def test_the_candidate_reads_which_words_are_the_machines(client, confirmed, ana, mia):
    InterviewSession.objects.filter(pk=confirmed.pk).update(feedback_policy="at_end")
    confirmed.refresh_from_db()
    release(confirmed, mia, timezone.now())
    client.force_login(ana)
    assert f"From the machine: {SAID}" in text_of(client, "result", confirmed.pk)


def test_a_persons_own_reason_stands_as_it_was_written(client, spoken, mia):
    by_hand(answer_at(spoken, 1), mia, "met", "unmet", reason="You name both halves.")
    text = text_of(client, "transcript", spoken.pk)
    assert "You name both halves." in text
    assert "To the candidate: You name" not in text


def test_a_printed_transcript_has_no_signs_for_code(assessment, mia, monkeypatch):
    CriterionScore.objects.filter(position=1).update(text="`yield` hands out a value.")
    texts = []
    draw = pdf._text
    monkeypatch.setattr(pdf, "_text", lambda page, line, **how: (texts.append(line), draw(page, line, **how)))
    (record,) = session_records(InterviewSession.objects.filter(pk=assessment.pk), mia)
    pdf.transcript_pdf(record, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert any(text.startswith("1. yield hands out a value.") for text in texts)


def test_a_printed_transcript_introduces_the_machines_words_as_well(confirmed, mia, monkeypatch):
    texts = []
    draw = pdf._text
    monkeypatch.setattr(pdf, "_text", lambda page, line, **how: (texts.append(line), draw(page, line, **how)))
    (record,) = session_records(InterviewSession.objects.filter(pk=confirmed.pk), mia)
    pdf.transcript_pdf(record, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert f"To the candidate: {SAID}" in texts
    assert not any("covers this" in text for text in texts)
